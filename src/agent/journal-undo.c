/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

#include <assert.h>

int journal_find_exchange(Journal *j, const char *path, uint64_t *ret_key, bool *ret_undone)
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
        int r = journal_find_exchange(j, path, ret_key, &undone);

        if (r != 0)
                return r;
        if (undone)
                return JOURNAL_E_UNDONE;
        r = journal_begin(j);
        if (r < 0)
                return r;
        r = undo_run_for(j, "UPDATE exchange SET undone = 1 WHERE key = ?", (int64_t)*ret_key);
        if (r == 0)
                r = undo_run_for(j, "UPDATE step SET moving = 0 WHERE exchange = ?",
                                 (int64_t)*ret_key);
        if (r == 0)
                r = undo_run_for(j,
                                 "UPDATE step SET state = " SQL_UNDONE " WHERE state = " SQL_WANTED
                                 " AND exchange = ?",
                                 (int64_t)*ret_key);
        if (r == 0)
                r = undo_run_for(j,
                                 "UPDATE step SET state = " SQL_UNDOING ", tries = 0"
                                 " WHERE state " SQL_COUNTS " AND exchange = ?",
                                 (int64_t)*ret_key);
        return journal_end(j, r);
}

/* Steps of this card that are not undone yet. */
static int undo_count_card(Journal *j, uint64_t key, const Bytes32 *card)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, j->sql,
                "SELECT count(*), count(*) FILTER (WHERE moving OR NOT state " SQL_IS_UNDONE ")"
                " FROM step WHERE exchange = ? AND card = ?",
                "ib", (int64_t)key, card->b, sizeof card->b);

        if (r != 0)
                return r;
        if (query_int(&q, 0) == 0)
                return JOURNAL_E_NONE;
        return query_int(&q, 1) == 0 ? (int)JOURNAL_E_UNDONE : 0;
}

static int undo_run_for_card(Journal *j, const char *sql, uint64_t key, const Bytes32 *card)
{
        return query_run(j->sql, sql, "ib", (int64_t)key, card->b, sizeof card->b);
}

int journal_undo_card(Journal *j, const char *path, const Bytes32 *card, uint64_t *ret_key)
{
        bool undone;
        int r = journal_find_exchange(j, path, ret_key, &undone);

        if (r == 0)
                r = undone ? (int)JOURNAL_E_UNDONE : undo_count_card(j, *ret_key, card);
        if (r == 0)
                r = journal_begin(j);
        if (r != 0)
                return r;
        r = undo_run_for_card(j, "UPDATE step SET moving = 0 WHERE exchange = ? AND card = ?",
                              *ret_key, card);
        if (r == 0)
                r = undo_run_for_card(j,
                                      "UPDATE step SET state = " SQL_UNDONE
                                      " WHERE state = " SQL_WANTED " AND exchange = ? AND card = ?",
                                      *ret_key, card);
        if (r == 0)
                r = undo_run_for_card(j,
                                      "UPDATE step SET state = " SQL_UNDOING ", tries = 0"
                                      " WHERE state " SQL_COUNTS " AND exchange = ? AND card = ?",
                                      *ret_key, card);
        return journal_end(j, r);
}

/* clang-format off */
/* The step that takes a piece over when its own step is undone, or NULL: the first other one that
 * would have added the same. */
#define SQL_HEIR(p)                                                                                \
        "(SELECT c.step FROM step s JOIN step o ON o.sink = s.sink AND o.target = s.target"        \
        " JOIN piece c ON c.step = o.id WHERE s.id = " p ".step AND o.id <> s.id"                  \
        " AND o.state " SQL_COUNTS " AND NOT c.own AND c.name = " p ".name AND c.key = " p ".key"  \
        " AND c.within = " p ".within ORDER BY c.rowid LIMIT 1)"
#define SQL_P_HEIR SQL_HEIR("p")
#define SQL_V_HEIR SQL_HEIR("v")
#define SQL_IS_LABEL(p) "(" p ".grp <> '' AND " p ".name IN ('X-ABLABEL', 'X-ABADR'))"
#define SQL_P_IS_LABEL SQL_IS_LABEL("p")
#define SQL_V_IS_LABEL SQL_IS_LABEL("v")
/* A label goes to the heir of a value v in its group, or to the step that owns one by now. */
#define SQL_P_LABEL_HEIR                                                                           \
        "coalesce((SELECT " SQL_V_HEIR " FROM piece v WHERE v.step = p.step AND v.own"             \
        " AND v.grp = p.grp AND " SQL_V_HEIR " NOT NULL ORDER BY v.rowid LIMIT 1),"                \
        " (SELECT v.step FROM step s JOIN step o ON o.sink = s.sink AND o.target = s.target"       \
        " JOIN piece v ON v.step = o.id WHERE s.id = p.step AND o.id <> s.id"                      \
        " AND o.state " SQL_COUNTS " AND v.own AND v.grp = p.grp AND NOT " SQL_V_IS_LABEL          \
        " ORDER BY v.rowid LIMIT 1))"
/* clang-format on */

static int undo_read_pieces(Query *q, Pieces *to)
{
        int r;

        while ((r = query_step(q)) > 0) {
                Piece piece = {.within = query_int(q, 5)};
                char **texts[] = {&piece.name, &piece.text, &piece.key, &piece.head, &piece.group};

                for (int i = 0; i < (int)ARRAY_LEN(texts); i++)
                        *texts[i] = (char *)(uintptr_t)query_borrow_text(q, i);
                r = pieces_add(to, &piece);
                if (r < 0)
                        return r;
        }
        return r;
}

int journal_ours(Journal *j, const char *sink, const Step *s, Pieces *ret)
{
        _cleanup_(pieces_done) Pieces ours = {0};
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, j->sql,
                            "SELECT p.name, p.text, p.key, p.head, p.grp, p.within FROM piece p"
                            " JOIN step o ON o.id = p.step"
                            " WHERE o.sink = ? AND o.target = ? AND p.own ORDER BY p.rowid",
                            "tt", sink, s->target);

        if (r == 0)
                r = undo_read_pieces(&q, &ours);
        if (r < 0)
                return r;
        *ret = ours;
        ours = (Pieces){0};
        return 0;
}

int journal_pieces(Journal *j, const Step *s, Pieces *ret)
{
        _cleanup_(pieces_done) Pieces pieces = {0};
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, j->sql,
                "SELECT name, text, key, head, grp, within FROM piece p WHERE step = ? AND own"
                " AND " SQL_P_HEIR " IS NULL"
                " AND NOT (" SQL_P_IS_LABEL " AND " SQL_P_LABEL_HEIR " NOT NULL)"
                " ORDER BY rowid",
                "i", s->id);

        if (r == 0)
                r = undo_read_pieces(&q, &pieces);
        if (r < 0)
                return r;
        *ret = pieces;
        pieces = (Pieces){0};
        return 0;
}

/* Hands what other steps would have added too to the first of them, labels before the values that
 * they belong to. Those steps need not claim it any more. */
static int undo_hand_on_pieces(Journal *j, const Step *s)
{
        static const char *const updates[] = {
                "UPDATE piece AS p SET step = " SQL_P_LABEL_HEIR " WHERE step = ? AND own"
                " AND " SQL_P_IS_LABEL " AND " SQL_P_LABEL_HEIR " NOT NULL",
                "UPDATE piece AS p SET step = " SQL_P_HEIR " WHERE step = ? AND own"
                " AND " SQL_P_HEIR " NOT NULL",
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(updates) && r == 0; i++)
                r = undo_run_for(j, updates[i], s->id);
        return r == 0 ? undo_run_for(j,
                                     "DELETE FROM piece AS c WHERE NOT own AND step IN"
                                     " (SELECT o.id FROM step s JOIN step o ON o.sink = s.sink"
                                     " AND o.target = s.target AND o.id <> s.id WHERE s.id = ?)"
                                     " AND EXISTS (SELECT 1 FROM piece p WHERE p.step = c.step"
                                     " AND p.own AND p.name = c.name AND p.key = c.key"
                                     " AND p.within = c.within)",
                                     s->id)
                      : r;
}

/* If this step created the entry, the next step with it takes over the entry and its names. */
static int undo_hand_on(Journal *j, const char *sink, const Step *s)
{
        int r = undo_hand_on_pieces(j, s);

        if (r < 0 || !s->created || !s->shared)
                return r;
        r = query_run(j->sql,
                      "UPDATE piece SET step = (SELECT min(id) FROM step"
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

/* An undoing step whose entry has been written is finished by the next start, too. */
int journal_finish_undo(Journal *j, const char *sink, const Step *s, bool kept)
{
        int r;

        assert(s->state == STEP_UNDOING);
        r = journal_begin_lazy(j);
        if (r < 0)
                return r;
        r = undo_hand_on(j, sink, s);
        if (r == 0)
                r = undo_run_for(j, "DELETE FROM piece WHERE step = ?", s->id);
        if (r == 0)
                r = query_run(j->sql,
                              "UPDATE step SET state = " SQL_UNDONE
                              ", kept = ? WHERE id = ? AND NOT moving",
                              "ii", (int64_t)kept, s->id);
        if (r == 0)
                r = undo_run_for(j,
                                 "UPDATE step SET state = " SQL_WANTED ", moving = 0, created = 0,"
                                 " target = NULL, entry = NULL WHERE id = ? AND moving",
                                 s->id);
        return journal_end_swept(j, r);
}

/* *ret: the cards that go with this one. Otherwise as journal_move. */
static int move_find(Journal *j, uint64_t key, const Bytes32 *card, const char *sink, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, j->sql,
                            "SELECT id, state " SQL_IS_UNDONE " AND NOT moving, vcard IS NULL"
                            " FROM step WHERE exchange = ? AND card = ? AND sink = ?",
                            "ibt", (int64_t)key, card->b, sizeof card->b, sink);

        if (r != 0)
                return r;
        *ret = query_int(&q, 0);
        if (query_int(&q, 1))
                return JOURNAL_E_UNDONE;
        return query_int(&q, 2) ? (int)JOURNAL_E_NONE : 0;
}

/* What no program has seen yet has nothing to be taken out. */
static int move_begin(Journal *j, int64_t step, const char *target)
{
        static const char chosen[] =
                "UPDATE step AS o SET wish = ?1, moving = (o.state " SQL_COUNTS "),"
                " state = CASE WHEN o.state " SQL_COUNTS " THEN " SQL_UNDOING
                " ELSE o.state END, tries = 0"
                " FROM step s WHERE s.id = ?2 AND o.sink = s.sink AND o.person = s.person"
                " AND (o.id = s.id OR o.target = s.target) AND o.vcard NOT NULL"
                " AND NOT o.state " SQL_IS_UNDONE;
        int r = query_run(j->sql, chosen, "ti", target, step);

        if (r < 0)
                return r;
        return query_run(j->sql,
                         "UPDATE step SET wish = ? WHERE id = ? AND state = " SQL_UNDOING
                         " AND moving",
                         "ti", target, step);
}

int journal_move(Journal *j, const char *path, const Bytes32 *card, const char *sink,
                 const char *target, uint64_t *ret_key)
{
        bool undone;
        int64_t step = 0;
        int r = journal_find_exchange(j, path, ret_key, &undone);

        if (r == 0)
                r = undone ? (int)JOURNAL_E_UNDONE : move_find(j, *ret_key, card, sink, &step);
        if (r == 0)
                r = journal_begin(j);
        return r == 0 ? journal_end(j, move_begin(j, step, target)) : r;
}

int journal_where(Journal *j, uint64_t key, const Bytes32 *card, const char *sink, Where *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, j->sql,
                            "SELECT state " SQL_IS_OPEN ", wish = '' OR wish = target FROM step"
                            " WHERE exchange = ? AND card = ? AND sink = ?",
                            "ibt", (int64_t)key, card->b, sizeof card->b, sink);

        if (r == 0)
                *ret = (Where){.open = query_int(&q, 0), .as_wished = query_int(&q, 1)};
        return r;
}

int journal_count_undo(Journal *j, uint64_t key, const Bytes32 *card, unsigned *ret_waiting,
                       unsigned *ret_undone, unsigned *ret_kept)
{
        static const Bytes32 none;
        const Bytes32 *only = card ? card : &none;
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, j->sql,
                            "SELECT count(*) FILTER (WHERE state = " SQL_UNDOING "),"
                            " count(*) FILTER (WHERE state = " SQL_UNDONE "),"
                            " count(*) FILTER (WHERE state = " SQL_UNDONE " AND kept)"
                            " FROM step WHERE exchange = ? AND (? OR card = ?)",
                            "iib", (int64_t)key, (int64_t)!card, only->b, sizeof only->b);

        if (r != 0)
                return r;
        *ret_waiting = (unsigned)query_int(&q, 0);
        *ret_undone = (unsigned)query_int(&q, 1);
        *ret_kept = (unsigned)query_int(&q, 2);
        return 0;
}
