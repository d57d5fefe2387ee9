/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-private.h - what bus.c, bus-object.c and bus-standard.c share */
#pragma once

#include "bus.h"
#include "callers.h"

enum { BUS_PROPERTIES_MAX = 16, BUS_VALUE_DIGEST = 16 };

struct BusObject {
        Bus *bus;
        BusObject *next;
        char *path;
        const BusInterface *interface;
        uint32_t owner;
        void *data;
        bool announced; /* InterfacesAdded has been sent */
        bool changed;
        uint8_t told[BUS_PROPERTIES_MAX][BUS_VALUE_DIGEST]; /* of the values that were sent last */
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
        BusFinder finder;
        void *finder_userdata;
};

/* The object as this user sees the tree, or NULL. */
BusObject *bus_find(Bus *b, const char *path, uint32_t uid);
bool bus_visible(const BusObject *o, uint32_t uid);
/* On a bus where something has changed. */
int bus_announce(sd_event_source *s, void *userdata);

/* Calls to a standard interface. o is NULL where the path is only a parent of objects. */
typedef struct BusStandard {
        const char *interface;
        const char *member;
        const char *in;
        void (*handle)(BusCall *call, BusObject *o);
} BusStandard;
const BusStandard *bus_standard_find(const char *interface, const char *member);
/* The members of an interface and the values of all its properties as {sa{sv}}. */
bool bus_append_interface(DBusMessageIter *dict, BusObject *o, uint32_t uid);
bool bus_append_property(DBusMessageIter *dict, BusObject *o, const BusProperty *p, uint32_t uid);

/* Answers with an error of D-Bus itself. */
void bus_fail_dbus(BusCall *call, const char *name, const char *message);
/* Whether any object that this user sees lies at or below the path. */
bool bus_path_exists(Bus *b, const char *path, uint32_t uid);
/* The first label of path below parent, its length in *ret_len; NULL where path is not below. */
const char *bus_child_of(const char *parent, const char *path, size_t *ret_len);
