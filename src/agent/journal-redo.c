/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

typedef struct Redo {
        Journal *j;
        int64_t key;
        const Bytes32 *card; /* NULL: all cards */
} Redo;

/* Runs a query whose last two parameters are the exchange and the card. */
static int redo_run(const Redo *r, const char *sql)
{
        static const Bytes32 none;
        const Bytes32 *only = r->card ? r->card : &none;

        return query_run(r->j->sql, sql, "iib", r->key, (int64_t)!r->card, only->b, sizeof only->b);
}

#define SQL_OF_REDO " exchange = ?1 AND (?2 OR card = ?3)"

/* Whether there is something to put in again. */
static int redo_check(const Redo *r)
{
        static const Bytes32 none;
        const Bytes32 *only = r->card ? r->card : &none;
        _cleanup_query_ Query q = {0};
        int e = query_first(&q, r->j->sql,
                            "SELECT count(*), count(*) FILTER (WHERE state " SQL_IS_UNDONE
                            " AND NOT moving) FROM step WHERE" SQL_OF_REDO,
                            "iib", r->key, (int64_t)!r->card, only->b, sizeof only->b);

        if (e != 0)
                return e;
        if (query_int(&q, 0) == 0)
                return JOURNAL_E_NONE;
        return query_int(&q, 1) == 0 ? (int)JOURNAL_E_STANDS : 0;
}

/* What is still being taken out is put in again behind that. A step without its card (of a version
 * that did not keep it) goes, so that the card is taken from huddled once more. The exchange as a
 * whole is not undone any more; of its cards, those that stay out are. */
static int redo_begin(const Redo *r)
{
        static const char *const updates[] = {
                "UPDATE step SET moving = 1 WHERE state = " SQL_UNDOING
                " AND vcard NOT NULL AND" SQL_OF_REDO,
                "DELETE FROM step WHERE state = " SQL_UNDONE " AND vcard IS NULL AND" SQL_OF_REDO,
                "UPDATE step SET state = " SQL_WANTED ", tries = 0, moving = 0, created = 0,"
                " kept = 0, target = NULL, entry = NULL, apart = NULL, apart_from = NULL,"
                " apart_id = NULL, evidence = 0 WHERE state = " SQL_UNDONE " AND" SQL_OF_REDO,
        };
        int e = 0;

        for (size_t i = 0; i < ARRAY_LEN(updates) && e == 0; i++)
                e = redo_run(r, updates[i]);
        return e != 0 ? e
                      : query_run(r->j->sql,
                                  "UPDATE exchange SET undone = 0, cards = 0 WHERE key = ?", "i",
                                  r->key);
}

int journal_redo(Journal *j, const char *path, const Bytes32 *card, uint64_t *ret_key)
{
        bool undone;
        int r = journal_find_exchange(j, path, ret_key, &undone);
        Redo redo = {.j = j, .key = (int64_t)*ret_key, .card = card};

        if (r == 0)
                r = redo_check(&redo);
        if (r == 0)
                r = journal_begin(j);
        return r == 0 ? journal_end(j, redo_begin(&redo)) : r;
}

int journal_count_redo(Journal *j, uint64_t key, const Bytes32 *card, unsigned *ret_waiting,
                       unsigned *ret_done)
{
        static const Bytes32 none;
        const Bytes32 *only = card ? card : &none;
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, j->sql,
                            "SELECT count(*) FILTER (WHERE state " SQL_IS_OPEN "),"
                            " count(*) FILTER (WHERE state = " SQL_DONE ")"
                            " FROM step WHERE" SQL_OF_REDO,
                            "iib", (int64_t)key, (int64_t)!card, only->b, sizeof only->b);

        if (r != 0)
                return r;
        *ret_waiting = (unsigned)query_int(&q, 0);
        *ret_done = (unsigned)query_int(&q, 1);
        return 0;
}
