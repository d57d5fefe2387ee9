/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-private.h - inside the terminal's store: statements; only store*.c include this */
#pragma once

#include "store.h"
#include "src/base/sql.h"

struct DaemonStore {
        sqlite3 *db;
        sqlite3_stmt *put_card; /* kept: a large group's come all at once */
};

_Static_assert((int)DAEMON_STORE_E_NOT_FOUND == (int)SQL_E_NO_ROW,
               "what sql_row finds out is handed on");

/* Copies a blob that must have exactly this length. */
int daemon_store_bytes(sqlite3_stmt *q, int i, void *ret, size_t len);
/* Copies a text into an array; one that does not fit (nor was ever written by us) is cut. */
void daemon_store_text(sqlite3_stmt *q, int i, char *ret, size_t size);
