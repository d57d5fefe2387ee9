/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * callers.h - whose connection a message comes from, and which connections are a user's
 *
 * The bus daemon is asked once for each connection that calls; its messages wait until the
 * answer has come. A connection is remembered until it vanishes: signals meant for one user go
 * to the remembered ones of that user. All of it is bounded, so that a caller can fill nothing
 * but its own share.
 */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>

enum {
        CALLERS_MAX = 256, /* each costs a match rule, of which the system bus grants 512 */
        /* of one user; beyond, the one that was silent longest is forgotten */
        CALLERS_UID_MAX = 32,
        CALLERS_WAITING_MAX = 16, /* messages of one connection that wait for its uid */
};

enum { _CALLERS_E_SUCCESS, CALLERS_E_FULL };

typedef struct Callers Callers;
typedef void (*CallersFunc)(void *userdata, DBusMessage *call, uint32_t uid);

/* Borrows the connection. admitted is called for each admitted message, in the order of its
 * sender. */
int callers_new(Callers **ret, DBusConnection *connection, CallersFunc admitted, void *userdata);
Callers *callers_free(Callers *c);
DEFINE_CLEANUP(Callers *, callers_free);

/* Calls admitted, now or when the uid is known; never, where the sender vanishes before. */
int callers_admit(Callers *c, DBusMessage *call);
/* Looks at every signal that the connection receives; true where it was about a caller. */
bool callers_signal(Callers *c, DBusMessage *signal);
/* Sends a copy of the signal to each remembered connection of the user. */
int callers_send(Callers *c, uint32_t uid, DBusMessage *signal);
