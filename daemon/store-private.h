/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-private.h - inside the terminal's store: statements; only store*.c include this */
#pragma once

#include "store.h"

#include <sqlite3.h>

struct DaemonStore {
        sqlite3 *db;
        sqlite3_stmt *put_card; /* kept: a large group's come all at once */
};

static inline void daemon_store_finalizep(sqlite3_stmt **q)
{
        (void)sqlite3_finalize(*q); /* repeats the error of the last step, which was looked at */
}
#define _cleanup_stmt_ _cleanup_(daemon_store_finalizep)

int daemon_store_exec(DaemonStore *s, const char *sql);
/* Prepares sql and binds one value a letter: i (int64_t), t (const char *, NULL allowed), b (const void *,
 * size_t; NULL allowed). Texts and blobs are borrowed until the statement is finalised. */
int daemon_store_query(DaemonStore *s, sqlite3_stmt **ret, const char *sql, const char *types, ...);
/* Runs a statement without rows to its end and takes it. */
int daemon_store_run(sqlite3_stmt *taken);
/* Steps to a row: 0, DAEMON_STORE_E_NOT_FOUND after the last, or negative errno. */
int daemon_store_row(sqlite3_stmt *q);
/* Copies a blob that must have exactly this length. */
int daemon_store_bytes(sqlite3_stmt *q, int i, void *ret, size_t len);
/* Copies a text into an array; one that does not fit (nor was ever written by us) is cut. */
void daemon_store_text(sqlite3_stmt *q, int i, char *ret, size_t size);
