/* SPDX-License-Identifier: GPL-2.0-or-later */
/* journal-private.h - what the files of the journal share */
#pragma once

#include "journal.h"
#include "src/base/sql.h"

struct Journal {
        Sql *sql;
        bool lazy;     /* the present transaction need not outlive a power cut by itself */
        bool unsynced; /* one that ended so may still be in memory only */
};

/* journal_begin for what is of no use to others until the next journal_begin has ended: the disk is
 * not waited for. A power cut takes the last of these back, never one before another. */
int journal_begin_lazy(Journal *j);

_Static_assert((int)JOURNAL_E_NONE == (int)SQL_E_NO_ROW, "what query_row finds is handed on");

/* The newest exchange with that path. JOURNAL_E_NONE. */
int journal_find_exchange(Journal *j, const char *path, uint64_t *ret_key, bool *ret_undone);

/* journal_end for a transaction that may bring steps of forgotten exchanges to rest: they go with
 * it, and no copy stays in the file. */
int journal_end_swept(Journal *j, int r);

/* StepState in the text of a query. */
#define SQL_WANTED "0"
#define SQL_PLANNED "1"
#define SQL_DONE "2"
#define SQL_UNDOING "3"
#define SQL_UNDONE "4"
_Static_assert(STEP_WANTED == 0 && STEP_PLANNED == 1 && STEP_DONE == 2 && STEP_UNDOING == 3 &&
                       STEP_UNDONE == 4,
               "the numbers above, which files on disk have too");
/* Steps with work left. */
#define SQL_IS_OPEN "IN (" SQL_WANTED ", " SQL_PLANNED ", " SQL_UNDOING ")"
/* Steps that have added something to their entry, or are about to. */
#define SQL_COUNTS "IN (" SQL_PLANNED ", " SQL_DONE ")"
/* Steps that somebody has undone, or is undoing. */
#define SQL_IS_UNDONE "IN (" SQL_UNDOING ", " SQL_UNDONE ")"
/* Steps that may still be planned anew. */
#define SQL_IS_NEW "IN (" SQL_WANTED ", " SQL_PLANNED ")"
