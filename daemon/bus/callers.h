/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * callers.h - maps connections to users, and users to connections
 *
 * We ask the bus daemon once for each connection that calls; its messages wait for the answer.
 * A connection is remembered until it vanishes. Signals for one user go to the remembered
 * connections of that user. Every table is bounded, so that one user cannot use up the share of
 * another.
 */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>

enum {
        CALLERS_MAX = 256, /* each costs a match rule, of which the system bus grants 512 */
        /* of one user; beyond, the one that has been silent longest is forgotten */
        CALLERS_UID_MAX = 32,
        CALLERS_WAITING_MAX = 16, /* messages of one connection that wait for its uid */
        /* bytes of all waiting messages. libdbus reads no further when it holds 63 MB, and then the
         * answer with the uid could not come. */
        CALLERS_WAITING_BYTES = 16 * 1024 * 1024,
};

enum { _CALLERS_E_SUCCESS, CALLERS_E_FULL };

typedef struct Callers Callers;
typedef void (*CallersFunc)(void *userdata, DBusMessage *call, uint32_t uid);

/* Borrows the connection. admitted is called for each admitted message; messages of one sender keep
 * their order. */
int callers_new(Callers **ret, DBusConnection *connection, CallersFunc admitted, void *userdata);
Callers *callers_free(Callers *c);
DEFINE_CLEANUP(Callers *, callers_free);

/* Calls admitted, now or when the uid is known; never if the sender vanishes first. size: of the
 * arguments. */
int callers_admit(Callers *c, DBusMessage *call, size_t size);
/* To be given every signal that the connection receives. True: it was about a caller. */
bool callers_signal(Callers *c, DBusMessage *signal);
/* Sends a copy of the signal to each remembered connection of the user. */
int callers_send(Callers *c, uint32_t uid, DBusMessage *signal);
/* Calls func once for each user with a remembered connection. */
void callers_walk_users(const Callers *c, void (*func)(void *userdata, uint32_t uid),
                        void *userdata);
