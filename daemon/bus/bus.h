/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bus.h - objects on D-Bus: their tables of members, their owners, answers to calls
 *
 * An object has one interface of ours beside the standard ones and belongs to one user or to
 * everyone. For other users it does not exist, and its signals go only to connections of its
 * user. Arguments have been checked against the signature in the table before a handler gets
 * them; their values are for the handler to check.
 */
#pragma once

#include "src/base/util.h"
#include "daemon/base/outcome.h"

#include <dbus/dbus.h>
#include <systemd/sd-event.h>

#define BUS_NAME "org.huddle"
#define BUS_ROOT "/org/huddle" /* has the ObjectManager */

enum {
        BUS_CALLS_MAX = 256,    /* unanswered calls */
        BUS_CALLS_UID_MAX = 32, /* of one user */
        /* bytes of the arguments of a call: of most methods, and of any */
        BUS_ARGUMENTS_MAX = 8 * 1024,
        BUS_ARGUMENTS_LARGE = 1024 * 1024 + 1024,
};

enum { BUS_EVERYONE = UINT32_MAX }; /* as an owner; no user has this uid */

typedef struct Bus Bus;
typedef struct BusObject BusObject;
typedef struct BusCall BusCall;

typedef struct BusMethod {
        const char *name;
        const char *in;
        const char *out;
        /* answers the call exactly once, now or later, with bus_return… or bus_fail… */
        void (*handle)(BusCall *call, void *data);
} BusMethod;

typedef enum BusAnnounce {
        BUS_ANNOUNCED,  /* PropertiesChanged carries the new value */
        BUS_PER_CALLER, /* differs from user to user: announced by bus_object_changed_for */
        BUS_SILENT,     /* changes too often, or never */
} BusAnnounce;

typedef struct BusProperty {
        const char *name;
        const char *type;
        /* appends the value; false: no memory */
        bool (*get)(DBusMessageIter *to, void *data, uint32_t uid);
        BusAnnounce announce;
} BusProperty;

typedef struct BusSignal {
        const char *name;
        const char *args;
} BusSignal;

typedef struct BusInterface {
        const char *name;
        const char *xml;               /* the document that defines it */
        const BusMethod *methods;      /* all three end with a NULL name */
        const BusProperty *properties; /* at most 32 */
        const BusSignal *signals;      /* NULL: it has none */
        /* the method that takes BUS_ARGUMENTS_LARGE bytes, and answers at once; or NULL */
        const char *large_method;
} BusInterface;

/* An object that exists only during a call to it. */
typedef struct BusTransient {
        const BusInterface *interface;
        void *data;
        void (*free)(void *data);
} BusTransient;
/* 0 and *ret filled, positive: there is none, or -errno. Its methods must answer at once. */
typedef int (*BusFinder)(void *userdata, const char *path, uint32_t uid, BusTransient *ret);

enum { _BUS_E_SUCCESS, BUS_E_NO_BUS, BUS_E_NAME_REFUSED };

/* Connects; this may block, before the loop runs. When the connection is lost, the loop exits with
 * -ENOTCONN. */
int bus_new(Bus **ret, sd_event *event, DBusBusType type);
/* Drops open calls: first free everything that holds one. */
Bus *bus_free(Bus *b);
DEFINE_CLEANUP(Bus *, bus_free);
/* Requests the name, after which calls come. Blocks like bus_new. BUS_E_NAME_REFUSED: another
 * program owns the name, or the policy forbids it. */
int bus_own_name(Bus *b);
/* For the end of the service: objects that are freed from now on are not announced as removed.
 * Followers of one see that the name has no owner, and find the object again when it has
 * one. */
void bus_end_announcing(Bus *b);
void bus_set_finder(Bus *b, BusFinder finder, void *userdata);

/* Two users may have different objects at one path. InterfacesAdded follows in the next turn of the
 * loop. */
int bus_object_new(BusObject **ret, Bus *b, const char *path, const BusInterface *interface,
                   uint32_t owner, void *data);
BusObject *bus_object_free(BusObject *o); /* with InterfacesRemoved */
DEFINE_CLEANUP(BusObject *, bus_object_free);
const char *bus_object_path(const BusObject *o);
/* Something may have changed: properties that differ from what was sent last are announced in the
 * next turn of the loop. */
void bus_object_changed(BusObject *o);
/* Announces to one user the properties that differ from user to user. */
void bus_object_changed_for(BusObject *o, uint32_t uid);
/* The same to each user that has called. */
void bus_object_changed_for_all(BusObject *o);

/* Sends a signal of the interface to one user. The values are as for dbus_message_append_args and
 * must have the types of the table. A failure is logged. */
void bus_object_emit(BusObject *o, uint32_t uid, const char *signal, int first_type, ...);

uint32_t bus_call_uid(const BusCall *call);
/* The arguments, for dbus_message_get_args or an iterator; types are as in the table. */
DBusMessage *bus_call_message(BusCall *call);

/* Calls gone once when the program that calls has left the bus, unless it is freed before. It may
 * be freed from within. Free it before the bus. */
typedef struct BusFollow BusFollow;
int bus_follow(BusFollow **ret, BusCall *call, void (*gone)(void *userdata), void *userdata);
BusFollow *bus_follow_free(BusFollow *f);

/* Each answers the call, which is gone afterwards. */
void bus_return(BusCall *call, int first_type,
                ...); /* as dbus_message_append_args; DBUS_TYPE_INVALID: no value */
void bus_return_built(BusCall *call, bool (*build)(DBusMessageIter *to, void *userdata),
                      void *userdata);
void bus_fail(BusCall *call, Outcome outcome);
/* With another message than the usual one. Never format what a stranger wrote. */
void bus_fail_with(BusCall *call, Outcome outcome, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
/* -errno: no memory, or an error for the journal. */
void bus_fail_errno(BusCall *call, int r);
/* 0: no value. An Outcome or -errno: as the two above. */
void bus_return_outcome(BusCall *call, int r);

/* One entry of an a{sv} argument that a method knows. */
typedef struct BusOption {
        const char *name;
        int type; /* DBUS_TYPE_… */
        void *to; /* where dbus_message_iter_get_basic writes */
} BusOption;
/* Reads the a{sv} at *from. 0, or the number (from 1) of the entry that is unknown, repeated or of
 * a wrong type. */
unsigned bus_read_options(DBusMessageIter *from, const BusOption *known, size_t n_known);

/* Writing values; false: no memory. */
bool bus_close(bool ok, DBusMessageIter *outer,
               DBusMessageIter *inner); /* a container; not ok: gives it up */
bool bus_append_string(DBusMessageIter *to, const char *text);                      /* s */
bool bus_append_strings(DBusMessageIter *to, const char *const *strings, size_t n); /* as */
bool bus_append_entry(DBusMessageIter *dict, const char *key, const char *type,
                      const void *value); /* {sv} */
