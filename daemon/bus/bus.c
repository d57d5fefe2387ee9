/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-private.h"
#include "src/base/log.h"
#include "src/base/loop-dbus.h"

#include <assert.h>
#include <string.h>

/* ---- dispatch ---- */

static const BusMethod *bus_find_method(const BusInterface *i, const char *interface,
                                        const char *member)
{
        if (interface && strcmp(interface, i->name) != 0)
                return NULL;
        for (const BusMethod *m = i->methods; m->name; m++)
                if (strcmp(member, m->name) == 0)
                        return m;
        return NULL;
}

static bool bus_signature_fits(BusCall *call, const char *signature)
{
        if (dbus_message_has_signature(call->message, signature))
                return true;
        bus_fail_dbus(call, DBUS_ERROR_INVALID_ARGS,
                      "the arguments have other types than the method");
        return false;
}

static bool bus_size_fits(BusCall *call, const char *large_method)
{
        if ((large_method && dbus_message_has_member(call->message, large_method)) ||
            bus_arguments_size(call->message, BUS_ARGUMENTS_MAX) <= BUS_ARGUMENTS_MAX)
                return true;
        bus_fail_dbus(call, DBUS_ERROR_LIMITS_EXCEEDED, "the arguments are too large");
        return false;
}

static void bus_dispatch_call(BusCall *call, BusObject *o)
{
        const char *interface = dbus_message_get_interface(call->message);
        const char *member = dbus_message_get_member(call->message);
        const BusMethod *method = o ? bus_find_method(o->interface, interface, member) : NULL;
        const BusStandard *standard = method ? NULL : bus_standard_find(interface, member);

        if (method) {
                if (bus_signature_fits(call, method->in) &&
                    bus_size_fits(call, o->interface->large_method))
                        method->handle(call, o->data);
        } else if (standard) {
                if (bus_signature_fits(call, standard->in) && bus_size_fits(call, NULL))
                        standard->handle(call, o);
        } else
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_METHOD,
                              "there is no such method at this object");
}

/* 0: dispatched. */
static int bus_dispatch_to_transient(Bus *b, BusCall *call, const char *path)
{
        BusTransient t = {0};
        BusObject o = {.bus = b, .owner = call->uid};
        int r = b->finder ? b->finder(b->finder_userdata, path, call->uid, &t) : 1;

        if (r != 0)
                return r;
        assert(t.interface && t.free);
        o.interface = t.interface;
        o.data = t.data;
        bus_dispatch_call(call, &o);
        t.free(t.data);
        return 0;
}

static void on_bus_admitted(void *userdata, DBusMessage *m, uint32_t uid)
{
        Bus *b = userdata;
        const char *path = dbus_message_get_path(m);
        bool room = bus_call_has_room(b, uid);
        BusCall *call = bus_call_new(b, m, uid);
        BusObject *o;
        int r;

        if (!call) {
                log_error("a D-Bus call stays without an answer: no memory");
                return;
        }
        /* letters, digits and _ only */
        log_debug("uid %u calls %.64s", uid, dbus_message_get_member(m));
        if (!room) {
                bus_fail(call, OUTCOME_LIMIT);
                return;
        }
        o = bus_find(b, path, uid);
        if (o || bus_path_exists(b, path, uid)) {
                bus_dispatch_call(call, o);
                return;
        }
        r = bus_dispatch_to_transient(b, call, path);
        if (r < 0)
                bus_fail_errno(call, r);
        else if (r > 0)
                bus_fail_dbus(call, DBUS_ERROR_UNKNOWN_OBJECT, "there is no such object");
}

static DBusHandlerResult on_bus_call(DBusConnection *connection, DBusMessage *m, void *userdata)
{
        Bus *b = userdata;
        size_t size;
        int r;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_CALL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        size = bus_arguments_size(m, BUS_ARGUMENTS_LARGE);
        r = size > BUS_ARGUMENTS_LARGE ? (int)CALLERS_E_FULL : callers_admit(b->callers, m, size);
        if (r == CALLERS_E_FULL) {
                BusCall *call = bus_call_new(b, m, BUS_EVERYONE);

                if (call)
                        bus_fail(call, OUTCOME_LIMIT);
        } else if (r < 0)
                return DBUS_HANDLER_RESULT_NEED_MEMORY;
        return DBUS_HANDLER_RESULT_HANDLED;
}

static DBusHandlerResult on_bus_message(DBusConnection *connection, DBusMessage *m, void *userdata)
{
        Bus *b = userdata;

        if (dbus_message_is_signal(m, DBUS_INTERFACE_LOCAL, "Disconnected")) {
                log_error("the connection to the bus is lost");
                (void)sd_event_exit(b->event, -ENOTCONN);
                return DBUS_HANDLER_RESULT_HANDLED;
        }
        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_SIGNAL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        bus_follow_signal(b, m);
        if (callers_signal(b->callers, m))
                return DBUS_HANDLER_RESULT_HANDLED;
        return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
}

/* ---- the connection ---- */

void bus_set_finder(Bus *b, BusFinder finder, void *userdata)
{
        b->finder = finder;
        b->finder_userdata = userdata;
}

static int bus_connect(Bus *b, DBusBusType type)
{
        static const DBusObjectPathVTable vtable = {.message_function = on_bus_call};
        DBusError error = DBUS_ERROR_INIT;
        int r;

        b->connection = dbus_bus_get_private(type, &error);
        if (!b->connection) {
                log_error("no connection to the bus: %s", error.message);
                dbus_error_free(&error);
                return BUS_E_NO_BUS;
        }
        dbus_connection_set_exit_on_disconnect(b->connection, FALSE);
        r = callers_new(&b->callers, b->connection, on_bus_admitted, b);
        if (r < 0)
                return r;
        if (!dbus_connection_add_filter(b->connection, on_bus_message, b, NULL) ||
            !dbus_connection_register_fallback(b->connection, "/", &vtable, b))
                return -ENOMEM;
        return loop_dbus_new(&b->loop, b->connection, b->event);
}

int bus_new(Bus **ret, sd_event *event, DBusBusType type)
{
        _cleanup_(bus_freep) Bus *b = calloc(1, sizeof *b);
        int r;

        if (!b)
                return -ENOMEM;
        b->event = sd_event_ref(event);
        r = sd_event_add_defer(event, &b->announce, bus_announce, b);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(b->announce, "bus-announce");
        r = sd_event_source_set_enabled(b->announce, SD_EVENT_OFF);
        if (r < 0)
                return r;
        r = bus_connect(b, type);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(b);
        return 0;
}

int bus_own_name(Bus *b)
{
        DBusError error = DBUS_ERROR_INIT;
        int r = dbus_bus_request_name(b->connection, BUS_NAME, DBUS_NAME_FLAG_DO_NOT_QUEUE, &error);

        if (r == DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER)
                return 0;
        log_error("cannot own the name %s: %s", BUS_NAME,
                  dbus_error_is_set(&error) ? error.message : "another program has it");
        dbus_error_free(&error);
        return BUS_E_NAME_REFUSED;
}

void bus_end_announcing(Bus *b)
{
        b->ending = true;
}

Bus *bus_free(Bus *b)
{
        if (!b)
                return NULL;
        while (b->calls)
                bus_call_drop(b->calls);
        callers_free(b->callers);
        sd_event_source_disable_unref(b->announce);
        loop_dbus_free(b->loop);
        if (b->connection) {
                dbus_connection_flush(b->connection);
                dbus_connection_close(b->connection);
                dbus_connection_unref(b->connection);
        }
        sd_event_unref(b->event);
        free(b);
        return NULL;
}
