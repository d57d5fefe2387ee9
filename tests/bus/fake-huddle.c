/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fake-huddle - an org.huddle on the session bus where things go wrong on request; prints a line
 * when it is there
 *
 * fake-huddle refuse ERROR MESSAGE   each method of ours is answered with that error
 * fake-huddle end ERROR MESSAGE      StartExchange begins an exchange that has ended with that
 *                                    error
 * fake-huddle vanish                 disconnects when it is called
 * fake-huddle reader                 is org.a11y.Bus instead, where a screen reader is in use
 */
#include "src/base/util.h"

#include <dbus/dbus.h>
#include <stdio.h>
#include <string.h>

#define HUDDLE "org.huddle"
#define PATH "/org/huddle/exchange/1"

typedef struct Fake {
        const char *mode, *error, *message;
} Fake;

static void add_property(DBusMessageIter *properties, const char *name, const char *value)
{
        DBusMessageIter entry, variant;

        dbus_message_iter_open_container(properties, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
        dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name);
        dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "s", &variant);
        dbus_message_iter_append_basic(&variant, DBUS_TYPE_STRING, &value);
        dbus_message_iter_close_container(&entry, &variant);
        dbus_message_iter_close_container(properties, &entry);
}

static void add_exchange(const Fake *f, DBusMessageIter *objects)
{
        const char *path = PATH, *interface = HUDDLE ".Exchange1";
        DBusMessageIter object, interfaces, entry, properties;
        bool ended = strcmp(f->mode, "end") == 0;

        dbus_message_iter_open_container(objects, DBUS_TYPE_DICT_ENTRY, NULL, &object);
        dbus_message_iter_append_basic(&object, DBUS_TYPE_OBJECT_PATH, &path);
        dbus_message_iter_open_container(&object, DBUS_TYPE_ARRAY, "{sa{sv}}", &interfaces);
        dbus_message_iter_open_container(&interfaces, DBUS_TYPE_DICT_ENTRY, NULL, &entry);
        dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &interface);
        dbus_message_iter_open_container(&entry, DBUS_TYPE_ARRAY, "{sv}", &properties);
        add_property(&properties, "State", ended ? "failed" : "gathering");
        add_property(&properties, "Error", ended ? f->error : "");
        add_property(&properties, "ErrorMessage", ended ? f->message : "");
        dbus_message_iter_close_container(&entry, &properties);
        dbus_message_iter_close_container(&interfaces, &entry);
        dbus_message_iter_close_container(&object, &interfaces);
        dbus_message_iter_close_container(objects, &object);
}

static DBusMessage *objects_reply(const Fake *f, DBusMessage *call)
{
        DBusMessage *reply = dbus_message_new_method_return(call);
        DBusMessageIter at, objects;

        dbus_message_iter_init_append(reply, &at);
        dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{oa{sa{sv}}}", &objects);
        add_exchange(f, &objects);
        dbus_message_iter_close_container(&at, &objects);
        return reply;
}

static DBusMessage *empty_reply(DBusMessage *call)
{
        DBusMessage *reply = dbus_message_new_method_return(call);
        DBusMessageIter at, properties;

        dbus_message_iter_init_append(reply, &at);
        dbus_message_iter_open_container(&at, DBUS_TYPE_ARRAY, "{sv}", &properties);
        dbus_message_iter_close_container(&at, &properties);
        return reply;
}

static DBusMessage *started_reply(DBusMessage *call)
{
        DBusMessage *reply = dbus_message_new_method_return(call);
        const char *path = PATH;

        dbus_message_append_args(reply, DBUS_TYPE_OBJECT_PATH, &path, DBUS_TYPE_INVALID);
        return reply;
}

static DBusMessage *true_reply(DBusMessage *call)
{
        DBusMessage *reply = dbus_message_new_method_return(call);
        DBusMessageIter at, variant;
        dbus_bool_t yes = TRUE;

        dbus_message_iter_init_append(reply, &at);
        dbus_message_iter_open_container(&at, DBUS_TYPE_VARIANT, "b", &variant);
        dbus_message_iter_append_basic(&variant, DBUS_TYPE_BOOLEAN, &yes);
        dbus_message_iter_close_container(&at, &variant);
        return reply;
}

static DBusHandlerResult on_message(DBusConnection *bus, DBusMessage *m, void *userdata)
{
        const Fake *f = userdata;
        DBusMessage *reply;

        if (dbus_message_get_type(m) != DBUS_MESSAGE_TYPE_METHOD_CALL)
                return DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        if (strcmp(f->mode, "vanish") == 0)
                exit(0);
        if (strcmp(f->mode, "reader") == 0)
                reply = true_reply(m);
        else if (dbus_message_has_member(m, "GetManagedObjects"))
                reply = objects_reply(f, m);
        else if (dbus_message_has_member(m, "GetAll"))
                reply = empty_reply(m);
        else if (strcmp(f->mode, "end") == 0 && dbus_message_has_member(m, "StartExchange"))
                reply = started_reply(m);
        else
                reply = dbus_message_new_error(m, f->error, f->message);
        dbus_connection_send(bus, reply, NULL);
        dbus_message_unref(reply);
        return DBUS_HANDLER_RESULT_HANDLED;
}

int main(int argc, char **argv)
{
        Fake f = {argc > 1 ? argv[1] : "", argc > 2 ? argv[2] : "", argc > 3 ? argv[3] : ""};
        DBusConnection *bus = dbus_bus_get(DBUS_BUS_SESSION, NULL);
        const char *name = strcmp(f.mode, "reader") == 0 ? "org.a11y.Bus" : HUDDLE;

        if (!bus || !dbus_connection_add_filter(bus, on_message, &f, NULL) ||
            dbus_bus_request_name(bus, name, 0, NULL) != DBUS_REQUEST_NAME_REPLY_PRIMARY_OWNER)
                return 1;
        (void)puts("ready");
        (void)fflush(stdout);
        while (dbus_connection_read_write_dispatch(bus, -1))
                continue;
        return 0;
}
