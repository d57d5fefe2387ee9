/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite.h - inside the SQLite store. Only store-sqlite*.c, migrate.c and the store's own
 * test include this. */
#pragma once

#include "db-sqlite.h"
#include "rows.h"

typedef struct SqliteStore {
        SetStore base; /* the set is NULL where the file is only looked at */
        SqliteDb db;
        char *path;
        bool alone; /* opened without room for the memory that processes share */
        /* What the set was read from: of the file, and of its groups; -1: it has to be read. */
        int64_t data_version, generation;
} SqliteStore;

static inline Sql *sqlite_of(Store *s)
{
        return ((SqliteStore *)s)->db.sql;
}

/* Numbers in the text of a query, which files on disk have too. */
#define SQL_GATHERING "1"
#define SQL_VAGUE_M "300"
#define SQL_STRIP_E7 "100000"
#define SQL_CARD_KEY "3"
#define SQL_GUEST "1"
#define SQL_REFUSED "3"
#define SQL_GUEST_MS "3600000"
_Static_assert(GROUP_GATHERING == 1, "the number above");

extern const SqlSchema store_sqlite_schema;
extern const SetEngine sqlite_set_engine;

/* As SetEngine.shrink. */
int sqlite_shrink(Store *s, bool *more);
