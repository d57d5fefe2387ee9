/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

#include <assert.h>

static int undo_find_exchange(Journal *j, const char *path, uint64_t *ret_key, bool *ret_undone)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, j->sql,
                "SELECT key, undone FROM exchange WHERE path = ? ORDER BY time_s DESC LIMIT 1", "t",
                path);

        if (r != 0)
                return r;
        *ret_key = (uint64_t)query_int(&q, 0);
        *ret_undone = query_int(&q, 1);
        return 0;
}

static int undo_run_for(Journal *j, const char *sql, int64_t id)
{
        return query_run(j->sql, sql, "i", id);
}

/* Steps that no program has seen yet are undone at once. */
int journal_undo(Journal *j, const char *path, uint64_t *ret_key)
{
        bool undone;
        int r = undo_find_exchange(j, path, ret_key, &undone);

        if (r != 0)
                return r;
        if (undone)
                return JOURNAL_E_UNDONE;
        r = journal_begin(j);
        if (r < 0)
                return r;
        r = undo_run_for(j, "UPDATE exchange SET undone = 1 WHERE key = ?", (int64_t)*ret_key);
        if (r == 0)
                r = undo_run_for(j,
                                 "UPDATE step SET state = " SQL_UNDONE ", vcard = NULL"
                                 " WHERE state = " SQL_WANTED " AND exchange = ?",
                                 (int64_t)*ret_key);
        if (r == 0)
                r = undo_run_for(j,
                                 "UPDATE step SET state = " SQL_UNDOING ", tries = 0"
                                 " WHERE state " SQL_COUNTS " AND exchange = ?",
                                 (int64_t)*ret_key);
        return journal_end(j, r);
}

static int undo_read_pieces(Query *q, Pieces *to)
{
        int r;

        while ((r = query_step(q)) > 0) {
                r = pieces_add(to, query_borrow_text(q, 0), query_borrow_text(q, 1),
                               query_borrow_text(q, 2), query_int(q, 3), false);
                if (r < 0)
                        return r;
        }
        return r;
}

int journal_pieces(Journal *j, const char *sink, const Step *s, Pieces *ret_remove,
                   Pieces *ret_ours)
{
        _cleanup_(pieces_done) Pieces pieces = {0}, ours = {0};
        _cleanup_query_ Query own = {0}, all = {0};
        int r = query_begin(
                &own, j->sql,
                "SELECT name, text, key, within FROM piece p WHERE step = ? AND own AND NOT EXISTS"
                " (SELECT 1 FROM piece c JOIN step o ON o.id = c.step"
                " WHERE o.sink = ? AND o.target = ? AND o.id <> p.step AND o.state " SQL_COUNTS
                " AND NOT c.own AND c.name = p.name AND c.key = p.key AND c.within = p.within)"
                " ORDER BY rowid",
                "itt", s->id, sink, s->target);

        if (r == 0)
                r = undo_read_pieces(&own, &pieces);
        if (r == 0)
                r = query_begin(&all, j->sql,
                                "SELECT p.name, p.text, p.key, p.within FROM piece p"
                                " JOIN step o ON o.id = p.step"
                                " WHERE o.sink = ? AND o.target = ? AND p.own ORDER BY p.rowid",
                                "tt", sink, s->target);
        if (r == 0)
                r = undo_read_pieces(&all, &ours);
        if (r < 0)
                return r;
        *ret_remove = pieces;
        *ret_ours = ours;
        pieces = ours = (Pieces){0};
        return 0;
}

/* Hands what is left of this step to the next step with that entry: values that step would have
 * added itself, and if this step created the entry, the entry and its names. */
static int undo_hand_on(Journal *j, const char *sink, const Step *s)
{
        int r = query_run(
                j->sql,
                "UPDATE piece SET own = 1 WHERE rowid IN (SELECT min(c.rowid) FROM piece c"
                " JOIN step o ON o.id = c.step JOIN piece p ON p.name = c.name AND p.key = c.key"
                " AND p.within = c.within WHERE p.step = ? AND p.own AND NOT c.own AND o.sink = ?"
                " AND o.target = ? AND o.id <> p.step AND o.state " SQL_COUNTS " GROUP BY p.rowid)",
                "itt", s->id, sink, s->target);

        if (r < 0 || !s->created || !s->shared)
                return r;
        r = query_run(j->sql,
                      "UPDATE OR IGNORE piece SET step = (SELECT min(id) FROM step"
                      " WHERE sink = ? AND target = ? AND id <> ? AND state " SQL_COUNTS ")"
                      " WHERE step = ? AND name IN ('N', 'FN')",
                      "ttii", sink, s->target, s->id, s->id);
        if (r == 0)
                r = query_run(j->sql,
                              "UPDATE step SET created = 1 WHERE id = (SELECT min(id) FROM step"
                              " WHERE sink = ? AND target = ? AND id <> ?"
                              " AND state " SQL_COUNTS ")",
                              "tti", sink, s->target, s->id);
        return r;
}

int journal_finish_undo(Journal *j, const char *sink, const Step *s, bool kept)
{
        int r;

        assert(s->state == STEP_UNDOING);
        r = journal_begin(j);
        if (r < 0)
                return r;
        r = undo_hand_on(j, sink, s);
        if (r == 0)
                r = undo_run_for(j, "DELETE FROM piece WHERE step = ?", s->id);
        if (r == 0)
                r = query_run(j->sql,
                              "UPDATE step SET state = " SQL_UNDONE
                              ", vcard = NULL, kept = ? WHERE id = ?",
                              "ii", (int64_t)kept, s->id);
        return journal_end(j, r);
}

int journal_count_undo(Journal *j, uint64_t key, unsigned *ret_waiting, unsigned *ret_undone,
                       unsigned *ret_kept)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, j->sql,
                            "SELECT count(*) FILTER (WHERE state = " SQL_UNDOING "),"
                            " count(*) FILTER (WHERE state = " SQL_UNDONE "),"
                            " count(*) FILTER (WHERE state = " SQL_UNDONE " AND kept)"
                            " FROM step WHERE exchange = ?",
                            "i", (int64_t)key);

        if (r != 0)
                return r;
        *ret_waiting = (unsigned)query_int(&q, 0);
        *ret_undone = (unsigned)query_int(&q, 1);
        *ret_kept = (unsigned)query_int(&q, 2);
        return 0;
}
