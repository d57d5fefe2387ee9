/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal-private.h - what journal.c, journal-step.c and journal-undo.c share */
#pragma once

#include "journal.h"

#include <sqlite3.h>

struct Journal {
        sqlite3 *db;
};

static inline void stmt_finalizep(sqlite3_stmt **q)
{
        (void)sqlite3_finalize(*q); /* tells once more what the step told */
}
#define _cleanup_stmt_ _cleanup_(stmt_finalizep)

int journal_exec(Journal *j, const char *sql);
/* Binds by the letters in types: i int64_t, t text, b Bytes32 *; they must live as long as the statement. */
int journal_query(Journal *j, sqlite3_stmt **ret, const char *sql, const char *types, ...);
/* One step of a statement that gives no rows; takes it. */
int journal_run(sqlite3_stmt *taken);
/* 0: a row, JOURNAL_E_NONE: no more. */
int journal_row(sqlite3_stmt *q);
/* A copy of a text; NULL where it is NULL. */
int journal_text(sqlite3_stmt *q, int i, char **ret);
/* Commits where r is 0, else rolls back; r, or what went wrong with that. */
int journal_finish_transaction(Journal *j, int r);
