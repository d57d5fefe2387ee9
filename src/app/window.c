/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "window.h"
#include "page-card.h"
#include "page-contacts.h"
#include "page-exchange.h"
#include "page-fetch.h"
#include "page-history.h"
#include "page-home.h"
#include "page-host.h"
#include "page-join.h"
#include "page-person.h"
#include "page-picture.h"
#include "page-profile.h"
#include "page-record.h"
#include "page-result.h"
#if HAVE_SCAN
#include "page-scan.h"
#endif
#include "page-server.h"
#include "page-settings.h"
#include "page-start.h"
#include "page-wait.h"
#include "page-welcome.h"

#include <glib/gi18n.h>

struct _HuddleWindow {
        AdwApplicationWindow parent;
        HuddleClient *client;
        GtkWidget *wait; /* shown while the daemon is not there */
        AdwToastOverlay *toasts;
        GtkStack *stack;
        AdwLeaflet *leaflet;
        GPtrArray *pages; /* of the leaflet, borrowed; "home" first */
        GPtrArray *left;  /* pages that still slide away; a leaflet must not lose them meanwhile */
        guint settle;     /* source that lets go what was left, 0: none */
};

G_DEFINE_FINAL_TYPE(HuddleWindow, huddle_window, ADW_TYPE_APPLICATION_WINDOW)

/* Every page. "home" is the first of the leaflet, and never more than once there. */
static const struct {
        const char *route;
        GType (*type)(void);
} routes[] = {
        {"card", huddle_page_card_get_type},         {"contacts", huddle_page_contacts_get_type},
        {"exchange", huddle_page_exchange_get_type}, {"fetch", huddle_page_fetch_get_type},
        {"history", huddle_page_history_get_type},   {"home", huddle_page_home_get_type},
        {"join", huddle_page_join_get_type},         {"profile", huddle_page_profile_get_type},
        {"record", huddle_page_record_get_type},     {"result", huddle_page_result_get_type},
        {"settings", huddle_page_settings_get_type}, {"welcome", huddle_page_welcome_get_type},
        {"start", huddle_page_start_get_type},       {"picture", huddle_page_picture_get_type},
        {"person", huddle_page_person_get_type},     {"server", huddle_page_server_get_type},
        {"host", huddle_page_host_get_type},
#if HAVE_SCAN
        {"scan", huddle_page_scan_get_type},
#endif
};

static GType window_find_type(const char *route)
{
        for (gsize i = 0; i < G_N_ELEMENTS(routes); i++)
                if (g_str_equal(routes[i].route, route))
                        return routes[i].type();
        return G_TYPE_INVALID;
}

/* ---- the pages of the leaflet ---------------------------------------------------------------- */

static GtkWidget *window_front(HuddleWindow *w)
{
        return adw_leaflet_get_visible_child(w->leaflet);
}

static void window_drop(HuddleWindow *w, GtkWidget *page)
{
        g_ptr_array_remove(w->pages, page);
        if (adw_leaflet_get_child_transition_running(w->leaflet))
                g_ptr_array_add(w->left, page);
        else
                adw_leaflet_remove(w->leaflet, page);
}

/* Removes the pages behind `page`, which have been left. */
static void window_drop_after(HuddleWindow *w, GtkWidget *page)
{
        while (w->pages->len > 0 && w->pages->pdata[w->pages->len - 1] != page)
                window_drop(w, w->pages->pdata[w->pages->len - 1]);
}

/* When the way back has been slid, what was left is let go. */
static void window_settle(gpointer userdata)
{
        HuddleWindow *w = userdata;

        w->settle = 0;
        if (adw_leaflet_get_child_transition_running(w->leaflet) || !window_front(w))
                return;
        window_drop_after(w, window_front(w));
        while (w->left->len > 0)
                adw_leaflet_remove(w->leaflet, g_ptr_array_steal_index(w->left, 0));
}

/* Not at once: the leaflet also says so before it slides on to a page that was just added. */
static void window_on_settled(HuddleWindow *w)
{
        if (w->pages && !w->settle)
                w->settle = g_idle_add_once(window_settle, w);
}

static void window_on_go(HuddleWindow *w, const char *route, const char *argument, gboolean replace,
                         GtkWidget *from);
static void window_on_page_back(HuddleWindow *w, GtkWidget *from);
static void window_on_hand_back(HuddleWindow *w, const char *text, GtkWidget *from);

static void window_on_toast(HuddleWindow *w, const char *text)
{
        g_autofree char *escaped = g_markup_escape_text(text, -1);

        adw_toast_overlay_add_toast(w->toasts, adw_toast_new(escaped));
}

/* A swipe goes back without a question, so there is none while there is something to lose. */
static void window_on_unsaved(HuddleWindow *w)
{
        GtkWidget *front = w->pages ? window_front(w) : NULL;
        gboolean unsaved = FALSE;

        if (front)
                g_object_get(front, "unsaved", &unsaved, NULL);
        adw_leaflet_set_can_navigate_back(w->leaflet, !unsaved);
}

static GtkWidget *window_make_page(HuddleWindow *w, GType type, const char *argument,
                                   gboolean can_go_back)
{
        GtkWidget *page = g_object_new(type, "client", w->client, "argument", argument,
                                       "can-go-back", can_go_back, NULL);

        g_signal_connect_swapped(page, "go", G_CALLBACK(window_on_go), w);
        g_signal_connect_swapped(page, "back", G_CALLBACK(window_on_page_back), w);
        g_signal_connect_swapped(page, "hand-back", G_CALLBACK(window_on_hand_back), w);
        g_signal_connect_swapped(page, "toast", G_CALLBACK(window_on_toast), w);
        g_signal_connect_swapped(page, "notify::unsaved", G_CALLBACK(window_on_unsaved), w);
        return page;
}

/* The page of this type and argument in the leaflet; NULL: there is none. */
static GtkWidget *window_find_page(HuddleWindow *w, GType type, const char *argument)
{
        for (guint i = 0; i < w->pages->len; i++) {
                HuddlePage *page = w->pages->pdata[i];

                if (G_OBJECT_TYPE(page) == type &&
                    g_str_equal(huddle_page_get_argument(page), argument))
                        return GTK_WIDGET(page);
        }
        return NULL;
}

static GtkWidget *window_push(HuddleWindow *w, GType type, const char *argument)
{
        GtkWidget *page = window_make_page(w, type, argument, w->pages->len > 0);

        g_ptr_array_add(w->pages, page);
        adw_leaflet_append(w->leaflet, page);
        return page;
}

static void window_show(HuddleWindow *w, GType type, const char *argument)
{
        GtkWidget *page = window_find_page(w, type, argument);

        if (!page) {
                if (window_front(w))
                        window_drop_after(w, window_front(w));
                page = window_push(w, type, argument);
        }
        adw_leaflet_set_visible_child(w->leaflet, page);
}

/* Whether the page in front has asked what becomes of what was typed on it. */
static gboolean window_asks_first(HuddleWindow *w)
{
        GtkWidget *front = window_front(w);
        gboolean unsaved = FALSE;

        if (front)
                g_object_get(front, "unsaved", &unsaved, NULL);
        if (unsaved)
                HUDDLE_PAGE_GET_CLASS(front)->leave(HUDDLE_PAGE(front));
        return unsaved;
}

static gboolean huddle_window_close_request(GtkWindow *window)
{
        return window_asks_first(HUDDLE_WINDOW(window)) ||
               GTK_WINDOW_CLASS(huddle_window_parent_class)->close_request(window);
}

static void window_back(HuddleWindow *w)
{
        GtkWidget *before =
                adw_leaflet_get_adjacent_child(w->leaflet, ADW_NAVIGATION_DIRECTION_BACK);

        if (before && !window_asks_first(w))
                adw_leaflet_set_visible_child(w->leaflet, before);
}

static void window_on_page_back(HuddleWindow *w, GtkWidget *from)
{
        if (from == window_front(w))
                window_back(w); /* else it has been left, and only slides away */
}

static void window_on_hand_back(HuddleWindow *w, const char *text, GtkWidget *from)
{
        GtkWidget *before =
                adw_leaflet_get_adjacent_child(w->leaflet, ADW_NAVIGATION_DIRECTION_BACK);

        if (!before || from != window_front(w))
                return; /* it has been left, and only slides away */
        adw_leaflet_set_visible_child(w->leaflet, before);
        if (HUDDLE_PAGE_GET_CLASS(before)->take)
                HUDDLE_PAGE_GET_CLASS(before)->take(HUDDLE_PAGE(before), text);
}

static void window_on_go(HuddleWindow *w, const char *route, const char *argument, gboolean replace,
                         GtkWidget *from)
{
        if (!g_ptr_array_find(w->pages, from, NULL))
                return; /* it has been left, and only slides away */
        /* the page emits this, so it lives as long as we are here */
        huddle_window_go(w, route, argument);
        if (replace && from != w->pages->pdata[0] && from != window_front(w))
                window_drop(w, from);
}

void huddle_window_go(HuddleWindow *w, const char *route, const char *argument)
{
        GType type = window_find_type(route);

        if (type == G_TYPE_INVALID)
                type = HUDDLE_TYPE_PAGE_HOME;
        if (!window_front(w))
                window_push(w, HUDDLE_TYPE_PAGE_HOME, "");
        window_show(w, type, argument ? argument : "");
}

/* ---- the daemon ------------------------------------------------------------------------------ */

static void window_start(HuddleWindow *w)
{
        BusExchange1 *running = huddle_client_get_running(w->client);

        huddle_window_go(w, "home", NULL);
        if (!bus_manager1_get_registered(huddle_client_get_manager(w->client)))
                huddle_window_go(w, "welcome", NULL);
        else if (running)
                huddle_window_go(w, "exchange",
                                 g_dbus_proxy_get_object_path(G_DBUS_PROXY(running)));
}

static void window_on_client(HuddleWindow *w)
{
        gboolean ready = huddle_client_get_state(w->client) == CLIENT_READY;

        if (ready && !window_front(w))
                window_start(w);
        gtk_stack_set_visible_child(w->stack, ready ? GTK_WIDGET(w->leaflet) : w->wait);
}

HuddleWindow *huddle_window_new(GtkApplication *application, HuddleClient *client)
{
        HuddleWindow *w = g_object_new(HUDDLE_TYPE_WINDOW, "application", application, NULL);

        w->client = g_object_ref(client);
        w->wait = window_make_page(w, HUDDLE_TYPE_PAGE_WAIT, "", FALSE);
        gtk_stack_add_child(w->stack, w->wait);
        g_signal_connect_object(client, "changed", G_CALLBACK(window_on_client), w,
                                G_CONNECT_SWAPPED);
        window_on_client(w);
        return w;
}

/* ---- the object ------------------------------------------------------------------------------ */

static void huddle_window_dispose(GObject *object)
{
        HuddleWindow *w = HUDDLE_WINDOW(object);

        g_clear_object(&w->client);
        g_clear_pointer(&w->pages, g_ptr_array_unref);
        g_clear_pointer(&w->left, g_ptr_array_unref);
        g_clear_handle_id(&w->settle, g_source_remove);
        G_OBJECT_CLASS(huddle_window_parent_class)->dispose(object);
}

static void window_on_back_action(GtkWidget *widget, const char *name, GVariant *parameter)
{
        window_back(HUDDLE_WINDOW(widget));
}

static void huddle_window_class_init(HuddleWindowClass *klass)
{
        GtkWidgetClass *widget_class = GTK_WIDGET_CLASS(klass);

        GTK_WINDOW_CLASS(klass)->close_request = huddle_window_close_request;
        gtk_widget_class_install_action(widget_class, "window.back", NULL, window_on_back_action);
        gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Left, GDK_ALT_MASK, "window.back",
                                            NULL);
        gtk_widget_class_add_binding_action(widget_class, GDK_KEY_Escape, 0, "window.back", NULL);

        G_OBJECT_CLASS(klass)->dispose = huddle_window_dispose;
        gtk_widget_class_set_template_from_resource(widget_class, "/org/huddle/App/window.ui");
        gtk_widget_class_bind_template_child(widget_class, HuddleWindow, toasts);
        gtk_widget_class_bind_template_child(widget_class, HuddleWindow, stack);
        gtk_widget_class_bind_template_child(widget_class, HuddleWindow, leaflet);
        gtk_widget_class_bind_template_callback(widget_class, window_on_settled);
        gtk_widget_class_bind_template_callback(widget_class, window_on_unsaved);
}

static void huddle_window_init(HuddleWindow *w)
{
        w->pages = g_ptr_array_new();
        w->left = g_ptr_array_new();
        gtk_widget_init_template(GTK_WIDGET(w));
}
