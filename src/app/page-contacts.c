/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-contacts.h"
#include "portraits.h"
#include "stranger.h"

#include <glib/gi18n.h>
#include <string.h>

enum { AVATAR_EDGE = 40 };

struct _HuddlePageContacts {
        HuddlePage parent;
        GtkEditable *search;
        GtkStack *stack;
        AdwStatusPage *status;
        AdwPreferencesGroup *group;
        GPtrArray *rows; /* borrowed widgets */
        guint pictured;  /* so many of them have been asked for their picture */
        Portraits *portraits;
        gboolean searching; /* the agent does one search at a time */
        gboolean again;     /* something else was typed meanwhile */
};

G_DEFINE_FINAL_TYPE(HuddlePageContacts, huddle_page_contacts, HUDDLE_TYPE_PAGE)

static void page_contacts_search(HuddlePageContacts *page);

static gboolean page_contacts_hands_back(HuddlePageContacts *page)
{
        return g_str_equal(huddle_page_get_argument(HUDDLE_PAGE(page)), CONTACTS_HAND_BACK);
}

static void page_contacts_on_chosen(HuddlePageContacts *page, GtkButton *button)
{
        const char *id = g_object_get_data(G_OBJECT(button), "id"),
                   *kind = g_object_get_data(G_OBJECT(button), "kind");
        g_autofree char *argument = NULL;

        if (page_contacts_hands_back(page)) {
                argument = g_strdup_printf("%s %s", kind, id);
                huddle_page_hand_back(HUDDLE_PAGE(page), argument);
        } else {
                argument = g_strconcat("contact:", id, NULL);
                huddle_page_replace(HUDDLE_PAGE(page), "card", argument);
        }
}

/* Of several contacts the agent tells names alone, so each is asked for once more. */
static void page_contacts_show_picture(HuddlePageContacts *page, GtkWidget *row, GVariant *contact)
{
        g_autoptr(GVariant) bytes =
                g_variant_lookup_value(contact, "Vcard", G_VARIANT_TYPE_BYTESTRING);
        g_autofree char *vcard = NULL;

        if (bytes)
                vcard = g_strndup(g_variant_get_data(bytes), g_variant_get_size(bytes));
        if (vcard && g_utf8_validate(vcard, -1, NULL))
                portraits_show(page->portraits, g_object_get_data(G_OBJECT(row), "avatar"), vcard);
}

static GtkWidget *page_contacts_make_avatar(const char *name)
{
        GtkWidget *avatar = adw_avatar_new(AVATAR_EDGE, name, *name != '\0');

        gtk_accessible_update_state(GTK_ACCESSIBLE(avatar), GTK_ACCESSIBLE_STATE_HIDDEN, TRUE, -1);
        return avatar;
}

static GtkWidget *page_contacts_make_button(HuddlePageContacts *page, const char *kind,
                                            const char *id, const char *name)
{
        GtkWidget *button = gtk_button_new_from_icon_name("go-next-symbolic");

        gtk_widget_set_valign(button, GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(button, "flat");
        gtk_accessible_update_property(GTK_ACCESSIBLE(button), GTK_ACCESSIBLE_PROPERTY_LABEL, name,
                                       -1);
        g_object_set_data_full(G_OBJECT(button), "id", g_strdup(id), g_free);
        g_object_set_data_full(G_OBJECT(button), "kind", g_strdup(kind), g_free);
        g_signal_connect_swapped(button, "clicked", G_CALLBACK(page_contacts_on_chosen), page);
        return button;
}

static void page_contacts_add(HuddlePageContacts *page, GVariant *contact)
{
        const char *id = "", *kind = "", *raw_name = "", *raw_email = "";
        g_autofree char *name = NULL, *email = NULL;
        GtkWidget *row, *button, *avatar;

        g_variant_lookup(contact, "Id", "&s", &id);
        g_variant_lookup(contact, "Kind", "&s", &kind);
        g_variant_lookup(contact, "Name", "&s", &raw_name);
        g_variant_lookup(contact, "Email", "&s", &raw_email);
        if (!*id)
                return; /* its file has a name that D-Bus cannot say */
        name = stranger_text(raw_name);
        email = stranger_text(raw_email);
        row = adw_action_row_new();
        button = page_contacts_make_button(page, kind, id, name);
        avatar = page_contacts_make_avatar(name);
        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), name);
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), email);
        adw_action_row_add_prefix(ADW_ACTION_ROW(row), avatar);
        g_object_set_data(G_OBJECT(row), "avatar", avatar);
        g_object_set_data_full(G_OBJECT(row), "id", g_strdup(id), g_free);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), button);
        adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), button);
        adw_preferences_group_add(page->group, row);
        g_ptr_array_add(page->rows, row);
}

static void page_contacts_say(HuddlePageContacts *page, const char *title, const char *description)
{
        g_autofree char *escaped = g_markup_escape_text(description, -1);

        adw_status_page_set_title(page->status, title);
        adw_status_page_set_description(page->status, escaped);
        gtk_stack_set_visible_child_name(page->stack, "empty");
}

static void page_contacts_say_what(HuddlePageContacts *page)
{
        if (page_contacts_hands_back(page))
                page_contacts_say(page, _("Which Contact?"),
                                  _("Type a part of the name of the contact that the card belongs "
                                    "to."));
        else
                page_contacts_say(page, _("Find Yourself"),
                                  _("Type a part of your name. The entry you choose is shown "
                                    "before it becomes your card."));
}

static void page_contacts_show(HuddlePageContacts *page, GVariant *contacts, gboolean more)
{
        portraits_drop_waiting(page->portraits);
        for (guint i = 0; i < page->rows->len; i++)
                adw_preferences_group_remove(page->group, page->rows->pdata[i]);
        g_ptr_array_set_size(page->rows, 0);
        page->pictured = 0;
        for (gsize i = 0; i < g_variant_n_children(contacts); i++) {
                g_autoptr(GVariant) contact = g_variant_get_child_value(contacts, i);

                page_contacts_add(page, contact);
        }
        adw_preferences_group_set_description(
                page->group, more ? _("There are others. Type more of the name.") : NULL);
        if (page->rows->len > 0)
                gtk_stack_set_visible_child_name(page->stack, "list");
        else
                page_contacts_say(page, _("Nobody Found"),
                                  _("No entry has this name or e-mail address."));
}

static void page_contacts_ask_picture(HuddlePageContacts *page);

static void page_contacts_on_entry(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) contacts = NULL;
        HuddlePageContacts *page = userdata;

        (void)bus_agent1_call_find_contacts_finish(BUS_AGENT1(agent), &contacts, NULL, NULL, result,
                                                   &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page->searching = FALSE;
        if (page->again) {
                page_contacts_search(page);
                return;
        }
        if (contacts && g_variant_n_children(contacts) == 1) {
                g_autoptr(GVariant) contact = g_variant_get_child_value(contacts, 0);

                page_contacts_show_picture(page, page->rows->pdata[page->pictured - 1], contact);
        }
        page_contacts_ask_picture(page);
}

static void page_contacts_ask_picture(HuddlePageContacts *page)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (page->pictured >= page->rows->len)
                return;
        page->searching = TRUE;
        bus_agent1_call_find_contacts(
                agent, g_object_get_data(page->rows->pdata[page->pictured++], "id"),
                huddle_page_get_cancellable(HUDDLE_PAGE(page)), page_contacts_on_entry, page);
}

static void page_contacts_on_found(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) contacts = NULL;
        gboolean more, found = bus_agent1_call_find_contacts_finish(BUS_AGENT1(agent), &contacts,
                                                                    &more, NULL, result, &error);
        HuddlePageContacts *page = userdata;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        page->searching = FALSE;
        if (page->again)
                page_contacts_search(page);
        else if (found) {
                page_contacts_show(page, contacts, more);
                page_contacts_ask_picture(page);
        } else
                huddle_page_report_agent(HUDDLE_PAGE(page), error);
}

static void page_contacts_search(HuddlePageContacts *page)
{
        BusAgent1 *agent = huddle_client_get_agent(huddle_page_get_client(HUDDLE_PAGE(page)));
        g_autofree char *who = g_strstrip(g_strdup(gtk_editable_get_text(page->search)));

        page->again = page->searching;
        if (page->searching)
                return;
        huddle_page_clear_report(HUDDLE_PAGE(page));
        if (!*who || !agent) {
                page_contacts_say_what(page);
                return;
        }
        page->searching = TRUE;
        bus_agent1_call_find_contacts(agent, who, huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                      page_contacts_on_found, page);
}

static void page_contacts_on_search(HuddlePageContacts *page)
{
        page_contacts_search(page);
}

static void huddle_page_contacts_retry(HuddlePage *base)
{
        page_contacts_search(HUDDLE_PAGE_CONTACTS(base));
}

static void huddle_page_contacts_constructed(GObject *object)
{
        HuddlePageContacts *page = HUDDLE_PAGE_CONTACTS(object);
        const char *label;

        G_OBJECT_CLASS(huddle_page_contacts_parent_class)->constructed(object);
        label = page_contacts_hands_back(page) ? _("Name or e-mail address")
                                               : _("Your name or e-mail address");
        g_object_set(page->search, "placeholder-text", label, NULL);
        gtk_accessible_update_property(GTK_ACCESSIBLE(page->search), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       label, -1);
        page_contacts_say_what(page);
}

static void huddle_page_contacts_map(GtkWidget *widget)
{
        GTK_WIDGET_CLASS(huddle_page_contacts_parent_class)->map(widget);
        gtk_widget_grab_focus(GTK_WIDGET(HUDDLE_PAGE_CONTACTS(widget)->search));
}

static void huddle_page_contacts_finalize(GObject *object)
{
        g_ptr_array_unref(HUDDLE_PAGE_CONTACTS(object)->rows);
        portraits_free(HUDDLE_PAGE_CONTACTS(object)->portraits);
        G_OBJECT_CLASS(huddle_page_contacts_parent_class)->finalize(object);
}

static void huddle_page_contacts_class_init(HuddlePageContactsClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_contacts_constructed;
        G_OBJECT_CLASS(klass)->finalize = huddle_page_contacts_finalize;
        widget_class->map = huddle_page_contacts_map;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_contacts_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-contacts");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageContacts, search);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageContacts, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageContacts, status);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageContacts, group);
        gtk_widget_class_bind_template_callback(widget_class, page_contacts_on_search);
}

static void huddle_page_contacts_init(HuddlePageContacts *page)
{
        page->rows = g_ptr_array_new();
        page->portraits = portraits_new(HUDDLE_PAGE(page));
        gtk_widget_init_template(GTK_WIDGET(page));
}
