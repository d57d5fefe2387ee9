/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-history.h"
#include "past.h"

#include <glib/gi18n.h>

enum { HISTORY_PAGE = 50 }; /* exchanges that are asked for at a time */

struct _HuddlePageHistory {
        HuddlePage parent;
        GListStore *store; /* of HuddlePast, newest first */
        gboolean more;     /* there are older ones */
        gboolean asking;   /* for older ones */

        GtkStack *stack;
        GtkSpinner *spinner; /* turns until the first answer */
        GtkListView *list;
};

G_DEFINE_FINAL_TYPE(HuddlePageHistory, huddle_page_history, HUDDLE_TYPE_PAGE)

/* ---- rows ------------------------------------------------------------------------------------ */

static void page_history_on_setup(GtkSignalListItemFactory *factory, GtkListItem *item,
                                  gpointer userdata)
{
        GtkWidget *box = gtk_box_new(GTK_ORIENTATION_VERTICAL, 2);
        GtkWidget *title = gtk_label_new(NULL), *line = gtk_label_new(NULL);

        gtk_label_set_xalign(GTK_LABEL(title), 0);
        gtk_label_set_xalign(GTK_LABEL(line), 0);
        gtk_label_set_ellipsize(GTK_LABEL(line), PANGO_ELLIPSIZE_END);
        gtk_widget_add_css_class(title, "heading");
        gtk_widget_add_css_class(line, "dim-label");
        gtk_widget_add_css_class(box, "history-row");
        gtk_box_append(GTK_BOX(box), title);
        gtk_box_append(GTK_BOX(box), line);
        gtk_list_item_set_child(item, box);
}

static void page_history_on_bind(GtkSignalListItemFactory *factory, GtkListItem *item,
                                 gpointer userdata)
{
        HuddlePast *past = gtk_list_item_get_item(item);
        GtkWidget *title = gtk_widget_get_first_child(gtk_list_item_get_child(item));

        gtk_label_set_text(GTK_LABEL(title), huddle_past_get_title(past));
        gtk_label_set_text(GTK_LABEL(gtk_widget_get_next_sibling(title)),
                           huddle_past_get_line(past));
}

static void page_history_on_activate(HuddlePageHistory *page, guint position)
{
        g_autoptr(HuddlePast) past = g_list_model_get_item(G_LIST_MODEL(page->store), position);

        if (past)
                huddle_page_go(HUDDLE_PAGE(page), "result", huddle_past_get_path(past));
}

/* ---- loading --------------------------------------------------------------------------------- */

/* Adds a page at the end of the list. */
static void page_history_add(HuddlePageHistory *page, GVariant *history, gboolean more)
{
        page->more = more;
        huddle_past_append(page->store, history);
        gtk_spinner_set_spinning(page->spinner, FALSE);
        gtk_stack_set_visible_child_name(
                page->stack,
                g_list_model_get_n_items(G_LIST_MODEL(page->store)) > 0 ? "list" : "empty");
}

/* Whether the call has answered; else the error is shown, unless the page is gone. */
static gboolean page_history_finish(GObject *source, GAsyncResult *result, HuddlePage *page,
                                    GVariant **ret_history, gboolean *ret_more)
{
        g_autoptr(GError) error = NULL;
        gboolean done = bus_manager1_call_list_history_finish(BUS_MANAGER1(source), ret_history,
                                                              ret_more, result, &error);

        if (!done && !g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                huddle_page_report(page, error);
        return done;
}

static void page_history_on_older(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GVariant) history = NULL;
        HuddlePageHistory *page = userdata;
        gboolean more;

        if (!page_history_finish(source, result, userdata, &history, &more))
                return;
        if (page->asking) /* else the list has begun anew */
                page_history_add(page, history, more);
        page->asking = FALSE;
}

/* The end of the list is in sight. */
static void page_history_on_edge(HuddlePageHistory *page, GtkPositionType edge)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));
        guint n = g_list_model_get_n_items(G_LIST_MODEL(page->store));
        g_autoptr(HuddlePast) last =
                n > 0 ? g_list_model_get_item(G_LIST_MODEL(page->store), n - 1) : NULL;

        if (edge != GTK_POS_BOTTOM || !page->more || page->asking || !last || !manager)
                return;
        page->asking = TRUE;
        bus_manager1_call_list_history(manager, huddle_past_get_path(last), HISTORY_PAGE,
                                       huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                       page_history_on_older, page);
}

static void page_history_on_newest(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GVariant) history = NULL;
        HuddlePageHistory *page = userdata;
        gboolean more;

        if (!page_history_finish(source, result, userdata, &history, &more))
                return;
        page->asking = FALSE;
        g_list_store_remove_all(page->store);
        page_history_add(page, history, more);
}

static void huddle_page_history_refresh(HuddlePage *page)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));

        if (manager)
                bus_manager1_call_list_history(manager, "/", HISTORY_PAGE,
                                               huddle_page_get_cancellable(page),
                                               page_history_on_newest, page);
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_history_dispose(GObject *object)
{
        g_clear_object(&HUDDLE_PAGE_HISTORY(object)->store);
        G_OBJECT_CLASS(huddle_page_history_parent_class)->dispose(object);
}

static void huddle_page_history_class_init(HuddlePageHistoryClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->dispose = huddle_page_history_dispose;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_history_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_history_refresh;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-history");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, spinner);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, list);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_setup);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_bind);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_activate);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_edge);
}

static void huddle_page_history_init(HuddlePageHistory *page)
{
        g_autoptr(GtkNoSelection) model = NULL;

        gtk_widget_init_template(GTK_WIDGET(page));
        page->store = g_list_store_new(HUDDLE_TYPE_PAST);
        model = gtk_no_selection_new(g_object_ref(G_LIST_MODEL(page->store)));
        gtk_list_view_set_model(page->list, GTK_SELECTION_MODEL(model));
}
