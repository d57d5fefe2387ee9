/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * world.h - a private bus with the real huddled on it, a real huddle-cloud, and connections of
 * several users
 *
 * Everything lives in one temporary directory. The programs are those of the build tree. What
 * goes wrong while setting it up fails the test.
 */
#pragma once

#include "tests/unit/test.h"

#include <dbus/dbus.h>
#include <stdbool.h>
#include <sys/types.h>

#define MANAGER "org.huddle.Manager1"
#define EXCHANGE "org.huddle.Exchange1"
#define PROPERTIES DBUS_INTERFACE_PROPERTIES
#define OBJECT_MANAGER "org.freedesktop.DBus.ObjectManager"

enum { ANSWER_MS = 20000 }; /* until what should come counts as not coming */

/* Users that every Debian has; only root may become them. */
enum { ALICE = 1 /* daemon */, BOB = 2 /* bin */, CAROL = 5 /* games */ };

typedef struct World {
        char dir[64];
        pid_t bus, cloud, huddled;
        int notify; /* a socket on which the services say that they are ready */
        char bus_address[128];
        char cloud_identity[256];
        unsigned cloud_port;
} World;

void world_new(World *w);
void world_free(World *w);
/* A free port, but nobody answers there. */
void world_cloud_down(World *w);
void world_cloud_up(World *w);
/* lines: of the [Cloud] section after Url=, or "". */
void world_huddled_up(World *w, const char *lines);
/* Ends it and returns its exit status. */
int world_huddled_down(World *w);
void world_huddled_kill(World *w);
/* Starts a second one, which must give up; returns its exit status. */
int world_second_huddled(World *w, const char *state);

/* A connection of this user; ends the test as skipped where we may not become them. */
DBusConnection *world_connect(World *w, uid_t uid);
void world_disconnect(DBusConnection *c);

/* ---- calls ---- */

/* Where NULL stands: "/org/huddle" and "org.huddle.Manager1". */
typedef struct Ask {
        const char *path, *interface, *member;
        const char *strings[2];
        bool with_options;
        const char *option; /* its name, type and value, of an a{sv} that follows the strings */
        int option_type;
        const void *option_value;
        int flag; /* a boolean argument: 1 false, 2 true */
} Ask;

/* The answer, or the error as a message; never NULL. */
DBusMessage *world_ask(DBusConnection *c, const Ask *ask);
/* Sends without waiting. */
DBusPendingCall *world_send(DBusConnection *c, const Ask *ask);
DBusMessage *world_answer(DBusPendingCall *p); /* waits; frees p */

/* Whether it is this error ("Busy" or a whole name; "" = none). */
bool is_error(DBusMessage *m, const char *error);
/* Asks, checks the error and that its message contains says (where not NULL). */
void expect(DBusConnection *c, const char *name, const Ask *ask, const char *error,
            const char *says);

/* A property of type s, b (as "true", "false"), u; into a static buffer. */
const char *property(DBusConnection *c, const char *path, const char *interface, const char *name);

/* Waits for a signal on this connection; interface and member as given, path where not NULL. */
DBusMessage *wait_signal(DBusConnection *c, const char *path, const char *interface,
                         const char *member);
/* Everything that has come is taken; calls func for each signal that is not of the bus itself. */
void drain(DBusConnection *c, void (*func)(void *userdata, DBusMessage *m), void *userdata);

/* ---- what most tests begin with ---- */

/* A call that should end in an error, or with "" should not. */
typedef struct Case {
        const char *name;
        Ask ask;
        const char *error;
        const char *says;
} Case;
void expect_all(DBusConnection *c, const Case *cases, size_t n);

int world_set_up(void **state); /* cmocka's: a World in *state */
int world_tear_down(void **state);
void world_all_up(World *w); /* cloud and huddled */

extern const char test_vcard[];      /* of Alice Liddell */
Ask register_as(const char *handle); /* with consent */
/* registered, with that card */
DBusConnection *world_person(World *w, uid_t uid, const char *handle);
char *start_exchange(DBusConnection *c, const char *code); /* its path, to be freed */
/* Until it has this value; each change is told by a signal. */
void wait_property(DBusConnection *c, const char *path, const char *interface, const char *name,
                   const char *value);
void wait_state(DBusConnection *c, const char *path, const char *state);
