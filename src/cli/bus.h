/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus.h - blocking calls to org.huddle, with answers as JSON values
 *
 * Commands that must react while they wait (exchange, monitor) use watch.h as well.
 */
#pragma once

#include "cli.h"

/* The daemon's Register waits for the cloud, and its Close does on a slow way. */
enum { CALL_TIMEOUT_MS = 120 * 1000 };

#define HUDDLE_NAME "org.huddle"
#define HUDDLE_ROOT "/org/huddle"
#define HUDDLE_MANAGER "org.huddle.Manager1"
#define HUDDLE_EXCHANGE "org.huddle.Exchange1"
#define HUDDLE_PEER "org.huddle.Peer1"
#define DBUS_OBJECTS "org.freedesktop.DBus.ObjectManager"

/* A connection of its own to a bus; NULL: there is none. */
DBusConnection *bus_open(DBusBusType type);
/* NULL is fine. */
void bus_close(DBusConnection *bus);

/* Connects to the requested bus. Without a request it takes the system bus; if org.huddle is
 * unknown there but known on the session bus, it takes that one. Complains. */
Exit bus_connect(Cli *cli);
/* Connects to the session bus, the bus of huddle-agent. Complains. */
Exit bus_connect_agent(Cli *cli);
void bus_disconnect(Cli *cli);

/* A new call to org.huddle. NULL: out of memory. */
DBusMessage *bus_method(const char *path, const char *interface, const char *member);
/* A new call to org.huddle.Agent with the texts that are not NULL. NULL: out of memory. */
DBusMessage *bus_agent_method(const char *member, const char *first, const char *second);
/* Adds a {sv} entry to an open a{sv}. type is a basic D-Bus type, value points to such a value.
 * False: out of memory. */
bool bus_add_option(DBusMessageIter *options, const char *name, int type, const void *value);

/* Sends the call (takes it) and waits for the answer. *ret_reply is a list of the reply's values;
 * free it with json_decref. ret_reply may be NULL. A call of NULL means out of memory. Complains.
 * */
Exit bus_call(Cli *cli, DBusMessage *call, json_t **ret_reply);
/* The same, but a D-Bus error is returned instead of complained about: *ret_error is its name
 * (NULL: no such error), *ret_message its text. Free both with free. */
Exit bus_try(Cli *cli, DBusMessage *call, json_t **ret_reply, char **ret_error, char **ret_message);

/* The only value of the agent's answer to a method without arguments. NULL: there is no agent; none
 * is started, and nothing is complained about. Free with json_decref. */
json_t *bus_ask_agent(const Cli *cli, const char *member);

/* All properties of an interface, by name. */
Exit bus_properties(Cli *cli, const char *path, const char *interface, json_t **ret);
/* All objects: path → interface → property → value. */
Exit bus_objects(Cli *cli, json_t **ret);

/* The values of a message as a list. Bytes become hex digits, dictionaries objects, structures
 * lists. NULL: out of memory. */
json_t *bus_values(DBusMessage *message);
