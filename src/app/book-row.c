/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "book-row.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _BookRow {
        AdwActionRow parent;
        HuddlePage *page; /* borrowed: it owns us */
        GtkSwitch *used;
        GtkButton *test, *choose;
        GtkFileChooserNative *chooser; /* NULL: not open */
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

/* Which folder or command is a choice of the user's. */
static gboolean book_row_is_place(const char *kind)
{
        return g_str_equal(kind, "folder") || g_str_equal(kind, "hook");
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

static void book_row_set(BookRow *row, const char *setting)
{
        BusAgent1 *agent = book_row_agent(row);

        if (!agent)
                return;
        huddle_page_clear_report(row->page);
        bus_agent1_call_set_book(agent, row->kind, setting, huddle_page_get_cancellable(row->page),
                                 book_row_on_set, row);
}

static void book_row_on_used(BookRow *row)
{
        if (!row->showing)
                book_row_set(row, gtk_switch_get_active(row->used) ? "yes" : "no");
}

/* ---- which one ------------------------------------------------------------------------------- */

static void book_row_on_chosen(BookRow *row, int response, GtkFileChooser *chooser)
{
        g_autoptr(GFile) file =
                response == GTK_RESPONSE_ACCEPT ? gtk_file_chooser_get_file(chooser) : NULL;
        g_autofree char *path = file ? g_file_get_path(file) : NULL;

        g_clear_object(&row->chooser);
        if (path && g_utf8_validate(path, -1, NULL))
                book_row_set(row, path);
        else if (file)
                huddle_page_toast(row->page, _("This cannot be used"));
}

static void book_row_on_choose(BookRow *row)
{
        gboolean folder = g_str_equal(row->kind, "folder");

        g_clear_object(&row->chooser);
        row->chooser = gtk_file_chooser_native_new(
                folder ? _("Choose a Folder of vCards") : _("Choose a Command"),
                GTK_WINDOW(gtk_widget_get_root(GTK_WIDGET(row))),
                folder ? GTK_FILE_CHOOSER_ACTION_SELECT_FOLDER : GTK_FILE_CHOOSER_ACTION_OPEN, NULL,
                NULL);
        gtk_native_dialog_set_modal(GTK_NATIVE_DIALOG(row->chooser), TRUE);
        g_signal_connect_swapped(row->chooser, "response", G_CALLBACK(book_row_on_chosen), row);
        gtk_native_dialog_show(GTK_NATIVE_DIALOG(row->chooser));
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
                return g_strdup(*place ? _("Not used") : _("None chosen yet"));
        if (waiting > 0)
                counted = g_strdup_printf(ngettext("%u card waits", "%u cards wait", waiting),
                                          waiting);
        else
                counted = g_strdup_printf(ngettext("%u card", "%u cards", done), done);
        return *safe ? g_strdup_printf("%s\n%s", counted, safe) : g_steal_pointer(&counted);
}

/* The switch has the name of the row, which activates it. */
static void book_row_name_buttons(BookRow *row, const char *title)
{
        g_autofree char *test = g_strdup_printf(_("Test %s"), title);
        g_autofree char *choose = g_strdup_printf(_("Choose %s"), title);

        gtk_accessible_update_property(GTK_ACCESSIBLE(row->test), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       test, -1);
        gtk_accessible_update_property(GTK_ACCESSIBLE(row->choose), GTK_ACCESSIBLE_PROPERTY_LABEL,
                                       choose, -1);
}

/* A command has to be chosen before it can be used. */
static void book_row_show_buttons(BookRow *row, gboolean found, gboolean used)
{
        gboolean place = book_row_is_place(row->kind);
        gboolean usable = found || used || g_str_equal(row->kind, "folder");

        gtk_widget_set_visible(GTK_WIDGET(row), usable || place);
        gtk_widget_set_visible(GTK_WIDGET(row->choose), place);
        gtk_widget_set_visible(GTK_WIDGET(row->test), found || used);
        gtk_widget_set_visible(GTK_WIDGET(row->used), usable);
        adw_action_row_set_activatable_widget(
                ADW_ACTION_ROW(row), usable ? GTK_WIDGET(row->used) : GTK_WIDGET(row->choose));
        row->showing = TRUE;
        gtk_switch_set_active(row->used, used);
        row->showing = FALSE;
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
        book_row_name_buttons(row, book_row_title(kind));
        book_row_show_buttons(row, found, used);
}

/* ---- the object ------------------------------------------------------------------------------ */

GtkWidget *book_row_new(HuddlePage *page)
{
        BookRow *row = g_object_new(BOOK_TYPE_ROW, NULL);

        row->page = page;
        return GTK_WIDGET(row);
}

/* An open chooser must not answer to a row that is gone. */
static void book_row_dispose(GObject *object)
{
        g_clear_object(&BOOK_ROW(object)->chooser);
        G_OBJECT_CLASS(book_row_parent_class)->dispose(object);
}

static void book_row_finalize(GObject *object)
{
        g_free(BOOK_ROW(object)->kind);
        G_OBJECT_CLASS(book_row_parent_class)->finalize(object);
}

static void book_row_class_init(BookRowClass *klass)
{
        G_OBJECT_CLASS(klass)->dispose = book_row_dispose;
        G_OBJECT_CLASS(klass)->finalize = book_row_finalize;
}

static void book_row_init(BookRow *row)
{
        row->used = GTK_SWITCH(gtk_switch_new());
        row->test = GTK_BUTTON(gtk_button_new_with_label(_("Test")));
        row->choose = GTK_BUTTON(gtk_button_new_from_icon_name("document-open-symbolic"));
        gtk_widget_set_valign(GTK_WIDGET(row->choose), GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(GTK_WIDGET(row->choose), "flat");
        gtk_widget_set_tooltip_text(GTK_WIDGET(row->choose), _("Choose another"));
        gtk_widget_set_valign(GTK_WIDGET(row->used), GTK_ALIGN_CENTER);
        gtk_widget_set_valign(GTK_WIDGET(row->test), GTK_ALIGN_CENTER);
        gtk_widget_add_css_class(GTK_WIDGET(row->test), "flat");
        adw_preferences_row_set_use_markup(ADW_PREFERENCES_ROW(row), FALSE);
        adw_action_row_set_subtitle_lines(ADW_ACTION_ROW(row), 4);
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(row->choose));
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(row->test));
        adw_action_row_add_suffix(ADW_ACTION_ROW(row), GTK_WIDGET(row->used));
        g_signal_connect_swapped(row->used, "notify::active", G_CALLBACK(book_row_on_used), row);
        g_signal_connect_swapped(row->test, "clicked", G_CALLBACK(book_row_on_test), row);
        g_signal_connect_swapped(row->choose, "clicked", G_CALLBACK(book_row_on_choose), row);
}
