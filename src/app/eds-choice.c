/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "eds-choice.h"
#include "stranger.h"

#include <glib/gi18n.h>

struct _EdsChoice {
        AdwComboRow parent;
        HuddlePage *page; /* borrowed: it owns us */
        GPtrArray *uids;  /* of the row's items; that of the first, the default book, is "auto" */
        char *setting;    /* what SetBook takes */
        gboolean used;    /* the agent writes to this kind of book, as it said last */
        gboolean asking;
        gboolean showing; /* the selection is moved by us */
};

G_DEFINE_FINAL_TYPE(EdsChoice, eds_choice, ADW_TYPE_COMBO_ROW)

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

static void eds_choice_on_selected(EdsChoice *choice)
{
        guint at = adw_combo_row_get_selected(ADW_COMBO_ROW(choice));
        const char *uid = at < choice->uids->len ? choice->uids->pdata[at] : NULL;

        if (!choice->showing && uid && g_strcmp0(uid, choice->setting) != 0)
                bus_agent1_call_set_book(eds_choice_agent(choice), "eds", uid,
                                         huddle_page_get_cancellable(choice->page),
                                         eds_choice_on_set, choice);
}

/* ---- what there is --------------------------------------------------------------------------- */

static void eds_choice_add(EdsChoice *choice, GtkStringList *names, const char *uid, char *taken)
{
        g_ptr_array_add(choice->uids, g_strdup(uid));
        gtk_string_list_take(names, taken);
}

/* books: a(ss), UID and name. A book that was chosen and is gone is still shown, by its UID. */
static void eds_choice_fill(EdsChoice *choice, GVariant *books)
{
        g_autoptr(GtkStringList) names = gtk_string_list_new(NULL);
        gboolean chosen =
                g_strv_contains((const char *const[]){"auto", "yes", "no", NULL}, choice->setting);
        guint selected = 0;

        g_ptr_array_set_size(choice->uids, 0);
        eds_choice_add(choice, names, "auto", g_strdup(_("The default one")));
        for (gsize i = 0; i < g_variant_n_children(books); i++) {
                const char *uid, *name;

                g_variant_get_child(books, i, "(&s&s)", &uid, &name);
                eds_choice_add(choice, names, uid, stranger_text(name));
                if (g_str_equal(uid, choice->setting)) {
                        selected = choice->uids->len - 1;
                        chosen = TRUE;
                }
        }
        if (!chosen) {
                eds_choice_add(choice, names, choice->setting, stranger_text(choice->setting));
                selected = choice->uids->len - 1;
        }
        choice->showing = TRUE;
        adw_combo_row_set_model(ADW_COMBO_ROW(choice), G_LIST_MODEL(names));
        adw_combo_row_set_selected(ADW_COMBO_ROW(choice), selected);
        choice->showing = FALSE;
        gtk_widget_set_visible(GTK_WIDGET(choice), choice->used && choice->uids->len > 2);
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
        g_ptr_array_unref(EDS_CHOICE(object)->uids);
        g_free(EDS_CHOICE(object)->setting);
        G_OBJECT_CLASS(eds_choice_parent_class)->finalize(object);
}

static void eds_choice_class_init(EdsChoiceClass *klass)
{
        G_OBJECT_CLASS(klass)->finalize = eds_choice_finalize;
}

static void eds_choice_init(EdsChoice *choice)
{
        choice->uids = g_ptr_array_new_with_free_func(g_free);
        adw_preferences_row_set_title(ADW_PREFERENCES_ROW(choice), _("Which of GNOME’s"));
        gtk_widget_set_visible(GTK_WIDGET(choice), FALSE);
        g_signal_connect(choice, "notify::selected", G_CALLBACK(eds_choice_on_selected), NULL);
}
