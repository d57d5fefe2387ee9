/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-welcome.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

struct _HuddlePageWelcome {
        HuddlePage parent;
        GtkStack *steps;
        AdwActionRow *cloud;
        GtkEditable *handle, *code;
        GtkLabel *consent;
        AdwPreferencesGroup *confirm_group;
        GtkButton *next;
        guint consent_version; /* of the text that is shown */
        gboolean busy;         /* a call is under way */
};

G_DEFINE_FINAL_TYPE(HuddlePageWelcome, huddle_page_welcome, HUDDLE_TYPE_PAGE)

static BusManager1 *page_welcome_manager(HuddlePageWelcome *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

static gboolean page_welcome_is_at(HuddlePageWelcome *page, const char *step)
{
        return g_str_equal(gtk_stack_get_visible_child_name(page->steps), step);
}

/* What is typed, without blanks around. New. */
static char *page_welcome_typed(GtkEditable *entry)
{
        return g_strstrip(g_strdup(gtk_editable_get_text(entry)));
}

/* ---- what is shown --------------------------------------------------------------------------- */

static const char *page_welcome_next_label(HuddlePageWelcome *page)
{
        if (page->busy)
                return _("One Moment…");
        if (page_welcome_is_at(page, "account"))
                return _("Agree and Continue");
        return page_welcome_is_at(page, "confirm") ? _("Confirm") : _("Get Started");
}

static void page_welcome_show_next(HuddlePageWelcome *page)
{
        g_autofree char *typed = NULL;
        BusManager1 *manager = page_welcome_manager(page);
        gboolean ready = !page->busy && manager;

        if (page_welcome_is_at(page, "account"))
                typed = page_welcome_typed(page->handle);
        else if (page_welcome_is_at(page, "confirm"))
                typed = page_welcome_typed(page->code);
        else
                ready = ready && *bus_manager1_get_cloud_url(manager);
        gtk_button_set_label(page->next, page_welcome_next_label(page));
        gtk_widget_set_sensitive(GTK_WIDGET(page->next), ready && (!typed || *typed));
}

static void page_welcome_show_cloud(HuddlePageWelcome *page)
{
        g_autofree char *url =
                stranger_text(bus_manager1_get_cloud_url(page_welcome_manager(page)));

        adw_action_row_set_subtitle(
                page->cloud, *url ? url : _("None yet. Ask the person that runs your server."));
}

static void page_welcome_step(HuddlePageWelcome *page, const char *step)
{
        gtk_stack_set_visible_child_name(page->steps, step);
        if (g_str_equal(step, "account"))
                gtk_widget_grab_focus(GTK_WIDGET(page->handle));
        else if (g_str_equal(step, "confirm"))
                gtk_widget_grab_focus(GTK_WIDGET(page->code));
        page_welcome_show_next(page);
}

static void page_welcome_set_busy(HuddlePageWelcome *page, gboolean busy)
{
        page->busy = busy;
        if (busy)
                huddle_page_clear_report(HUDDLE_PAGE(page));
        page_welcome_show_next(page);
}

static void page_welcome_ask_code(HuddlePageWelcome *page)
{
        g_autofree char *handle =
                stranger_text(bus_manager1_get_handle(page_welcome_manager(page)));
        g_autofree char *text = g_strdup_printf(
                _("The server has sent a code to %s. It comes within some minutes."), handle);
        g_autofree char *escaped = g_markup_escape_text(text, -1);

        adw_preferences_group_set_description(page->confirm_group, escaped);
        page_welcome_step(page, "confirm");
}

/* ---- the steps ------------------------------------------------------------------------------- */

/* To the own card when the account can be used, else to the code that confirms it. */
static void page_welcome_go_on(HuddlePageWelcome *page)
{
        if (bus_manager1_get_registered(page_welcome_manager(page)))
                huddle_page_replace(HUDDLE_PAGE(page), "card", "first");
        else
                page_welcome_ask_code(page);
}

/* Ends a call: FALSE when the page is gone, or after showing the error. */
static gboolean page_welcome_take(HuddlePageWelcome *page, gboolean done, GError *error)
{
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return FALSE;
        page_welcome_set_busy(page, FALSE);
        if (!done)
                huddle_page_report(HUDDLE_PAGE(page), error);
        return done;
}

static void page_welcome_on_consent(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL, *valid = NULL;
        guint version;
        gboolean done = bus_manager1_call_get_consent_finish(BUS_MANAGER1(source), &version, &text,
                                                             NULL, result, &error);
        HuddlePageWelcome *page = userdata;

        if (!page_welcome_take(page, done, error))
                return;
        valid = g_utf8_make_valid(text, -1);
        page->consent_version = version;
        gtk_label_set_text(page->consent, g_strstrip(valid));
        page_welcome_step(page, "account");
}

static void page_welcome_get_consent(HuddlePageWelcome *page)
{
        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_get_consent(page_welcome_manager(page),
                                      huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                      page_welcome_on_consent, page);
}

static gboolean page_welcome_is_other_consent(const GError *error)
{
        g_autofree char *name = error ? g_dbus_error_get_remote_error(error) : NULL;

        return g_strcmp0(name, "org.huddle.Error.ConsentRequired") == 0;
}

static void page_welcome_on_registered(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_register_finish(BUS_MANAGER1(source), result, &error);
        HuddlePageWelcome *page = userdata;

        if (page_welcome_is_other_consent(error)) {
                page_welcome_set_busy(page, FALSE);
                page_welcome_get_consent(page); /* its text has changed meanwhile: read it again */
                return;
        }
        if (page_welcome_take(page, done, error))
                page_welcome_go_on(page);
}

static void page_welcome_register(HuddlePageWelcome *page)
{
        g_autofree char *handle = page_welcome_typed(page->handle);
        GVariantDict options;

        g_variant_dict_init(&options, NULL);
        g_variant_dict_insert(&options, "consent", "b", TRUE);
        g_variant_dict_insert(&options, "version", "u", page->consent_version);
        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_register(page_welcome_manager(page), handle, g_variant_dict_end(&options),
                                   huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                   page_welcome_on_registered, page);
}

static void page_welcome_on_confirmed(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_confirm_finish(BUS_MANAGER1(source), result, &error);

        if (page_welcome_take(userdata, done, error))
                page_welcome_go_on(userdata);
}

static void page_welcome_confirm(HuddlePageWelcome *page)
{
        g_autofree char *code = page_welcome_typed(page->code);

        page_welcome_set_busy(page, TRUE);
        bus_manager1_call_confirm(page_welcome_manager(page), code,
                                  huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                  page_welcome_on_confirmed, page);
}

static void page_welcome_on_next(HuddlePageWelcome *page)
{
        if (!gtk_widget_get_sensitive(GTK_WIDGET(page->next)))
                return;
        if (page_welcome_is_at(page, "account"))
                page_welcome_register(page);
        else if (page_welcome_is_at(page, "confirm"))
                page_welcome_confirm(page);
        else
                page_welcome_get_consent(page);
}

static void page_welcome_on_typed(HuddlePageWelcome *page)
{
        page_welcome_show_next(page);
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_welcome_refresh(HuddlePage *base)
{
        HuddlePageWelcome *page = HUDDLE_PAGE_WELCOME(base);
        BusManager1 *manager = page_welcome_manager(page);

        page_welcome_show_cloud(page);
        if (!page->busy && page_welcome_is_at(page, "hello") && *bus_manager1_get_handle(manager) &&
            !bus_manager1_get_registered(manager))
                page_welcome_ask_code(page); /* closed while the code was on its way */
        page_welcome_show_next(page);
}

static void huddle_page_welcome_retry(HuddlePage *base)
{
        page_welcome_on_next(HUDDLE_PAGE_WELCOME(base));
}

static void huddle_page_welcome_class_init(HuddlePageWelcomeClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);
        HuddlePageClass *page_class = HUDDLE_PAGE_CLASS(klass);

        page_class->refresh = huddle_page_welcome_refresh;
        page_class->retry = huddle_page_welcome_retry;
        huddle_page_class_use_template(page_class, "page-welcome");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, steps);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, cloud);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, handle);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, code);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, consent);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, confirm_group);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWelcome, next);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_next);
        gtk_widget_class_bind_template_callback(widget_class, page_welcome_on_typed);
}

static void huddle_page_welcome_init(HuddlePageWelcome *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
