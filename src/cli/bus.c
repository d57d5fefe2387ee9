/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus.h"
#include "errors.h"
#include "out.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

#define AGENT_NAME "org.huddle.Agent"
#define AGENT_PATH "/org/huddle/Agent"
#define AGENT_INTERFACE "org.huddle.Agent1"

/* ---- values --------------------------------------------------------------------------------- */

static json_t *bus_value_at(DBusMessageIter *at);

static json_t *bus_bytes_at(DBusMessageIter *at)
{
        DBusMessageIter inner;
        _cleanup_free_ char *hex = NULL;
        const unsigned char *bytes = NULL;
        int n = 0;

        dbus_message_iter_recurse(at, &inner);
        dbus_message_iter_get_fixed_array(&inner, &bytes, &n);
        hex = malloc(2 * (size_t)n + 1);
        return hex ? json_string(sodium_bin2hex(hex, 2 * (size_t)n + 1, bytes, (size_t)n)) : NULL;
}

static json_t *bus_dict_at(DBusMessageIter *at)
{
        DBusMessageIter entries, entry;
        json_t *object = json_object();

        for (dbus_message_iter_recurse(at, &entries);
             dbus_message_iter_get_arg_type(&entries) != DBUS_TYPE_INVALID;
             dbus_message_iter_next(&entries)) {
                const char *key = "";

                dbus_message_iter_recurse(&entries, &entry);
                if (dbus_message_iter_get_arg_type(&entry) == DBUS_TYPE_STRING ||
                    dbus_message_iter_get_arg_type(&entry) == DBUS_TYPE_OBJECT_PATH)
                        dbus_message_iter_get_basic(&entry, &key);
                dbus_message_iter_next(&entry);
                (void)json_object_set_new(object, key, bus_value_at(&entry));
        }
        return object;
}

static json_t *bus_list_from(DBusMessageIter *at)
{
        json_t *list = json_array();

        for (; dbus_message_iter_get_arg_type(at) != DBUS_TYPE_INVALID; dbus_message_iter_next(at))
                (void)json_array_append_new(list, bus_value_at(at));
        return list;
}

static json_t *bus_array_at(DBusMessageIter *at)
{
        DBusMessageIter inner;

        switch (dbus_message_iter_get_element_type(at)) {
        case DBUS_TYPE_BYTE:
                return bus_bytes_at(at);
        case DBUS_TYPE_DICT_ENTRY:
                return bus_dict_at(at);
        default:
                dbus_message_iter_recurse(at, &inner);
                return bus_list_from(&inner);
        }
}

static json_t *bus_basic_at(DBusMessageIter *at, int type)
{
        DBusBasicValue v;

        dbus_message_iter_get_basic(at, &v);
        switch (type) {
        case DBUS_TYPE_STRING:
        case DBUS_TYPE_OBJECT_PATH:
        case DBUS_TYPE_SIGNATURE:
                return json_string(v.str);
        case DBUS_TYPE_BOOLEAN:
                return json_boolean(v.bool_val);
        case DBUS_TYPE_BYTE:
                return json_integer(v.byt);
        case DBUS_TYPE_INT16:
                return json_integer(v.i16);
        case DBUS_TYPE_UINT16:
                return json_integer(v.u16);
        case DBUS_TYPE_INT32:
                return json_integer(v.i32);
        case DBUS_TYPE_UINT32:
                return json_integer(v.u32);
        case DBUS_TYPE_INT64:
                return json_integer(v.i64);
        case DBUS_TYPE_UINT64:
                return json_integer((json_int_t)MIN(v.u64, (uint64_t)INT64_MAX));
        case DBUS_TYPE_DOUBLE:
                return json_real(v.dbl);
        default:
                return json_null();
        }
}

static json_t *bus_value_at(DBusMessageIter *at)
{
        int type = dbus_message_iter_get_arg_type(at);
        DBusMessageIter inner;

        switch (type) {
        case DBUS_TYPE_ARRAY:
                return bus_array_at(at);
        case DBUS_TYPE_VARIANT:
                dbus_message_iter_recurse(at, &inner);
                return bus_value_at(&inner);
        case DBUS_TYPE_STRUCT:
                dbus_message_iter_recurse(at, &inner);
                return bus_list_from(&inner);
        default:
                return bus_basic_at(at, type);
        }
}

json_t *bus_values(DBusMessage *message)
{
        DBusMessageIter at;

        return dbus_message_iter_init(message, &at) ? bus_list_from(&at) : json_array();
}

/* ---- connection ----------------------------------------------------------------------------- */

DBusConnection *bus_open(DBusBusType type)
{
        DBusConnection *bus = dbus_bus_get_private(type, NULL);

        if (bus)
                dbus_connection_set_exit_on_disconnect(bus, FALSE);
        return bus;
}

void bus_close(DBusConnection *bus)
{
        if (!bus)
                return;
        dbus_connection_close(bus);
        dbus_connection_unref(bus);
}

static bool bus_is_activatable(DBusConnection *bus, const char *name)
{
        DBusMessage *call = dbus_message_new_method_call(
                DBUS_SERVICE_DBUS, DBUS_PATH_DBUS, DBUS_INTERFACE_DBUS, "ListActivatableNames");
        DBusMessage *reply =
                call ? dbus_connection_send_with_reply_and_block(bus, call, -1, NULL) : NULL;
        char **names = NULL;
        int n = 0;
        bool found = false;

        if (reply && dbus_message_get_args(reply, NULL, DBUS_TYPE_ARRAY, DBUS_TYPE_STRING, &names,
                                           &n, DBUS_TYPE_INVALID))
                for (int i = 0; i < n && !found; i++)
                        found = strcmp(names[i], name) == 0;
        dbus_free_string_array(names);
        if (reply)
                dbus_message_unref(reply);
        if (call)
                dbus_message_unref(call);
        return found;
}

static bool bus_knows_huddle(DBusConnection *bus)
{
        return dbus_bus_name_has_owner(bus, HUDDLE_NAME, NULL) ||
               bus_is_activatable(bus, HUDDLE_NAME);
}

Exit bus_connect(Cli *cli)
{
        DBusConnection *other;

        cli->bus = bus_open(cli->choice == BUS_SESSION ? DBUS_BUS_SESSION : DBUS_BUS_SYSTEM);
        if (cli->choice == BUS_CHOOSE && (!cli->bus || !bus_knows_huddle(cli->bus))) {
                other = bus_open(DBUS_BUS_SESSION);
                if (other && (!cli->bus || bus_knows_huddle(other))) {
                        bus_close(cli->bus);
                        cli->bus = other;
                } else
                        bus_close(other);
        }
        return cli->bus ? EXIT_DONE : complain_error(cli, DBUS_ERROR_NO_SERVER, NULL);
}

Exit bus_connect_agent(Cli *cli)
{
        cli->bus = bus_open(DBUS_BUS_SESSION);
        cli->asks_agent = true;
        return cli->bus ? EXIT_DONE : complain_error(cli, DBUS_ERROR_NO_SERVER, NULL);
}

void bus_disconnect(Cli *cli)
{
        bus_close(cli->bus);
        cli->bus = NULL;
        cli->asks_agent = false;
}

/* ---- calls ---------------------------------------------------------------------------------- */

DBusMessage *bus_method(const char *path, const char *interface, const char *member)
{
        return dbus_message_new_method_call(HUDDLE_NAME, path, interface, member);
}

static bool bus_append_text(DBusMessage *call, const char *text)
{
        return !text || dbus_message_append_args(call, DBUS_TYPE_STRING, &text, DBUS_TYPE_INVALID);
}

DBusMessage *bus_agent_method(const char *member, const char *first, const char *second)
{
        DBusMessage *call =
                dbus_message_new_method_call(AGENT_NAME, AGENT_PATH, AGENT_INTERFACE, member);

        if (!call || (bus_append_text(call, first) && bus_append_text(call, second)))
                return call;
        dbus_message_unref(call);
        return NULL;
}

bool bus_add_option(DBusMessageIter *options, const char *name, int type, const void *value)
{
        const char signature[] = {(char)type, '\0'};
        DBusMessageIter entry, variant;

        assert(dbus_type_is_basic(type));
        return dbus_message_iter_open_container(options, DBUS_TYPE_DICT_ENTRY, NULL, &entry) &&
               dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &name) &&
               dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant) &&
               dbus_message_iter_append_basic(&variant, type, value) &&
               dbus_message_iter_close_container(&entry, &variant) &&
               dbus_message_iter_close_container(options, &entry);
}

Exit bus_try(Cli *cli, DBusMessage *call, json_t **ret_reply, char **ret_error, char **ret_message)
{
        DBusError error = DBUS_ERROR_INIT;
        DBusMessage *reply;

        assert(cli->bus);
        if (!call)
                return complain_error(cli, DBUS_ERROR_NO_MEMORY, NULL);
        reply = dbus_connection_send_with_reply_and_block(
                cli->bus, call, cli->patient ? DBUS_TIMEOUT_INFINITE : CALL_TIMEOUT_MS, &error);
        dbus_message_unref(call);
        if (!reply) {
                *ret_error = strdup(error.name);
                *ret_message = strdup(error.message);
                dbus_error_free(&error);
                return *ret_error && *ret_message ? error_exit(*ret_error) : EXIT_FAILED;
        }
        if (ret_reply)
                *ret_reply = bus_values(reply);
        dbus_message_unref(reply);
        return EXIT_DONE;
}

Exit bus_call(Cli *cli, DBusMessage *call, json_t **ret_reply)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        Exit code = bus_try(cli, call, ret_reply, &error, &message);

        return error ? complain_error(cli, error, message) : code;
}

json_t *bus_ask_agent(const Cli *cli, const char *member)
{
        _cleanup_free_ char *error = NULL, *message = NULL;
        json_auto_t *reply = NULL;
        DBusMessage *call = bus_agent_method(member, NULL, NULL);
        Cli agent = *cli;
        Exit code = EXIT_FAILED;

        agent.bus = bus_open(DBUS_BUS_SESSION);
        agent.asks_agent = true;
        if (call && agent.bus) {
                dbus_message_set_auto_start(call, FALSE);
                code = bus_try(&agent, call, &reply, &error, &message);
        } else if (call)
                dbus_message_unref(call);
        bus_close(agent.bus);
        return code == EXIT_DONE && !error ? json_incref(json_array_get(reply, 0)) : NULL;
}

/* Calls, and returns the only value of the reply. */
static Exit bus_call_for_one(Cli *cli, DBusMessage *call, json_t **ret)
{
        json_t *reply = NULL;
        Exit code = bus_call(cli, call, &reply);

        if (code == EXIT_DONE)
                *ret = json_incref(json_array_get(reply, 0));
        json_decref(reply);
        return code;
}

Exit bus_properties(Cli *cli, const char *path, const char *interface, json_t **ret)
{
        DBusMessage *call = bus_method(path, DBUS_INTERFACE_PROPERTIES, "GetAll");

        if (call &&
            !dbus_message_append_args(call, DBUS_TYPE_STRING, &interface, DBUS_TYPE_INVALID)) {
                dbus_message_unref(call);
                call = NULL;
        }
        return bus_call_for_one(cli, call, ret);
}

Exit bus_objects(Cli *cli, json_t **ret)
{
        return bus_call_for_one(cli, bus_method(HUDDLE_ROOT, DBUS_OBJECTS, "GetManagedObjects"),
                                ret);
}
