/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "geoclue-agent.h"

#include <string.h>

#define PATH "/org/freedesktop/GeoClue2/Agent"
#define INTERFACE "org.freedesktop.GeoClue2.Agent"

static bool agent_append_level(DBusMessageIter *to)
{
        const dbus_uint32_t level = GEOCLUE_EXACT;
        DBusMessageIter variant;

        return dbus_message_iter_open_container(to, DBUS_TYPE_VARIANT, "u", &variant) &&
               dbus_message_iter_append_basic(&variant, DBUS_TYPE_UINT32, &level) &&
               dbus_message_iter_close_container(to, &variant);
}

static bool agent_append_properties(DBusMessageIter *to)
{
        const char *name = "MaxAccuracyLevel";
        DBusMessageIter array, entry;

        return dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &array) &&
               dbus_message_iter_open_container(&array, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name) &&
               agent_append_level(&entry) && dbus_message_iter_close_container(&array, &entry) &&
               dbus_message_iter_close_container(to, &array);
}

static bool agent_append_verdict(DBusMessageIter *to, DBusMessage *m, const char *id)
{
        const char *asked = "";
        dbus_uint32_t level = 0;
        dbus_bool_t yes;

        (void)dbus_message_get_args(m, NULL, DBUS_TYPE_STRING, &asked, DBUS_TYPE_UINT32, &level,
                                    DBUS_TYPE_INVALID);
        yes = strcmp(asked, id) == 0;
        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &yes) &&
               dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, &level);
}

static DBusHandlerResult geoclue_agent_on_message(DBusConnection *connection, DBusMessage *m,
                                                  void *id)
{
        DBusMessage *reply = dbus_message_new_method_return(m);
        DBusHandlerResult result = DBUS_HANDLER_RESULT_HANDLED;
        DBusMessageIter to;
        bool ok;

        if (!reply)
                return DBUS_HANDLER_RESULT_NEED_MEMORY;
        dbus_message_iter_init_append(reply, &to);
        if (dbus_message_is_method_call(m, INTERFACE, "AuthorizeApp"))
                ok = agent_append_verdict(&to, m, id);
        else if (dbus_message_is_method_call(m, DBUS_INTERFACE_PROPERTIES, "GetAll"))
                ok = agent_append_properties(&to);
        else if (dbus_message_is_method_call(m, DBUS_INTERFACE_PROPERTIES, "Get"))
                ok = agent_append_level(&to);
        else {
                ok = false;
                result = DBUS_HANDLER_RESULT_NOT_YET_HANDLED;
        }
        if (ok && !dbus_connection_send(connection, reply, NULL))
                ok = false;
        dbus_message_unref(reply);
        return ok || result != DBUS_HANDLER_RESULT_HANDLED ? result
                                                           : DBUS_HANDLER_RESULT_NEED_MEMORY;
}

int geoclue_agent_register(DBusConnection *connection, const char *id)
{
        static const DBusObjectPathVTable vtable = {.message_function = geoclue_agent_on_message};

        return dbus_connection_register_object_path(connection, PATH, &vtable, (void *)id)
                       ? 0
                       : -ENOMEM;
}
