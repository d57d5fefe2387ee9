/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "avahi-ask.h"

#include "src/base/loop-dbus.h"

#include <assert.h>

struct AvahiAsk {
        sd_event *event;
        AvahiAskFunc func;
        void *userdata;
        DBusConnection *connection; /* made by the first question */
        LoopDBus *loop;
        DBusPendingCall *asked;
};

static void avahi_on_answer(DBusPendingCall *pending, void *userdata)
{
        AvahiAsk *a = userdata;
        DBusMessage *reply = dbus_pending_call_steal_reply(pending);
        bool hangs = !reply || dbus_message_is_error(reply, DBUS_ERROR_NO_REPLY);

        assert(a->asked == pending);
        if (reply)
                dbus_message_unref(reply);
        dbus_pending_call_unref(TAKE_PTR(a->asked));
        a->func(a->userdata, hangs);
}

static int avahi_ask_hello(AvahiAsk *a)
{
        DBusMessage *m = dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
                                                      DBUS_INTERFACE_DBUS, "Hello");
        bool sent = m && dbus_connection_send(a->connection, m, NULL);

        if (m)
                dbus_message_unref(m);
        return sent ? 0 : -ENOMEM;
}

static int avahi_ask_connect_bus(AvahiAsk *a)
{
        int r;

        a->connection = loop_dbus_open_system_bus();
        if (!a->connection)
                return -ENOTCONN;
        r = loop_dbus_new(&a->loop, a->connection, a->event);
        return r < 0 ? r : avahi_ask_hello(a);
}

/* libdbus itself answers a Ping in any process that runs its loop. */
static int avahi_ask_ping(AvahiAsk *a)
{
        DBusMessage *m = dbus_message_new_method_call("org.freedesktop.Avahi", "/",
                                                      DBUS_INTERFACE_PEER, "Ping");
        bool sent;

        if (m)
                dbus_message_set_auto_start(m, FALSE);
        sent = m && dbus_connection_send_with_reply(a->connection, m, &a->asked, AVAHI_ASK_MS) &&
               a->asked && dbus_pending_call_set_notify(a->asked, avahi_on_answer, a, NULL);
        if (m)
                dbus_message_unref(m);
        return sent ? 0 : -ENOTCONN;
}

int avahi_ask(AvahiAsk *a)
{
        int r = 0;

        if (a->asked)
                return 0;
        if (!a->connection)
                r = avahi_ask_connect_bus(a);
        if (r == 0)
                r = avahi_ask_ping(a);
        if (r < 0)
                avahi_ask_stop(a);
        return r;
}

void avahi_ask_stop(AvahiAsk *a)
{
        if (!a)
                return;
        if (a->asked) {
                dbus_pending_call_cancel(a->asked);
                dbus_pending_call_unref(TAKE_PTR(a->asked));
        }
        a->loop = loop_dbus_free(a->loop);
        if (a->connection) {
                dbus_connection_close(a->connection);
                dbus_connection_unref(TAKE_PTR(a->connection));
        }
}

int avahi_ask_new(AvahiAsk **ret, sd_event *event, AvahiAskFunc func, void *userdata)
{
        AvahiAsk *a = calloc(1, sizeof *a);

        if (!a)
                return -ENOMEM;
        *a = (AvahiAsk){.event = sd_event_ref(event), .func = func, .userdata = userdata};
        *ret = a;
        return 0;
}

AvahiAsk *avahi_ask_free(AvahiAsk *a)
{
        avahi_ask_stop(a);
        if (a)
                sd_event_unref(a->event);
        free(a);
        return NULL;
}
