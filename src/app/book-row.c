/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "book-row.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _BookRow {
        AdwActionRow parent;
        HuddlePage *page; /* borrowed: it owns us */
        GtkSwitch *used;
        GtkButton *test;
        char *kind;
        gboolean showing; /* the switch is moved by us */
};

G_DEFINE_FINAL_TYPE(BookRow, book_row, ADW_TYPE_ACTION_ROW)

static BusAgent1 *book_row_agent(BookRow *row)
{
        return huddle_client_get_agent(huddle_page_get_client(row->page));
}

const char *book_row_title(const char *kind)
{
        static const char *const titles[][2] = {{"eds", N_("GNOME Contacts")},
                                                {"kde", N_("KDE’s address book")},
                                                {"folder", N_("A folder of vCards")},
                                                {"hook", N_("A command of yours")}};

        for (gsize i = 0; i < G_N_ELEMENTS(titles); i++)
                if (g_str_equal(kind, titles[i][0]))
                        return _(titles[i][1]);
        return kind;
}

/* ---- use ------------------------------------------------------------------------------------- */

static void book_row_on_set(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_agent1_call_set_book_finish(BUS_AGENT1(agent), result, &error);
        BookRow *row;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        row = BOOK_ROW(userdata);
        if (!done)
                huddle_page_report_agent(row->page, error);
        if (HUDDLE_PAGE_GET_CLASS(row->page)->refresh)
                HUDDLE_PAGE_GET_CLASS(row->page)->refresh(row->page);
}

static void book_row_on_used(BookRow *row)
{
        BusAgent1 *agent = book_row_agent(row);

        if (row->showing || !agent)
                return;
        bus_agent1_call_set_book(agent, row->kind, gtk_switch_get_active(row->used) ? "yes" : "no",
                                 huddle_page_get_cancellable(row->page), book_row_on_set, row);
}

/* ---- test ------------------------------------------------------------------------------------ */

static void book_row_on_tested(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_agent1_call_test_book_finish(BUS_AGENT1(agent), result, &error);
        BookRow *row;

        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        row = BOOK_ROW(userdata);
        gtk_widget_set_sensitive(GTK_WIDGET(row->test), TRUE);
        if (done)
                huddle_page_toast(row->page, _("The address book works"));
        else
                huddle_page_report_agent(row->page, error);
}

static void book_row_on_test(BookRow *row)
{
        BusAgent1 *agent = book_row_agent(row);

        if (!agent)
                return;
        gtk_widget_set_sensitive(GTK_WIDGET(row->test), FALSE);
        huddle_page_clear_report(row->page);
        bus_agent1_call_test_book(agent, row->kind, huddle_page_get_cancellable(row->page),
                                  book_row_on_tested, row);
}

/* ---- what is shown --------------------------------------------------------------------------- */

static char *book_row_describe(GVariant *book, gboolean found)
{
        const char *place = "", *trouble = "";
        guint32 waiting = 0, done = 0;
        g_autofree char *safe = NULL, *counted = NULL;

        g_variant_lookup(book, "Place", "&s", &place);
        g_variant_lookup(book, "Trouble", "&s", &trouble);
        g_variant_lookup(book, "Waiting", "u", &waiting);
        g_variant_lookup(book, "Done", "u", &done);
        safe = stranger_text(*trouble ? trouble : place);
        if (!found)
                return g_strdup(_("Not on this device"));
        if (waiting > 0)
                counted = g_strdup_printf(ngettext("%u card waits", "%u cards wait", waiting),
                                          waiting);
        else
                counted = g_strdup_printf(ngettext("%u card", "%u cards", done), done);
        return *safe ? g_strdup_printf("%s\n%s", counted, safe) : g_steal_pointer(&counted);
}

/* The switch has the name of the row, which activates it. */
static void book_row_name_test(BookRow *row, const char *title)
{
        g_autofree char *test = g_strdup_printf(_("Test %s"), title);

        gtk_accessible_update_property(GTK_ACCESSIBLE(row->test), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       test, -1);
}

void book_row_show(BookRow *row, GVariant *book)
{
        const char *kind = "";
        gboolean found = FALSE, used = FALSE;
        g_autofree char *subtitle = NULL;

        g_variant_lookup(book, "Kind", "&s", &kind);
        g_variant_lookup(book, "Found", "b", &found);
        g_variant_lookup(book, "Used", "b", &used);
        g_free(row->kind);
        row->kind = g_strdup(kind);
        subtitle = book_row_describe(book, found || used);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(row), book_row_title(kind));
        adw_action_row_set_subtitle(ADW_ACTION_ROW(row), subtitle);
        book_row_name_test(row, book_row_title(kind));
        gtk_widget_set_visible(GTK_WIDGET(row), found || used);
        row->showing = TRUE;
        gtk_switch_set_active(row->used, used);
        row->showing = FALSE;
}

/* ---- the object ------------------------------------------------------------------------------ */

GtkWidget *book_row_new(HuddlePage *page)
{
        BookRow *row = g_object_new(BOOK_TYPE_ROW, NULL);

        row->page = page;
        return GTK_WIDGET(row);
}

static void book_row_finalize(GObject *object)
{
        g_free(BOOK_ROW(object)->kind);
        G_OBJECT_CLASS(book_row_parent_class)->finalize(object);
}

static void book_row_class_init(BookRowClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = book_row_finalize;
}

static void book_row_init(BookRow *row)
{
        row->used = GTK_SWITCH(gtk_switch_new());
        row->test = GTK_BUTTON(gtk_button_new_with_label(_("Test")));
        gtk_widget_set_valign(GTK_WIDGET(row->used), GTK_ALIGN_CENTER);
        gtk_widget_set_valign(GTK_WIDGET(row->test), GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(GTK_WIDGET(row->test), "flat");
        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 4);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(row->test));
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(row->used));
        adw_action_row_set_activatable_widget(ADW_ACTION_ROW(row), GTK_WIDGET(row->used));
        g_signal_connect_swapped(row->used, "notify::active", G_CALLBACK(book_row_on_used), row);
        g_signal_connect_swapped(row->test, "clicked", G_CALLBACK(book_row_on_test), row);
}
