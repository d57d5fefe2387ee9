/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-postgres.h - inside the store over PostgreSQL. Only store-postgres*.c and
 * migrate.c include this. */
#pragma once

#include "db-postgres.h"
#include "rows.h"
#include "store-postgres-known.h"

/* Entries in the list of a batch's changes that are of no table. The first is a head: its b is the
 * mark of the batch, its a is 1 where accounts have changed. */
enum {
        CHANGE_HEAD = SET_TABLES,
        CHANGE_SPENT, /* the two halves of an id */
};

/* Batches whose changes are listed; a node that has missed more reads all. */
enum { CHANGES_KEPT = 4096, CHANGES_SWEPT = 64 };

typedef struct PostgresStore {
        SetStore base;
        PostgresDb db;
        Known *known;
        uint64_t number;    /* of the connection that the set was read over; 0: none */
        int64_t generation; /* of the set; -1: it has to be read */
        int64_t next;       /* of the open batch */
        int64_t mark;       /* by which its commit is known again */
        int64_t durable;    /* generation that the server cannot lose; -1: none is known */
} PostgresStore;

static inline Pg *pg_of(Store *s)
{
        return ((PostgresStore *)s)->db.pg;
}

extern const SetEngine postgres_set_engine;

/* Asks for the lists of what others have saved after a generation. */
int postgres_set_ask_changes(Store *s, int64_t since);
/* Reads into memory what they name, which must be of so many batches, and tells of it. 1: some are
 * not kept any more, and all has to be read; 0 or negative errno. */
int postgres_set_catch_up(Store *s, PgRows *lists, int64_t n_batches);
