/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sql.h - a SQLite file of one process: opening, statements, transactions
 *
 * For the daemon and the agent. The cloud, whose processes share a file and whose statements are
 * kept, has its own way (cloud/store/store-sqlite.h).
 */
#pragma once

#include "util.h"

#include <sqlite3.h>

/* Also what callers' own outcomes for it are. */
enum { _SQL_E_SUCCESS, SQL_E_NO_ROW };

static inline void sql_finalizep(sqlite3_stmt **q)
{
        (void)sqlite3_finalize(*q); /* repeats the error of the last step, which was looked at */
}
#define _cleanup_stmt_ _cleanup_(sql_finalizep)

/* A result code of SQLite as 0 or -errno: -EBUSY (another process has the file), -EBADMSG (it is
 * broken). */
int sql_errno(int rc);

/* Opens the file (":memory:": none), for its owner alone, made where there is none, and locks it
 * for as long as it is open. schemas[i] leads from version i to i + 1, n is the present one.
 * -EBUSY; -EPROTONOSUPPORT: of a later version. Close *ret with sqlite3_close. */
int sql_open(sqlite3 **ret, const char *path, const char *const *schemas, size_t n);

int sql_exec(sqlite3 *db, const char *sql);
/* Prepares sql and binds one value a letter: i (int64_t), t (const char *, NULL allowed), b (const
 * void *, size_t; NULL allowed). Texts and blobs are borrowed until the statement is finalised. */
int sql_query(sqlite3 *db, sqlite3_stmt **ret, const char *sql, const char *types, ...);
/* Runs a statement without rows to its end and takes it. */
int sql_run(sqlite3_stmt *taken);
/* Steps to a row: 0, SQL_E_NO_ROW after the last, or negative errno. */
int sql_row(sqlite3_stmt *q);

int sql_begin(sqlite3 *db);
/* Commits where r is 0, else rolls back. r, or why it could not be committed (it is rolled back
 * then). */
int sql_end(sqlite3 *db, int r);
