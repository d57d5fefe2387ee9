/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-private.h - what the files of the bus share. From below: bus-call.c, bus-follow.c and
 * bus-value.c, bus-object.c, bus-standard.c, bus.c */
#pragma once

#include "bus.h"
#include "callers.h"

enum { BUS_PROPERTIES_MAX = 32, BUS_VALUE_DIGEST = 16, BUS_UNIQUE_NAME_SIZE = 65 };

struct BusObject {
        Bus *bus;
        BusObject *next;
        char *path;
        const BusInterface *interface;
        uint32_t owner;
        void *data;
        bool announced; /* InterfacesAdded has been sent */
        bool changed;
        uint8_t sent[BUS_PROPERTIES_MAX][BUS_VALUE_DIGEST]; /* of the values that were sent last */
};

struct BusCall {
        Bus *bus;
        BusCall *next;
        DBusMessage *message;
        uint32_t uid;
};

struct Bus {
        sd_event *event;
        DBusConnection *connection;
        struct LoopDBus *loop;
        Callers *callers;
        sd_event_source *announce; /* runs once after an object changed */
        BusObject *objects;
        BusCall *calls;
        BusFollow *follows;
        bool ending; /* the removal of objects is not announced any more */
        BusFinder finder;
        void *finder_userdata;
};

/* ---- bus-call.c ---- */

bool bus_call_has_room(const Bus *b, uint32_t uid);
BusCall *bus_call_new(Bus *b, DBusMessage *m, uint32_t uid); /* NULL: no memory */
void bus_call_drop(BusCall *call);                           /* without an answer */
/* Answers with an error of D-Bus itself. */
void bus_fail_dbus(BusCall *call, const char *name, const char *message);

/* ---- bus-follow.c ---- */

/* To be given every signal that the connection receives. */
void bus_follow_signal(Bus *b, DBusMessage *signal);

/* ---- bus-value.c ---- */

bool bus_append_variant(DBusMessageIter *to, BusObject *o, const BusProperty *p, uint32_t uid);
/* One property as {sv}, all properties as a{sv}, the interface with its properties as {sa{sv}}. */
bool bus_append_property(DBusMessageIter *dict, BusObject *o, const BusProperty *p, uint32_t uid);
bool bus_append_properties(DBusMessageIter *to, BusObject *o, uint32_t uid);
bool bus_append_interface(DBusMessageIter *dict, BusObject *o, uint32_t uid);

/* Bytes of the strings and values in a message; counts no further than a little beyond max. */
size_t bus_arguments_size(DBusMessage *m, size_t max);

/* ---- bus-object.c ---- */

/* The object that this user sees at the path, or NULL. */
BusObject *bus_find(Bus *b, const char *path, uint32_t uid);
bool bus_visible(const BusObject *o, uint32_t uid);
/* Sends the signals for all objects that have changed. */
int bus_announce(sd_event_source *s, void *userdata);
/* Whether an object that this user sees lies at or below the path. */
bool bus_path_exists(Bus *b, const char *path, uint32_t uid);
/* The first label of path below parent, its length in *ret_len; NULL where path is not below. */
const char *bus_child_of(const char *parent, const char *path, size_t *ret_len);

/* ---- bus-standard.c ---- */

/* Calls to a standard interface. o is NULL where the path is only a parent of objects. */
typedef struct BusStandard {
        const char *interface;
        const char *member;
        const char *in;
        void (*handle)(BusCall *call, BusObject *o);
} BusStandard;
const BusStandard *bus_standard_find(const char *interface, const char *member);
