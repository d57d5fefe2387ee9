/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal-private.h - what journal.c, journal-step.c and journal-undo.c share */
#pragma once

#include "journal.h"
#include "src/base/sql.h"

struct Journal {
        sqlite3 *db;
};

_Static_assert((int)JOURNAL_E_NONE == (int)SQL_E_NO_ROW, "what sql_row finds out is handed on");

/* A copy of a text; NULL where it is NULL. */
int journal_text(sqlite3_stmt *q, int i, char **ret);
