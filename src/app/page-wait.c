/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "page-wait.h"

#include <glib/gi18n.h>

struct _HuddlePageWait {
        HuddlePage parent;
        GtkStack *stack;
        AdwStatusPage *status;
        GtkSpinner *spinner;
};

G_DEFINE_FINAL_TYPE(HuddlePageWait, huddle_page_wait, HUDDLE_TYPE_PAGE)

static void page_wait_show(HuddlePageWait *page)
{
        ClientState state = huddle_client_get_state(huddle_page_get_client(HUDDLE_PAGE(page)));

        /* one that is out of sight would still draw sixty frames a second */
        gtk_spinner_set_spinning(page->spinner, state == CLIENT_LOOKING);
        switch (state) {
        case CLIENT_LOOKING:
        case CLIENT_READY:
                gtk_stack_set_visible_child_name(page->stack, "looking");
                return;
        case CLIENT_ABSENT:
                adw_status_page_set_title(page->status, _("Huddle’s Service Is Not Running"));
                adw_status_page_set_description(
                        page->status, _("This goes on by itself as soon as the service is there."));
                break;
        case CLIENT_OTHER_VERSION:
                adw_status_page_set_title(page->status, _("Huddle Was Updated"));
                adw_status_page_set_description(
                        page->status, _("Its service is still of another version. Restart the "
                                        "device, or install the updates of both."));
                break;
        }
        gtk_stack_set_visible_child_name(page->stack, "status");
}

static void page_wait_on_retry(HuddlePageWait *page)
{
        huddle_client_retry(huddle_page_get_client(HUDDLE_PAGE(page)));
}

/* The page's refresh is for a daemon that is there; this page is for the others. */
static void huddle_page_wait_constructed(GObject *object)
{
        HuddlePageWait *page = HUDDLE_PAGE_WAIT(object);

        G_OBJECT_CLASS(huddle_page_wait_parent_class)->constructed(object);
        g_signal_connect_object(huddle_page_get_client(HUDDLE_PAGE(page)), "changed",
                                G_CALLBACK(page_wait_show), page, G_CONNECT_SWAPPED);
        page_wait_show(page);
}

static void huddle_page_wait_class_init(HuddlePageWaitClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        G_OBJECT_CLASS(klass)->constructed = huddle_page_wait_constructed;
        huddle_page_class_use_template(HUDDLE_PAGE_CLASS(klass), "page-wait");
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWait, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWait, status);
        gtk_widget_class_bind_template_child(widget_class, HuddlePageWait, spinner);
        gtk_widget_class_bind_template_callback(widget_class, page_wait_on_retry);
}

static void huddle_page_wait_init(HuddlePageWait *page)
{
        gtk_widget_init_template(GTK_WIDGET(page));
}
