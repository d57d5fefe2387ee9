/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez.h"
#include "src/base/log.h"
#include "src/base/loop-dbus.h"

#include <assert.h>
#include <string.h>

#define OBJECTS DBUS_INTERFACE_DBUS ".ObjectManager"

enum { RETRY_US = 2 * 1000 * 1000 }; /* until the next attempt, while there is no bus */

struct Bluez {
        sd_event *event;
        const BluezEvents *events;
        void *userdata;
        DBusConnection *connection;
        LoopDBus *loop;
        sd_event_source *again;  /* replaces a failed connection by a new one */
        DBusPendingCall *asking; /* one at a time: Hello, GetNameOwner, GetManagedObjects */
        char *owner;             /* unique name of bluetoothd; NULL: it does not run */
        bool here;               /* bluetoothd has told its objects */
};

static const char *const rules[] = {
        "type='signal',sender='" DBUS_SERVICE_DBUS "',member='NameOwnerChanged',arg0='" BLUEZ_NAME
        "'",
        "type='signal',sender='" BLUEZ_NAME "',interface='" OBJECTS "'",
        "type='signal',sender='" BLUEZ_NAME "',interface='" DBUS_INTERFACE_PROPERTIES
        "',path_namespace='/org/bluez'",
};

/* ---- calls ---- */

DBusPendingCall *bluez_call_cancel(DBusPendingCall *pending)
{
        if (pending) {
                dbus_pending_call_cancel(pending);
                dbus_pending_call_unref(pending);
        }
        return NULL;
}

int bluez_call(Bluez *b, DBusMessage *call, DBusPendingCall **ret,
               DBusPendingCallNotifyFunction done, void *userdata)
{
        DBusPendingCall *pending = NULL;
        bool sent = false;

        if (!call)
                return -ENOMEM;
        dbus_message_set_auto_start(call, FALSE);
        if (!done)
                dbus_message_set_no_reply(call, TRUE);
        if (b->connection)
                sent = done ? dbus_connection_send_with_reply(b->connection, call, &pending, -1)
                            : dbus_connection_send(b->connection, call, NULL);
        dbus_message_unref(call);
        if (!sent || (done && !pending))
                return -ENOTCONN;
        if (!done)
                return 0;
        if (!dbus_pending_call_set_notify(pending, done, userdata, NULL)) {
                bluez_call_cancel(pending);
                return -ENOMEM;
        }
        *ret = pending;
        return 0;
}

/* ---- its objects ---- */

bool bluez_next_property(DBusMessageIter *properties, const char **ret_name, DBusMessageIter *value)
{
        DBusMessageIter entry;

        if (dbus_message_iter_get_arg_type(properties) != DBUS_TYPE_DICT_ENTRY)
                return false;
        dbus_message_iter_recurse(properties, &entry);
        dbus_message_iter_next(properties);
        dbus_message_iter_get_basic(&entry, ret_name);
        dbus_message_iter_next(&entry);
        dbus_message_iter_recurse(&entry, value);
        return true;
}

/* *at stands at the a{sa{sv}} of an object. */
static void bluez_show_object(Bluez *b, const char *path, DBusMessageIter *at)
{
        DBusMessageIter interfaces, entry, properties;
        const char *interface;

        for (dbus_message_iter_recurse(at, &interfaces);
             dbus_message_iter_get_arg_type(&interfaces) == DBUS_TYPE_DICT_ENTRY;
             dbus_message_iter_next(&interfaces)) {
                dbus_message_iter_recurse(&interfaces, &entry);
                dbus_message_iter_get_basic(&entry, &interface);
                dbus_message_iter_next(&entry);
                dbus_message_iter_recurse(&entry, &properties);
                b->events->shown(b->userdata, path, interface, &properties);
        }
}

static void bluez_on_added(Bluez *b, DBusMessage *m)
{
        DBusMessageIter at;
        const char *path;

        if (!dbus_message_has_signature(m, "oa{sa{sv}}") || !dbus_message_iter_init(m, &at))
                return;
        dbus_message_iter_get_basic(&at, &path);
        dbus_message_iter_next(&at);
        bluez_show_object(b, path, &at);
}

static void bluez_on_removed(Bluez *b, DBusMessage *m)
{
        DBusMessageIter at, interfaces;
        const char *path, *interface;

        if (!dbus_message_has_signature(m, "oas") || !dbus_message_iter_init(m, &at))
                return;
        dbus_message_iter_get_basic(&at, &path);
        dbus_message_iter_next(&at);
        for (dbus_message_iter_recurse(&at, &interfaces);
             dbus_message_iter_get_arg_type(&interfaces) == DBUS_TYPE_STRING;
             dbus_message_iter_next(&interfaces)) {
                dbus_message_iter_get_basic(&interfaces, &interface);
                b->events->gone(b->userdata, path, interface);
        }
}

static void bluez_on_properties(Bluez *b, DBusMessage *m)
{
        DBusMessageIter at, properties;
        const char *interface;

        if (!dbus_message_has_signature(m, "sa{sv}as") || !dbus_message_iter_init(m, &at))
                return;
        dbus_message_iter_get_basic(&at, &interface);
        dbus_message_iter_next(&at);
        dbus_message_iter_recurse(&at, &properties);
        b->events->shown(b->userdata, dbus_message_get_path(m), interface, &properties);
}

/* ---- bluetoothd itself ---- */

static DBusMessage *bluez_take_reply(Bluez *b)
{
        DBusMessage *reply;

        assert(b->asking);
        reply = dbus_pending_call_steal_reply(b->asking);
        b->asking = bluez_call_cancel(b->asking);
        return reply;
}

static void bluez_on_objects(DBusPendingCall *pending, void *userdata)
{
        Bluez *b = userdata;
        DBusMessage *reply = bluez_take_reply(b);
        DBusMessageIter at, objects, entry;
        const char *path;

        if (!reply)
                return;
        if (dbus_message_has_signature(reply, "a{oa{sa{sv}}}") &&
            dbus_message_iter_init(reply, &at)) {
                b->here = true;
                b->events->here(b->userdata, true);
                for (dbus_message_iter_recurse(&at, &objects);
                     dbus_message_iter_get_arg_type(&objects) == DBUS_TYPE_DICT_ENTRY;
                     dbus_message_iter_next(&objects)) {
                        dbus_message_iter_recurse(&objects, &entry);
                        dbus_message_iter_get_basic(&entry, &path);
                        dbus_message_iter_next(&entry);
                        bluez_show_object(b, path, &entry);
                }
        } else
                log_line(LOG_WARNING, "RADIO=ble", "bluetoothd does not tell its objects");
        dbus_message_unref(reply);
}

static void bluez_ask(Bluez *b, DBusMessage *call, DBusPendingCallNotifyFunction done)
{
        int r;

        b->asking = bluez_call_cancel(b->asking);
        r = bluez_call(b, call, &b->asking, done, b);
        if (r < 0)
                log_line(LOG_WARNING, "RADIO=ble", "the system bus cannot be asked: %s",
                         strerror(-r));
}

static void bluez_set_owner(Bluez *b, const char *owner)
{
        b->asking = bluez_call_cancel(b->asking);
        free(b->owner);
        b->owner = *owner ? strdup(owner) : NULL;
        if (b->here) {
                b->here = false;
                b->events->here(b->userdata, false);
        }
        if (b->owner)
                bluez_ask(
                        b,
                        dbus_message_new_method_call(BLUEZ_NAME, "/", OBJECTS, "GetManagedObjects"),
                        bluez_on_objects);
}

static void bluez_on_owner_changed(Bluez *b, DBusMessage *m)
{
        const char *name, *old, *new;

        if (dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &name, DBUS_TYPE_STRING, &old,
                                  DBUS_TYPE_STRING, &new, DBUS_TYPE_INVALID) &&
            strcmp(name, BLUEZ_NAME) == 0)
                bluez_set_owner(b, new);
}

static void bluez_on_owner(DBusPendingCall *pending, void *userdata)
{
        Bluez *b = userdata;
        DBusMessage *reply = bluez_take_reply(b);
        const char *owner;

        if (!reply)
                return;
        if (dbus_message_get_args(reply, NULL, DBUS_TYPE_STRING, &owner, DBUS_TYPE_INVALID))
                bluez_set_owner(b, owner);
        else
                log_line(LOG_INFO, "RADIO=ble", "bluetoothd is not running");
        dbus_message_unref(reply);
}

/* ---- the connection ---- */

static void bluez_start_again(Bluez *b, uint64_t delay_us)
{
        (void)sd_event_source_set_time_relative(b->again, delay_us);
        (void)sd_event_source_set_enabled(b->again, SD_EVENT_ONESHOT);
}

static bool bluez_is_from(const DBusMessage *m, const char *sender)
{
        return sender && dbus_message_has_sender((DBusMessage *)m, sender);
}

static DBusHandlerResult bluez_on_signal(DBusConnection *connection, DBusMessage *m, void *userdata)
{
        Bluez *b = userdata;

        if (dbus_message_is_signal(m, DBUS_INTERFACE_LOCAL, "Disconnected"))
                bluez_start_again(b, RETRY_US);
        else if (dbus_message_is_signal(m, DBUS_INTERFACE_DBUS, "NameOwnerChanged") &&
                 bluez_is_from(m, DBUS_SERVICE_DBUS))
                bluez_on_owner_changed(b, m);
        else if (!b->here || !bluez_is_from(m, b->owner))
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        else if (dbus_message_is_signal(m, OBJECTS, "InterfacesAdded"))
                bluez_on_added(b, m);
        else if (dbus_message_is_signal(m, OBJECTS, "InterfacesRemoved"))
                bluez_on_removed(b, m);
        else if (dbus_message_is_signal(m, DBUS_INTERFACE_PROPERTIES, "PropertiesChanged"))
                bluez_on_properties(b, m);
        else
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        return DBUS_HANDLER_RESULT_HANDLED;
}

static DBusHandlerResult bluez_on_call(DBusConnection *connection, DBusMessage *m, void *userdata)
{
        Bluez *b = userdata;
        DBusMessage *reply;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_CALL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        reply = bluez_is_from(m, b->owner) ? b->events->called(b->userdata, m) : NULL;
        if (!reply) /* libdbus then answers that there is no such method */
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        if (!dbus_message_get_no_reply(m))
                (void)dbus_connection_send(connection, reply, NULL);
        dbus_message_unref(reply);
        return DBUS_HANDLER_RESULT_HANDLED;
}

static void bluez_hang_up(Bluez *b)
{
        (void)sd_event_source_set_enabled(b->again, SD_EVENT_OFF);
        b->asking = bluez_call_cancel(b->asking);
        b->loop = loop_dbus_free(b->loop);
        if (b->connection) {
                dbus_connection_remove_filter(b->connection, bluez_on_signal, b);
                dbus_connection_close(b->connection);
                dbus_connection_unref(b->connection);
        }
        b->connection = NULL;
        free(b->owner);
        b->owner = NULL;
}

static void bluez_on_hello(DBusPendingCall *pending, void *userdata)
{
        Bluez *b = userdata;
        DBusMessage *reply = bluez_take_reply(b);
        const char *name = BLUEZ_NAME;
        DBusMessage *call;

        if (!reply)
                return;
        if (dbus_message_get_type(reply) == DBUS_MESSAGE_TYPE_ERROR) {
                log_line(LOG_WARNING, "RADIO=ble", "the system bus does not let us in");
                bluez_start_again(b, RETRY_US);
                dbus_message_unref(reply);
                return;
        }
        dbus_message_unref(reply);
        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
                /* only sent: without an error argument it does not block */
                dbus_bus_add_match(b->connection, rules[i], NULL);
        call = dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS,
                                            "GetNameOwner");
        if (call && !dbus_message_append_args(call, DBUS_TYPE_STRING, &name, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        bluez_ask(b, call, bluez_on_owner);
}

static int bluez_connect_bus(Bluez *b)
{
        static const DBusObjectPathVTable vtable = {.message_function = bluez_on_call};
        int r;

        assert(!b->connection && !b->loop);
        b->connection = loop_dbus_open_system_bus();
        if (!b->connection)
                return -ENOTCONN;
        if (!dbus_connection_add_filter(b->connection, bluez_on_signal, b, NULL) ||
            !dbus_connection_register_fallback(b->connection, BLUEZ_ROOT, &vtable, b))
                return -ENOMEM;
        r = loop_dbus_new(&b->loop, b->connection, b->event);
        if (r == 0)
                bluez_ask(b,
                          dbus_message_new_method_call(DBUS_SERVICE_DBUS, DBUS_PATH_DBUS,
                                                       DBUS_INTERFACE_DBUS, "Hello"),
                          bluez_on_hello);
        return r;
}

static int bluez_on_again(sd_event_source *s, uint64_t usec, void *userdata)
{
        Bluez *b = userdata;

        bluez_hang_up(b);
        if (b->here) {
                b->here = false;
                b->events->here(b->userdata, false);
        }
        if (bluez_connect_bus(b) < 0)
                bluez_start_again(b, RETRY_US);
        return 0;
}

int bluez_new(Bluez **ret, sd_event *event, const BluezEvents *events, void *userdata)
{
        _cleanup_(bluez_freep) Bluez *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return -ENOMEM;
        *b = (Bluez){.event = sd_event_ref(event), .events = events, .userdata = userdata};
        r = sd_event_add_time_relative(event, &b->again, CLOCK_MONOTONIC, 0, 0, bluez_on_again, b);
        if (r < 0)
                return r;
        /* fires at once and connects */
        (void)sd_event_source_set_description(b->again, "bluez-again");
        *ret = TAKE_PTR(b);
        return 0;
}

Bluez *bluez_free(Bluez *b)
{
        if (!b)
                return NULL;
        bluez_hang_up(b);
        sd_event_source_disable_unref(b->again);
        sd_event_unref(b->event);
        free(b);
        return NULL;
}
