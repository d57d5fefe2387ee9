/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-settings.h"
#include "book-row.h"
#include "cloud-list.h"
#include "eds-choice.h"
#include "found-list.h"
#include "link-question.h"
#include "link-row.h"
#include "notes-choice.h"
#include "stranger.h"
#include "veto-choice.h"

#include <glib/gi18n.h>

struct _HuddlePageSettings {
        HuddlePage parent;
        CloudList *clouds;
        FoundList *found;
        GtkWidget *other_cloud;
        AdwActionRow *radios, *place, *handle;
        GtkSwitch *use_place, *use_mdns, *use_ble, *use_help, *use_guests;
        VetoChoice *veto;
        AdwPreferencesGroup *books;
        NotesChoice *notes;
        AdwExpanderRow *delete_row;
        GtkEditable *delete_entry;
        GtkWidget *delete;
        GPtrArray *book_rows;  /* borrowed widgets */
        GtkWidget *eds_choice; /* likewise; NULL: not yet */
        gboolean deleting;
        gboolean showing; /* the switches are moved by us */
};

G_DEFINE_FINAL_TYPE(HuddlePageSettings, huddle_page_settings, HUDDLE_TYPE_PAGE)

static BusManager1 *page_settings_manager(HuddlePageSettings *page)
{
        return huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
}

/* ---- the machine ----------------------------------------------------------------------------- */

static void page_settings_on_link_read(HuddlePage *base, const char *link, GVariant *parts)
{
        if (parts)
                cloud_list_refresh(HUDDLE_PAGE_SETTINGS(base)->clouds, base);
}

static void page_settings_on_added(HuddlePageSettings *page, const char *url)
{
        cloud_list_refresh(page->clouds, HUDDLE_PAGE(page));
}

static void page_settings_on_link(HuddlePageSettings *page, const char *link)
{
        link_question_ask(HUDDLE_PAGE(page), link, page_settings_on_link_read);
}

static void page_settings_on_host(HuddlePageSettings *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "host", NULL);
}

static void page_settings_on_fixed(HuddlePageSettings *page, gboolean fixed)
{
        gtk_widget_set_visible(page->other_cloud, !fixed);
        if (!fixed)
                found_list_search(page->found, HUDDLE_PAGE(page));
}

static const char *page_settings_radio_title(const char *radio)
{
        if (g_str_equal(radio, "mdns"))
                return _("Local network");
        return g_str_equal(radio, "ble") ? _("Bluetooth") : radio;
}

static void page_settings_show_radios(HuddlePageSettings *page, BusManager1 *manager)
{
        const char *const *radios = bus_manager1_get_radios(manager);
        g_autoptr(GPtrArray) titles = g_ptr_array_new();
        g_autofree char *text = NULL;

        for (gsize i = 0; radios && radios[i]; i++)
                g_ptr_array_add(titles, (char *)page_settings_radio_title(radios[i]));
        g_ptr_array_add(titles, NULL);
        text = g_strjoinv(_(", "), (char **)titles->pdata);
        adw_action_row_set_subtitle(page->radios,
                                    *text ? text : _("None: only place and time tell who is near"));
}

/* The place is not announced: it is asked for when the page is shown. */
static void page_settings_on_place(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GVariant) reply =
                g_dbus_connection_call_finish(G_DBUS_CONNECTION(source), result, NULL);
        g_autoptr(GVariant) value = NULL;
        g_autofree char *text = NULL;

        if (!reply)
                return; /* maybe the page is gone */
        g_variant_get(reply, "(v)", &value);
        if (!g_variant_is_of_type(value, G_VARIANT_TYPE_STRING))
                return;
        text = stranger_text(g_variant_get_string(value, NULL));
        adw_action_row_set_subtitle(HUDDLE_PAGE_SETTINGS(userdata)->place, text);
}

static void page_settings_ask_place(HuddlePageSettings *page)
{
        HuddleClient *client = huddle_page_get_client(HUDDLE_PAGE(page));

        g_dbus_connection_call(huddle_client_get_connection(client), "org.huddle", "/org/huddle",
                               "org.freedesktop.DBus.Properties", "Get",
                               g_variant_new("(ss)", "org.huddle.Manager1", "Place"),
                               G_VARIANT_TYPE("(v)"), G_DBUS_CALL_FLAGS_NONE, -1,
                               huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                               page_settings_on_place, page);
}

/* ---- preferences ----------------------------------------------------------------------------- */

static void page_settings_on_preferred(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;

        (void)bus_manager1_call_set_preference_finish(BUS_MANAGER1(source), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report(HUDDLE_PAGE(userdata), error);
        HUDDLE_PAGE_GET_CLASS(userdata)->refresh(userdata);
}

/* The name of a switch in the template is that of its preference. */
static void page_settings_on_switch(HuddlePageSettings *page, GParamSpec *spec, GtkSwitch *toggle)
{
        BusManager1 *manager = page_settings_manager(page);

        if (manager && !page->showing)
                bus_manager1_call_set_preference(manager, gtk_widget_get_name(GTK_WIDGET(toggle)),
                                                 gtk_switch_get_active(toggle),
                                                 huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                                 page_settings_on_preferred, page);
}

static void page_settings_show_preferences(HuddlePageSettings *page, BusManager1 *manager)
{
        GtkSwitch *switches[] = {page->use_place, page->use_mdns, page->use_ble, page->use_help,
                                 page->use_guests};
        GVariant *preferences = bus_manager1_get_preferences(manager);
        gboolean on;

        page->showing = TRUE;
        for (gsize i = 0; preferences && i < G_N_ELEMENTS(switches); i++)
                if (g_variant_lookup(preferences, gtk_widget_get_name(GTK_WIDGET(switches[i])), "b",
                                     &on))
                        gtk_switch_set_active(switches[i], on);
        page->showing = FALSE;
}

/* ---- address books --------------------------------------------------------------------------- */

/* Which of them is a row of its own, below that of its kind. */
static void page_settings_show_eds(HuddlePageSettings *page, GVariant *book)
{
        const char *kind = "";

        (void)g_variant_lookup(book, "Kind", "&s", &kind);
        if (!g_str_equal(kind, "eds"))
                return;
        if (!page->eds_choice) {
                page->eds_choice = eds_choice_new(HUDDLE_PAGE(page));
                adw_preferences_group_add(page->books, page->eds_choice);
        }
        eds_choice_show(EDS_CHOICE(page->eds_choice), book);
}

static void page_settings_show_book(HuddlePageSettings *page, gsize i, GVariant *book)
{
        if (i >= page->book_rows->len) {
                GtkWidget *row = book_row_new(HUDDLE_PAGE(page));

                adw_preferences_group_add(page->books, row);
                g_ptr_array_add(page->book_rows, row);
        }
        book_row_show(page->book_rows->pdata[i], book);
        page_settings_show_eds(page, book);
}

static void page_settings_on_books(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) books = NULL;
        HuddlePageSettings *page = userdata;

        if (!bus_agent1_call_list_books_finish(BUS_AGENT1(agent), &books, result, &error)) {
                if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                        huddle_page_report_agent(HUDDLE_PAGE(page), error);
                return;
        }
        for (gsize i = 0; i < g_variant_n_children(books); i++) {
                g_autoptr(GVariant) book = g_variant_get_child_value(books, i);

                page_settings_show_book(page, i, book);
        }
}

static void page_settings_ask_books(HuddlePageSettings *page)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (agent)
                bus_agent1_call_list_books(agent, huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                           page_settings_on_books, page);
}

/* ---- the account ----------------------------------------------------------------------------- */

/* To delete for good takes more than a slip of the thumb. */
static void page_settings_on_delete_typed(HuddlePageSettings *page)
{
        BusManager1 *manager = page_settings_manager(page);
        g_autofree char *typed = g_strstrip(g_strdup(gtk_editable_get_text(page->delete_entry)));

        gtk_widget_set_sensitive(page->delete,
                                 manager && !page->deleting &&
                                         g_str_equal(typed, bus_manager1_get_handle(manager)));
}

static void page_settings_on_deleted(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_unregister_finish(BUS_MANAGER1(source), result, &error);
        HuddlePageSettings *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page->deleting = FALSE;
        page_settings_on_delete_typed(page);
        if (done)
                huddle_page_replace(HUDDLE_PAGE(page), "welcome", NULL);
        else
                huddle_page_report(HUDDLE_PAGE(page), error);
}

static void page_settings_on_delete(HuddlePageSettings *page)
{
        BusManager1 *manager = page_settings_manager(page);

        if (!manager || page->deleting)
                return;
        page->deleting = TRUE;
        gtk_widget_set_sensitive(page->delete, FALSE);
        huddle_page_clear_report(HUDDLE_PAGE(page));
        bus_manager1_call_unregister(manager, huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                     page_settings_on_deleted, page);
}

static void page_settings_show_account(HuddlePageSettings *page, BusManager1 *manager)
{
        g_autofree char *handle = stranger_text(bus_manager1_get_handle(manager));

        adw_action_row_set_subtitle(page->handle, *handle ? handle : _("No account yet"));
        gtk_widget_set_sensitive(GTK_WIDGET(page->delete_row), *handle != '\0');
}

/* ---- the page -------------------------------------------------------------------------------- */

static void huddle_page_settings_refresh(HuddlePage *base)
{
        HuddlePageSettings *page = HUDDLE_PAGE_SETTINGS(base);
        BusManager1 *manager = page_settings_manager(page);

        cloud_list_refresh(page->clouds, base);
        page_settings_show_radios(page, manager);
        page_settings_show_preferences(page, manager);
        page_settings_show_account(page, manager);
        page_settings_ask_place(page);
        page_settings_ask_books(page);
        veto_choice_refresh(page->veto, base);
        notes_choice_refresh(page->notes, base);
}

static void huddle_page_settings_retry(HuddlePage *base)
{
        HuddlePageSettings *page = HUDDLE_PAGE_SETTINGS(base);

        if (gtk_widget_get_sensitive(page->delete))
                page_settings_on_delete(page);
        else
                huddle_page_settings_refresh(base);
}

static void huddle_page_settings_take(HuddlePage *page, const char *text)
{
        page_settings_on_link(HUDDLE_PAGE_SETTINGS(page), text);
}

static void huddle_page_settings_finalize(GObject *object)
{
        g_ptr_array_unref(HUDDLE_PAGE_SETTINGS(object)->book_rows);
        G_OBJECT_CLASS(huddle_page_settings_parent_class)->finalize(object);
}

static void huddle_page_settings_class_init(HuddlePageSettingsClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->finalize = huddle_page_settings_finalize;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_settings_refresh;
        HUDDLE_PAGE_CLASS(klass)->take = huddle_page_settings_take;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_settings_retry;
        g_type_ensure(CLOUD_TYPE_LIST);
        g_type_ensure(FOUND_TYPE_LIST);
        g_type_ensure(LINK_TYPE_ROW);
        g_type_ensure(NOTES_TYPE_CHOICE);
        g_type_ensure(VETO_TYPE_CHOICE);
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-settings");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, clouds);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, other_cloud);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, found);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, radios);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, place);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, handle);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, use_place);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, use_mdns);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, use_ble);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, use_help);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, use_guests);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, veto);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, books);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, notes);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, delete_row);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, delete_entry);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageSettings, delete);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_delete_typed);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_delete);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_fixed);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_host);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_link);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_added);
        gtk_widget_class_bind_template_callback(widget_class, page_settings_on_switch);
}

static void huddle_page_settings_init(HuddlePageSettings *page)
{
        page->book_rows = g_ptr_array_new();
        gtk_widget_init_template(GTK_WIDGET(page));
}
