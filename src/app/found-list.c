/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "found-list.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _FoundList {
        AdwPreferencesGroup parent;
        HuddlePage *page; /* borrowed: it owns us; NULL: nothing was looked for yet */
};

G_DEFINE_FINAL_TYPE(FoundList, found_list, ADW_TYPE_PREFERENCES_GROUP)

enum { FIND_TIMEOUT_MS = 60 * 1000 }; /* neighbours in Bluetooth range may be asked, too */

enum { SIGNAL_ADDED, N_SIGNALS };
static guint signals[N_SIGNALS];

static BusManager1 *found_list_manager(FoundList *list)
{
        return huddle_client_get_manager(huddle_page_get_client(list->page));
}

/* New, as a stranger's text. */
static char *found_list_text(GVariant *found, const char *key)
{
        const char *text = "";

        (void)g_variant_lookup(found, key, "&s", &text);
        return stranger_text(text);
}

/* ---- adding ---------------------------------------------------------------------------------- */

static void found_list_on_added(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *url = NULL;
        GtkWidget *row = userdata;
        FoundList *list;

        (void)bus_manager1_call_add_cloud_finish(BUS_MANAGER1(source), &url, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return; /* the page is gone, and the row */
        list = g_object_get_data(G_OBJECT(row), "list");
        if (error) {
                huddle_page_report(list->page, error);
                return;
        }
        gtk_widget_set_visible(row, FALSE);
        g_signal_emit(list, signals[SIGNAL_ADDED], 0, url);
}

static void found_list_on_answer(HuddlePage *page, const char *response, GObject *dialog)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));
        GObject *row = g_object_get_data(dialog, "row");
        GVariant *found = g_object_get_data(row, "found");
        const char *url = "", *digest = "";
        GVariantDict options;

        if (!g_str_equal(response, "do") || !manager)
                return;
        (void)g_variant_lookup(found, "Url", "&s", &url);
        (void)g_variant_lookup(found, "Digest", "&s", &digest);
        g_variant_dict_init(&options, NULL);
        g_variant_dict_insert(&options, "digest", "s", digest);
        huddle_page_clear_report(page);
        bus_manager1_call_add_cloud(manager, url, g_variant_dict_end(&options),
                                    huddle_page_get_cancellable(page), found_list_on_added, row);
}

static void found_list_on_use(FoundList *list, GtkButton *button)
{
        GObject *row = g_object_get_data(G_OBJECT(button), "row");
        GVariant *found = g_object_get_data(row, "found");
        g_autofree char *name = found_list_text(found, "Name"),
                        *url = found_list_text(found, "Url"),
                        *words = found_list_text(found, "Words");
        g_autofree char *text = g_strdup_printf(
                _("%s\n%s\n%s\n\nAsk whoever runs it for its three words: anybody in this network "
                  "can use its name. Its operator will see with whom you meet, but no card."),
                name, url, words);
        GObject *dialog = huddle_page_ask(list->page, _("Use This Server?"), text, _("Use It"),
                                          FALSE, G_CALLBACK(found_list_on_answer));

        g_object_set_data_full(dialog, "row", g_object_ref(row), g_object_unref);
}

/* ---- what was found -------------------------------------------------------------------------- */

static void found_list_add(FoundList *list, GVariant *found)
{
        GtkWidget *row = adw_action_row_new(), *use = gtk_button_new_with_label(_("Use"));
        g_autofree char *name = found_list_text(found, "Name"),
                        *url = found_list_text(found, "Url"),
                        *words = found_list_text(found, "Words");
        g_autofree char *subtitle = g_strdup_printf("%s\n%s", url, words);

        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), *name ? name : url);
        adw_action_row_set_title_lines(ADW_ACTION_ROW(row), 2);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 4);
        gtk_widget_set_valign(use, GTK_ALIGN_CENTER);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), use);
        adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), use);
        g_object_set_data_full(G_OBJECT(row), "found", g_variant_ref(found),
                               (GDestroyNotify)g_variant_unref);
        g_object_set_data(G_OBJECT(row), "list", list);
        g_object_set_data(G_OBJECT(use), "row", row);
        g_signal_connect_swapped(use, "clicked", G_CALLBACK(found_list_on_use), list);
        adw_preferences_group_add(ADW_PREFERENCES_GROUP(list), row);
        gtk_widget_set_visible(GTK_WIDGET(list), TRUE);
}

/* Known ones need nothing, and those with other keys than we know are not offered. */
static gboolean found_list_is_new(GVariant *found)
{
        static const char *const standings[] = {"unknown", "moved", NULL};
        const char *standing = "";

        (void)g_variant_lookup(found, "Cloud", "&s", &standing);
        return g_strv_contains(standings, standing);
}

/* Without a local network, or with a daemon that cannot look, there is simply nothing. */
static void found_list_on_found(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) all = NULL;

        if (!bus_manager1_call_find_clouds_finish(BUS_MANAGER1(source), &all, result, &error))
                return;
        for (gsize i = 0; i < g_variant_n_children(all); i++) {
                g_autoptr(GVariant) found = g_variant_get_child_value(all, i);

                if (found_list_is_new(found))
                        found_list_add(FOUND_LIST(userdata), found);
        }
}

void found_list_search(FoundList *list, HuddlePage *page)
{
        BusManager1 *manager;

        if (list->page)
                return;
        list->page = page;
        manager = found_list_manager(list);
        if (!manager)
                return;
        g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(manager), FIND_TIMEOUT_MS);
        bus_manager1_call_find_clouds(manager, huddle_page_get_cancellable(page),
                                      found_list_on_found, list);
        g_dbus_proxy_set_default_timeout(G_DBUS_PROXY(manager), -1);
}

/* ---- the object ------------------------------------------------------------------------------ */

static void found_list_class_init(FoundListClass *klass)
{
        signals[SIGNAL_ADDED] = g_signal_new("added", FOUND_TYPE_LIST, G_SIGNAL_RUN_LAST, 0, NULL,
                                             NULL, NULL, G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void found_list_init(FoundList *list)
{
        gtk_widget_set_visible(GTK_WIDGET(list), FALSE);
        adw_preferences_group_set_title(ADW_PREFERENCES_GROUP(list), _("Found Here"));
}
