/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "veto-choice.h"

#include <glib/gi18n.h>
#include <stdlib.h>

struct _VetoChoice {
        ChoiceRow parent;
        HuddlePage *page; /* borrowed: it owns us; NULL: nothing is shown yet */
};

G_DEFINE_FINAL_TYPE(VetoChoice, veto_choice, CHOICE_TYPE_ROW)

static const guint offered_s[] = {0, 3, 5, 10, 20, 30, 60};
static const char as_configured[] = "-1"; /* of SetVetoSeconds */

static void veto_choice_add(GStrvBuilder *values, GStrvBuilder *names, guint seconds)
{
        g_autofree char *value = g_strdup_printf("%u", seconds);
        g_autofree char *name =
                seconds > 0 ? g_strdup_printf(g_dngettext(NULL, "%u second", "%u seconds", seconds),
                                              seconds)
                            : g_strdup(_("None"));

        g_strv_builder_add(values, value);
        g_strv_builder_add(names, name);
}

/* A number that is not offered, as the command line or the administrator sets it, has its place
 * among those that are. */
void veto_choice_refresh(VetoChoice *choice, HuddlePage *page)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));
        g_autoptr(GStrvBuilder) values = g_strv_builder_new(), names = g_strv_builder_new();
        g_auto(GStrv) all_values = NULL, all_names = NULL;
        guint now_s = bus_manager1_get_veto_seconds(manager);
        g_autofree char *selected = g_strdup_printf("%u", now_s);

        choice->page = page;
        for (gsize i = 0; i < G_N_ELEMENTS(offered_s); i++) {
                if (now_s < offered_s[i] && (i == 0 || now_s > offered_s[i - 1]))
                        veto_choice_add(values, names, now_s);
                veto_choice_add(values, names, offered_s[i]);
        }
        g_strv_builder_add(values, as_configured);
        g_strv_builder_add(names, _("As usual"));
        all_values = g_strv_builder_end(values);
        all_names = g_strv_builder_end(names);
        choice_row_show(CHOICE_ROW(choice), (const char *const *)all_values,
                        (const char *const *)all_names, selected);
}

static void veto_choice_on_set(GObject *manager, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        VetoChoice *choice = userdata;

        (void)bus_manager1_call_set_veto_seconds_finish(BUS_MANAGER1(manager), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report(choice->page, error);
        if (huddle_client_get_manager(huddle_page_get_client(choice->page)))
                veto_choice_refresh(choice, choice->page);
}

static void veto_choice_on_chosen(VetoChoice *choice, const char *seconds)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(choice->page));

        if (manager)
                bus_manager1_call_set_veto_seconds(manager, atoi(seconds),
                                                   huddle_page_get_cancellable(choice->page),
                                                   veto_choice_on_set, choice);
}

static void veto_choice_class_init(VetoChoiceClass *klass)
{
}

static void veto_choice_init(VetoChoice *choice)
{
        g_signal_connect(choice, "chosen", G_CALLBACK(veto_choice_on_chosen), NULL);
}
