/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
#include "notifier.h"
#include "errors.h"
#include "exchange-words.h"

#include <glib/gi18n.h>

struct _HuddleNotifier {
        GObject parent;
        GtkApplication *application; /* borrowed: it owns us */
        HuddleClient *client;
        char *path; /* of the exchange that runs; NULL: none does, and nothing is held */
};

G_DEFINE_FINAL_TYPE(HuddleNotifier, huddle_notifier, G_TYPE_OBJECT)

static void notifier_describe(GNotification *notification, BusExchange1 *x)
{
        ExchangeFacts facts = {
                .state = bus_exchange1_get_state(x),
                .released = bus_exchange1_get_card_released(x),
        };
        guint others = MAX(bus_exchange1_get_member_count(x), 1) - 1;
        g_autofree char *with = g_strdup_printf(g_dngettext(NULL, "An exchange with %u other",
                                                            "An exchange with %u others", others),
                                                others);

        if (exchange_phase(facts.state) == PHASE_DONE) {
                g_notification_set_title(notification, _("The cards are here"));
                g_notification_set_body(notification, with);
        } else {
                const char *error = bus_exchange1_get_error(x);

                g_notification_set_title(notification, error && *error
                                                               ? errors_find(error, FALSE).words
                                                               : exchange_end_title(&facts));
                g_notification_set_body(notification, exchange_end_text(&facts));
        }
}

static void notifier_tell(HuddleNotifier *n, BusExchange1 *x)
{
        g_autoptr(GNotification) notification = g_notification_new("");
        gboolean done = exchange_phase(bus_exchange1_get_state(x)) == PHASE_DONE;

        notifier_describe(notification, x);
        g_notification_set_default_action_and_target(notification, "app.go", "(ss)",
                                                     done ? "result" : "exchange", n->path);
        g_application_send_notification(G_APPLICATION(n->application), "exchange", notification);
}

static gboolean notifier_is_watched(HuddleNotifier *n)
{
        GtkWindow *window = gtk_application_get_active_window(n->application);

        return window && gtk_window_is_active(window);
}

static void notifier_let_go(HuddleNotifier *n)
{
        if (!n->path)
                return;
        g_clear_pointer(&n->path, g_free);
        g_application_release(G_APPLICATION(n->application));
}

static void notifier_on_changed(HuddleNotifier *n)
{
        BusExchange1 *x;

        if (huddle_client_get_state(n->client) != CLIENT_READY)
                return; /* a daemon that comes back goes on with the exchange */
        if (!n->path) {
                x = huddle_client_get_running(n->client);
                if (!x)
                        return;
                n->path = g_strdup(g_dbus_proxy_get_object_path(G_DBUS_PROXY(x)));
                g_application_hold(G_APPLICATION(n->application));
        }
        x = huddle_client_get_exchange(n->client, n->path);
        if (x && !huddle_client_is_over(bus_exchange1_get_state(x)))
                return;
        if (x && !notifier_is_watched(n))
                notifier_tell(n, x);
        notifier_let_go(n);
}

HuddleNotifier *huddle_notifier_new(GtkApplication *application, HuddleClient *client)
{
        HuddleNotifier *n = g_object_new(HUDDLE_TYPE_NOTIFIER, NULL);

        n->application = application;
        n->client = g_object_ref(client);
        g_signal_connect_object(client, "changed", G_CALLBACK(notifier_on_changed), n,
                                G_CONNECT_SWAPPED);
        return n;
}

static void huddle_notifier_dispose(GObject *object)
{
        HuddleNotifier *n = HUDDLE_NOTIFIER(object);

        notifier_let_go(n);
        g_clear_object(&n->client);
        G_OBJECT_CLASS(huddle_notifier_parent_class)->dispose(object);
}

static void huddle_notifier_class_init(HuddleNotifierClass *klass)
{
        G_OBJECT_CLASS(klass)->dispose = huddle_notifier_dispose;
}

static void huddle_notifier_init(HuddleNotifier *n)
{
}
