/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus.h - org.huddle seen from a program: calls that block, answers as JSON values
 *
 * A command line may wait; what has to react meanwhile (exchange, monitor) has watch.h besides.
 */
#pragma once

#include "cli.h"

#define HUDDLE_NAME "org.huddle"
#define HUDDLE_ROOT "/org/huddle"
#define HUDDLE_MANAGER "org.huddle.Manager1"
#define HUDDLE_EXCHANGE "org.huddle.Exchange1"
#define HUDDLE_PEER "org.huddle.Peer1"
#define DBUS_OBJECTS "org.freedesktop.DBus.ObjectManager"

/* Connects to the bus that was asked for; else to the system bus, or where org.huddle is not known
 * there, to the session bus where it is. Complains. */
Exit bus_connect(Cli *cli);
/* Connects to the session bus, where huddle-agent is. Complains. */
Exit bus_connect_agent(Cli *cli);
void bus_disconnect(Cli *cli);

/* A call to org.huddle, new. NULL: out of memory. */
DBusMessage *bus_method(const char *path, const char *interface, const char *member);
/* A call to org.huddle.Agent with as many texts as are not NULL, new. NULL: out of memory. */
DBusMessage *bus_agent_method(const char *member, const char *first, const char *second);
/* Adds a {sv} entry to an open a{sv}; type is a basic D-Bus type and value points to it. False: no
 * memory. */
bool bus_add_option(DBusMessageIter *options, const char *name, int type, const void *value);

/* Sends the call, which it takes, and waits for the answer. What came back is *ret_reply (free with
 * json_decref; NULL where nobody asks), a list of the values. Complains. call may be NULL: out of
 * memory. */
Exit bus_call(Cli *cli, DBusMessage *call, json_t **ret_reply);
/* The same; where *ret_error is not NULL afterwards, it is a D-Bus error that was not complained
 * about (its name; *ret_message its text; free both with free). */
Exit bus_try(Cli *cli, DBusMessage *call, json_t **ret_reply, char **ret_error, char **ret_message);

/* All properties of an interface, by name. */
Exit bus_properties(Cli *cli, const char *path, const char *interface, json_t **ret);
/* All objects: path → interface → property → value. */
Exit bus_objects(Cli *cli, json_t **ret);

/* Values of a message from the present one on, as a list. Bytes become hex digits, dictionaries
 * objects, structures lists. NULL: out of memory. */
json_t *bus_values(DBusMessage *message);
