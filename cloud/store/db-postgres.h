/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * db-postgres.h - db.h over PostgreSQL, inside a transaction
 *
 * What nobody asks the result of waits for the next round. A mark costs nothing where nothing is
 * written after it.
 */
#pragma once

#include "db.h"
#include "pg.h"

typedef struct PostgresDb {
        Db db;
        Pg *pg;                     /* the owner's */
        bool wrote, wrote_accounts; /* in this transaction */
        bool marked, saved;         /* there is a mark; there is a savepoint for it */
} PostgresDb;

extern const DbOps db_postgres_ops;

int db_postgres_mark(PostgresDb *db);
int db_postgres_unmark(PostgresDb *db);
int db_postgres_undo(PostgresDb *db);
