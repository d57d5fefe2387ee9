/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-history.h"
#include "past.h"
#include "undone.h"

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
        GtkWidget *delete;
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
        gtk_box_append(GTK_BOX(box), title);
        gtk_box_append(GTK_BOX(box), line);
        gtk_list_item_set_child(item, box);
}

/* What a screen reader says of the row, which has the focus. */
static void page_history_name_row(GtkWidget *box, HuddlePast *past)
{
        g_autofree char *line = NULL, *name = NULL;

        g_object_get(past, "line", &line, NULL);
        name = g_strdup_printf("%s, %s", huddle_past_get_title(past), line);
        gtk_accessible_update_property(GTK_ACCESSIBLE(gtk_widget_get_parent(box)),
                                       GTK_ACCESSIBLE_PROPERTY_LABEL, name, -1);
}

static void page_history_on_line(HuddlePast *past, GParamSpec *spec, GtkListItem *item)
{
        GtkWidget *box = gtk_list_item_get_child(item), *title = gtk_widget_get_first_child(box);
        g_autofree char *line = NULL;

        g_object_get(past, "line", &line, NULL);
        gtk_label_set_text(GTK_LABEL(gtk_widget_get_next_sibling(title)), line);
        page_history_name_row(box, past);
}

static void page_history_on_bind(GtkSignalListItemFactory *factory, GtkListItem *item,
                                 gpointer userdata)
{
        HuddlePast *past = gtk_list_item_get_item(item);
        GtkWidget *title = gtk_widget_get_first_child(gtk_list_item_get_child(item));

        gtk_label_set_text(GTK_LABEL(title), huddle_past_get_title(past));
        g_signal_connect(past, "notify::line", G_CALLBACK(page_history_on_line), item);
        page_history_on_line(past, NULL, item);
}

static void page_history_on_unbind(GtkSignalListItemFactory *factory, GtkListItem *item,
                                   gpointer userdata)
{
        g_signal_handlers_disconnect_by_data(gtk_list_item_get_item(item), item);
}

static void page_history_on_activate(HuddlePageHistory *page, guint position)
{
        g_autoptr(HuddlePast) past = g_list_model_get_item(G_LIST_MODEL(page->store), position);

        if (past)
                huddle_page_go(HUDDLE_PAGE(page), "result", huddle_past_get_path(past));
}

/* ---- loading --------------------------------------------------------------------------------- */

/* The store has changed: older ones may follow. */
static void page_history_shown(HuddlePageHistory *page, gboolean more)
{
        gboolean any = g_list_model_get_n_items(G_LIST_MODEL(page->store)) > 0;

        page->more = more;
        page->asking = FALSE;
        gtk_spinner_set_spinning(page->spinner, FALSE);
        gtk_stack_set_visible_child_name(page->stack, any ? "list" : "empty");
        gtk_widget_set_visible(page->delete, any);
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
        if (!page->asking)
                return; /* the list has begun anew */
        huddle_past_append(page->store, history);
        undone_ask(HUDDLE_PAGE(page), page->store);
        page_history_shown(page, more);
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
        if (huddle_past_show(page->store, history))
                undone_ask(HUDDLE_PAGE(page), page->store);
        page_history_shown(page, more);
}

static void huddle_page_history_refresh(HuddlePage *page)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(page));

        if (manager)
                bus_manager1_call_list_history(manager, "/", HISTORY_PAGE,
                                               huddle_page_get_cancellable(page),
                                               page_history_on_newest, page);
}

/* ---- deleting -------------------------------------------------------------------------------- */

static void page_history_on_deleted(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *text = NULL;
        HuddlePageHistory *page = userdata;
        guint deleted, kept;

        (void)bus_manager1_call_delete_history_finish(BUS_MANAGER1(source), &deleted, &kept, result,
                                                      &error);
        if (g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        gtk_widget_set_sensitive(page->delete, TRUE);
        if (error)
                huddle_page_report(HUDDLE_PAGE(page), error);
        else if (kept > 0) {
                text = g_strdup_printf(g_dngettext(NULL, "%u exchange still goes on and stays",
                                                   "%u exchanges still go on and stay", kept),
                                       kept);
                huddle_page_toast(HUDDLE_PAGE(page), text);
        }
}

static void page_history_on_delete_answer(HuddlePageHistory *page, const char *answer)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (!manager || !g_str_equal(answer, "do"))
                return;
        gtk_widget_set_sensitive(page->delete, FALSE);
        huddle_page_clear_report(HUDDLE_PAGE(page));
        bus_manager1_call_delete_history(manager, huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                         page_history_on_deleted, page);
}

static void page_history_on_delete(HuddlePageHistory *page)
{
        (void)huddle_page_ask(HUDDLE_PAGE(page), _("Delete the Whole History?"),
                              _("All its cards are deleted here. Address books keep what they "
                                "have, and nothing can be taken out of them by Undo any more."),
                              _("Delete All"), TRUE, G_CALLBACK(page_history_on_delete_answer));
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_page_history_constructed(GObject *object)
{
        G_OBJECT_CLASS(huddle_page_history_parent_class)->constructed(object);
        undone_follow(HUDDLE_PAGE(object), HUDDLE_PAGE_HISTORY(object)->store);
}

static void huddle_page_history_dispose(GObject *object)
{
        g_clear_object(&HUDDLE_PAGE_HISTORY(object)->store);
        G_OBJECT_CLASS(huddle_page_history_parent_class)->dispose(object);
}

static void huddle_page_history_class_init(HuddlePageHistoryClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_history_constructed;
        G_OBJECT_CLASS(klass)->dispose = huddle_page_history_dispose;
        HUDDLE_PAGE_CLASS(klass)->refresh = huddle_page_history_refresh;
        HUDDLE_PAGE_CLASS(klass)->retry = huddle_page_history_refresh;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-history");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, spinner);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, list);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHistory, delete);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_setup);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_bind);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_unbind);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_activate);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_edge);
        gtk_widget_class_bind_template_callback(widget_class, page_history_on_delete);
}

static void huddle_page_history_init(HuddlePageHistory *page)
{
        g_autoptr(GtkNoSelection) model = NULL;

        gtk_widget_init_template(GTK_WIDGET(page));
        page->store = g_list_store_new(HUDDLE_TYPE_PAST);
        model = gtk_no_selection_new(g_object_ref(G_LIST_MODEL(page->store)));
        gtk_list_view_set_model(page->list, GTK_SELECTION_MODEL(model));
}
