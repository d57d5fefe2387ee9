/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "eds-choice.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _EdsChoice {
        ChoiceRow parent;
        HuddlePage *page; /* borrowed: it owns us */
        char *setting;    /* what SetBook takes */
        gboolean used;    /* the agent writes to this kind of book, as it said last */
        gboolean asking;
};

G_DEFINE_FINAL_TYPE(EdsChoice, eds_choice, CHOICE_TYPE_ROW)

static BusAgent1 *eds_choice_agent(EdsChoice *choice)
{
        return huddle_client_get_agent(huddle_page_get_client(choice->page));
}

/* ---- choosing -------------------------------------------------------------------------------- */

static void eds_choice_on_set(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        EdsChoice *choice = userdata;

        (void)bus_agent1_call_set_book_finish(BUS_AGENT1(agent), result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        if (error)
                huddle_page_report_agent(choice->page, error);
        HUDDLE_PAGE_GET_CLASS(choice->page)->refresh(choice->page);
}

static void eds_choice_on_chosen(EdsChoice *choice, const char *uid)
{
        bus_agent1_call_set_book(eds_choice_agent(choice), "eds", uid,
                                 huddle_page_get_cancellable(choice->page), eds_choice_on_set,
                                 choice);
}

/* ---- what there is --------------------------------------------------------------------------- */

/* The default book, whose UID is "auto" here and which is shown where none is chosen. */
static const char *eds_choice_selected(EdsChoice *choice)
{
        static const char *const none[] = {"yes", "no", NULL};

        return g_strv_contains(none, choice->setting) ? "auto" : choice->setting;
}

/* books: a(ss), UID and name. A book that was chosen and is gone is still shown, by its UID. */
static void eds_choice_fill(EdsChoice *choice, GVariant *books)
{
        g_autoptr(GStrvBuilder) uids = g_strv_builder_new(), names = g_strv_builder_new();
        g_auto(GStrv) all_uids = NULL, all_names = NULL;
        const char *selected = eds_choice_selected(choice), *uid, *name;
        gboolean there = g_str_equal(selected, "auto");

        g_strv_builder_add(uids, "auto");
        g_strv_builder_add(names, _("The default one"));
        for (gsize i = 0; i < g_variant_n_children(books); i++) {
                g_autofree char *safe = NULL;

                g_variant_get_child(books, i, "(&s&s)", &uid, &name);
                safe = stranger_text(name);
                g_strv_builder_add(uids, uid);
                g_strv_builder_add(names, safe);
                there = there || g_str_equal(uid, selected);
        }
        if (!there) {
                g_autofree char *safe = stranger_text(selected);

                g_strv_builder_add(uids, selected);
                g_strv_builder_add(names, safe);
        }
        all_uids = g_strv_builder_end(uids);
        all_names = g_strv_builder_end(names);
        choice_row_show(CHOICE_ROW(choice), (const char *const *)all_uids,
                        (const char *const *)all_names, selected);
        gtk_widget_set_visible(GTK_WIDGET(choice), choice->used && g_strv_length(all_uids) > 2);
}

/* Without an answer there is nothing to choose; the row of the book says what its trouble is. */
static void eds_choice_on_listed(GObject *agent, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autoptr(GVariant) books = NULL;
        EdsChoice *choice = userdata;

        (void)bus_agent1_call_list_eds_books_finish(BUS_AGENT1(agent), &books, result, &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        choice->asking = FALSE;
        if (books)
                eds_choice_fill(choice, books);
}

void eds_choice_show(EdsChoice *choice, GVariant *book)
{
        const char *setting = "";

        choice->used = FALSE;
        (void)g_variant_lookup(book, "Setting", "&s", &setting);
        (void)g_variant_lookup(book, "Used", "b", &choice->used);
        g_free(choice->setting);
        choice->setting = g_strdup(setting);
        if (!choice->used)
                gtk_widget_set_visible(GTK_WIDGET(choice), FALSE);
        if (!choice->used || choice->asking)
                return;
        choice->asking = TRUE;
        bus_agent1_call_list_eds_books(eds_choice_agent(choice),
                                       huddle_page_get_cancellable(choice->page),
                                       eds_choice_on_listed, choice);
}

/* ---- the object ------------------------------------------------------------------------------ */

GtkWidget *eds_choice_new(HuddlePage *page)
{
        EdsChoice *choice = g_object_new(EDS_TYPE_CHOICE, NULL);

        choice->page = page;
        return GTK_WIDGET(choice);
}

static void eds_choice_finalize(GObject *object)
{
        g_free(EDS_CHOICE(object)->setting);
        G_OBJECT_CLASS(eds_choice_parent_class)->finalize(object);
}

static void eds_choice_class_init(EdsChoiceClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = eds_choice_finalize;
}

static void eds_choice_init(EdsChoice *choice)
{
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(choice), _("Which of GNOME’s"));
        gtk_widget_set_visible(GTK_WIDGET(choice), FALSE);
        g_signal_connect(choice, "chosen", G_CALLBACK(eds_choice_on_chosen), NULL);
}
