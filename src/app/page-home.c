/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-home.h"

#include <glib/gi18n.h>

struct _HuddlePageHome {
        HuddlePage parent;
        GtkWidget *start;
};

G_DEFINE_FINAL_TYPE(HuddlePageHome, huddle_page_home, HUDDLE_TYPE_PAGE)

static void page_home_on_started(GObject *source, GAsyncResult *result, gpointer userdata)
{
        g_autoptr(GError) error = NULL;
        g_autofree char *path = NULL;
        HuddlePageHome *page = userdata;

        if (!bus_manager1_call_start_exchange_finish(BUS_MANAGER1(source), &path, result, &error) &&
            g_error_matches(error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
                return;
        gtk_widget_set_sensitive(page->start, TRUE);
        if (error)
                huddle_page_report(HUDDLE_PAGE(page), error);
        else
                huddle_page_go(HUDDLE_PAGE(page), "exchange", path);
}

static void page_home_on_start(HuddlePageHome *page)
{
        BusManager1 *manager = huddle_client_get_manager(huddle_page_get_client(HUDDLE_PAGE(page)));

        if (!manager)
                return;
        huddle_page_clear_report(HUDDLE_PAGE(page));
        gtk_widget_set_sensitive(page->start, FALSE);
        bus_manager1_call_start_exchange(manager, "", g_variant_new("a{sv}", NULL),
                                         huddle_page_get_cancellable(HUDDLE_PAGE(page)),
                                         page_home_on_started, page);
}

static void page_home_on_join(HuddlePageHome *page)
{
        huddle_page_go(HUDDLE_PAGE(page), "join", NULL);
}

static void page_home_retry(HuddlePage *page)
{
        page_home_on_start(HUDDLE_PAGE_HOME(page));
}

static void huddle_page_home_class_init(HuddlePageHomeClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        HUDDLE_PAGE_CLASS(klass)->retry = page_home_retry;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-home");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageHome, start);
        gtk_widget_class_bind_template_callback(widget_class, page_home_on_start);
        gtk_widget_class_bind_template_callback(widget_class, page_home_on_join);
}

static void huddle_page_home_init(HuddlePageHome *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
