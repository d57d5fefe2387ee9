/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pg.h - a connection to PostgreSQL: statements in rounds, and what becomes of it when it fails
 *
 * Statements are sent as they come and answered together at the end of a round: one round trip,
 * however many they are (libpq's pipeline mode). The loop waits for a round as it waits for a sync
 * of the disk, at most PG_ROUND_MS. Whatever fails ends the connection, and with it the
 * transaction: nobody has to know what state it is in. A thread of its own makes the next one,
 * which may take long (names, hosts that are silent); until it is there everything fails at once.
 */
#pragma once

#include "src/base/array.h"

#include <stdarg.h>

/* Times that SQL has, too: plain numbers. Each waits for the end of those before it. */
#define PG_IDLE_MS 2000      /* a transaction whose node does not go on is ended by the server */
#define PG_LOCK_MS 3000      /* for another node's batch */
#define PG_STATEMENT_MS 4500 /* the server gives up a statement */
#define PG_ROUND_MS 5000     /* for one round */
#define PG_FORSAKEN_MS 6000  /* nobody waits any more for a commit that waits for a standby */
#define PG_LOAD_MS 25000     /* for the whole working set, within the watchdog's 30 s */
#define PG_CONNECT_S 2       /* for each host */
_Static_assert(PG_IDLE_MS < PG_LOCK_MS && PG_LOCK_MS < PG_STATEMENT_MS &&
                       PG_STATEMENT_MS < PG_ROUND_MS && PG_ROUND_MS < PG_FORSAKEN_MS,
               "as above");

#define PG_DIGITS_OF(number) #number
#define PG_DIGITS(number) PG_DIGITS_OF(number)
#define PG_IDLE PG_DIGITS(PG_IDLE_MS)
#define PG_LOCK PG_DIGITS(PG_LOCK_MS)
#define PG_STATEMENT PG_DIGITS(PG_STATEMENT_MS)
#define PG_ROUND PG_DIGITS(PG_ROUND_MS)
#define PG_FORSAKEN PG_DIGITS(PG_FORSAKEN_MS)
#define PG_LOAD PG_DIGITS(PG_LOAD_MS)
#define PG_CONNECT PG_DIGITS(PG_CONNECT_S)

enum {
        PG_PATIENCE_MS = 100, /* for a connection that is being made, once in PG_PAUSE_MS */
        PG_PAUSE_MS = 1000,
        PG_AGAIN_MS = 100, /* after one that could not be made */
};

/* Of the server's advisory locks: all that connect hold it together, until their connection ends;
 * holding it alone (migrate.c) shows that nobody serves. */
#define PG_SERVING_LOCK "114787453069414"

typedef struct Pg Pg;

/* Values of one column of many rows: an array as PostgreSQL reads it. Starts zeroed. */
typedef struct PgArray {
        char type; /* as in pg_send */
        size_t n;
        ARRAY(uint8_t) bytes;
        bool failed; /* no memory */
} PgArray;

void pg_array_begin(PgArray *a, char type); /* keeps its memory */
void pg_array_done(PgArray *a);             /* wipes */
void pg_array_int(PgArray *a, int64_t value);
void pg_array_bytes(PgArray *a, const void *bytes, size_t size);

/* What a statement gave: a PGresult, whose values are binary. */
typedef struct PgRows {
        void *result;
        int n, row; /* row: the one that is looked at */
} PgRows;

void pg_rows_done(PgRows *rows);
bool pg_null(const PgRows *rows, int column);
int64_t pg_int(const PgRows *rows, int column);
size_t pg_size(const PgRows *rows, int column);
const uint8_t *pg_bytes(const PgRows *rows, int column);
int64_t pg_changed(const PgRows *rows); /* rows that the statement has changed */

/* conninfo: libpq's connection string or URI. 0, -EINVAL (and the reason, which has nothing of a
 * string in which a password may be), -EPERM: it has a password, which belongs into a file. */
int pg_check(const char *conninfo, char *ret_reason, size_t n);

/* The connection begins to be made. */
int pg_open(Pg **ret, const char *conninfo);
Pg *pg_close(Pg *p);
DEFINE_CLEANUP(Pg *, pg_close);

/* 0: connected. -ENOTCONN: not yet, or not again; waits for it at most that long, or by itself for
 * PG_PATIENCE_MS where it has not lately (wait_ms 0). *ret_number grows with each connection. */
int pg_connect(Pg *p, unsigned wait_ms, uint64_t *ret_number);
void pg_drop(Pg *p); /* ends the connection */
bool pg_connected(const Pg *p);

/* Sends a statement, whose text is a constant, or lives as long. One argument for each letter of
 * types: i int64_t, t text, b pointer and length of a blob, I, T, B a const PgArray * of those.
 * wanted: pg_round hands its rows out. */
int pg_send(Pg *p, bool wanted, const char *sql, const char *types, ...);
int pg_send_with(Pg *p, bool wanted, const char *sql, const char *types, va_list *ap);
/* The same with an array for each letter. */
int pg_send_arrays(Pg *p, bool wanted, const char *sql, const char *types, const PgArray *arrays);
/* For the rest of this transaction: all its rounds until PG_LOAD_MS from now, or each as usual. */
int pg_allow_long(Pg *p, bool long_rounds);
/* Ends the round: the rows of the wanted statements, in order, owned by the caller. Negative errno:
 * the connection is gone. */
int pg_round(Pg *p, PgRows *ret, size_t n);
/* Runs statements without arguments, outside a transaction or as one. */
int pg_run_script(Pg *p, const char *sql);
uint64_t pg_steps(const Pg *p); /* as in store.h */
