/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * patience.h - connections that owe something, and what becomes of those that owe it for too long
 *
 * libmicrohttpd would count its time-out from the last byte, so that one byte now and then would
 * hold a connection for ever: it has none. All in one Patience have the same time, so they lie in
 * the order in which it ends, and beginning and ending one costs nothing.
 */
#pragma once

#include "src/base/util.h"

#include <stdint.h>
#include <systemd/sd-event.h>

typedef struct Patience Patience;

typedef struct Owing { /* in one Patience at a time; zero at first */
        int fd;
        bool fresh;        /* for the owner: nothing has come yet */
        uint64_t since_us; /* CLOCK_MONOTONIC */
        Patience *in;      /* NULL: owes nothing */
        struct Owing *previous, *next;
} Owing;

/* Shuts the connection down whose time is over. Borrows the event loop. */
int patience_new(Patience **ret, sd_event *event, const char *name, uint64_t ms);
Patience *patience_free(Patience *p); /* nothing owes any more */
DEFINE_CLEANUP(Patience *, patience_free);

/* Owes from now on, whatever it has owed before. */
void patience_begin(Patience *p, Owing *o);
void patience_end(Owing *o);
