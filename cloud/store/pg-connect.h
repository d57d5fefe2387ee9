/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pg-connect.h - the making of a connection, in a thread of its own
 *
 * libpq waits for names, and for hosts that do not answer. The thread has a copy of the connection
 * string and one end of a pipe, and hands over what it has made.
 */
#pragma once

#include "src/base/util.h"

#include <libpq-fe.h>

typedef struct PgConnecting PgConnecting;

/* first: a constant, statements that are run over it before it is handed over; NULL: none. */
int pg_connecting_new(PgConnecting **ret, const char *conninfo, const char *first);
/* Waits for it at most that long. 0: it is done, and *ret is the caller's, connected and set up, or
 * NULL; -EAGAIN: not yet. */
int pg_connecting_wait(PgConnecting *c, unsigned wait_ms, PGconn **ret);
/* After that: why there is none, a line of libpq's. */
const char *pg_connecting_why(const PgConnecting *c);
/* Waits for the thread: up to PG_CONNECT_S for each host. */
PgConnecting *pg_connecting_free(PgConnecting *c);
