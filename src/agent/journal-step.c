/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

#include <assert.h>
#include <string.h>

void step_done(Step *s)
{
        free(s->person);
        free(s->vcard);
        free(s->target);
        free(s->wish);
        *s = (Step){0};
}

static void step_move(Step *to, Step *from)
{
        *to = *from;
        *from = (Step){0};
}

static int step_read(const Query *q, Step *ret)
{
        _cleanup_(step_done) Step s = {
                .id = query_int(q, 0),
                .exchange = (uint64_t)query_int(q, 1),
                .state = (StepState)query_int(q, 2),
                .created = query_int(q, 6),
                .shared = query_int(q, 7),
                .occasion = {.time_s = (uint64_t)query_int(q, 8),
                             .people = (unsigned)query_int(q, 9)},
        };
        int r = query_copy_text(q, 3, &s.person);

        if (r == 0)
                r = query_copy_text(q, 4, &s.vcard);
        if (r == 0)
                r = query_copy_text(q, 5, &s.target);
        if (r == 0)
                r = query_copy_text(q, 12, &s.wish);
        if (r < 0)
                return r;
        query_text(q, 10, s.level, sizeof s.level);
        query_text(q, 11, s.place, sizeof s.place);
        step_move(ret, &s);
        ret->occasion.level = ret->level;
        ret->occasion.place = ret->place;
        return 0;
}

int journal_next(Journal *j, const char *sink, Step *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, j->sql,
                "SELECT s.id, s.exchange, s.state, s.person, s.vcard, s.target, s.created,"
                " EXISTS (SELECT 1 FROM step o WHERE o.sink = s.sink AND o.target = s.target"
                " AND o.id <> s.id AND o.state " SQL_COUNTS "),"
                " x.time_s, x.people, x.level, x.place, s.wish"
                " FROM step s JOIN exchange x ON x.key = s.exchange"
                " WHERE s.sink = ? AND s.state " SQL_IS_OPEN
                " ORDER BY s.tries, s.state <> " SQL_UNDOING ", s.id LIMIT 1",
                "t", sink);

        return r == 0 ? step_read(&q, ret) : r;
}

/* *ret: the step is not undone. */
static int step_plan(Journal *j, const Step *s, const Plan *p, bool *ret)
{
        int r = query_run(j->sql,
                          "UPDATE step SET state = " SQL_PLANNED ","
                          " target = ?, created = ?, apart = ?, apart_from = ?,"
                          " apart_id = ?, evidence = ?"
                          " WHERE id = ? AND state " SQL_IS_NEW,
                          "titttii", p->target, (int64_t)p->created, p->apart, p->apart_from,
                          p->apart_id, (int64_t)p->evidence, s->id);

        *ret = r == 0 && sql_changes(j->sql) > 0;
        return r;
}

/* What a step adds is saved before any program sees it (journal_plan_pieces), and this with it. */
int journal_plan(Journal *j, Step *s, const Plan *p)
{
        _cleanup_free_ char *target = strdup(p->target);
        bool planned = false;
        int r = target ? journal_begin_lazy(j) : -ENOMEM;

        assert(s->state == STEP_WANTED || s->state == STEP_PLANNED);
        if (r == 0)
                r = journal_end(j, step_plan(j, s, p, &planned));
        if (r < 0)
                return r;
        if (!planned)
                return JOURNAL_E_UNDONE;
        free(s->target);
        s->target = TAKE_PTR(target);
        s->state = STEP_PLANNED;
        s->created = p->created;
        return 0;
}

/* Finds the piece in the journal again, also when a step is planned a second time. */
#define SQL_SAME_PIECE " step = ? AND name = ? AND key = ? AND within = ? AND nth = ?"

/* Which of the pieces with the same name and key this is. */
static int64_t step_nth(const Pieces *pieces, size_t i)
{
        const Piece *p = &pieces->list[i];
        int64_t n = 0;

        for (size_t k = 0; k < i; k++)
                n += pieces->list[k].within == p->within &&
                     strcmp(pieces->list[k].name, p->name) == 0 &&
                     strcmp(pieces->list[k].key, p->key) == 0;
        return n;
}

static int step_plan_own(Journal *j, const Step *s, const Pieces *pieces, size_t i)
{
        const Piece *p = &pieces->list[i];
        int64_t nth = step_nth(pieces, i);
        int r = query_run(j->sql,
                          "UPDATE piece SET own = 1, text = ?, head = ?, grp = ?"
                          " WHERE" SQL_SAME_PIECE,
                          "tttittii", p->text, p->head, p->group, s->id, p->name, p->key,
                          (int64_t)p->within, nth);

        if (r < 0 || sql_changes(j->sql) > 0)
                return r;
        return query_run(j->sql, "INSERT INTO piece VALUES (?, ?, ?, ?, ?, ?, ?, ?, 1)", "itttitti",
                         s->id, p->name, p->text, p->key, nth, p->head, p->group,
                         (int64_t)p->within);
}

/* Records a value that was there before, but only if another step had added it. */
static int step_plan_present(Journal *j, const Step *s, const Pieces *pieces, size_t i)
{
        const Piece *p = &pieces->list[i];
        int64_t nth = step_nth(pieces, i);

        return query_run(
                j->sql,
                "INSERT INTO piece SELECT me.id, p.name, p.text, p.key, ?, '', '', p.within, 0"
                " FROM piece p JOIN step o ON o.id = p.step JOIN step me ON me.id = ?"
                " WHERE o.sink = me.sink AND o.target = ? AND o.id <> me.id AND o.state " SQL_COUNTS
                " AND p.own AND p.name = ? AND p.key = ? AND p.within = ?"
                " AND NOT EXISTS (SELECT 1 FROM piece WHERE" SQL_SAME_PIECE ") LIMIT 1",
                "iitttiittii", nth, s->id, s->target, p->name, p->key, (int64_t)p->within, s->id,
                p->name, p->key, (int64_t)p->within, nth);
}

int journal_plan_pieces(Journal *j, const Step *s, const Pieces *pieces)
{
        int r;

        assert(s->state == STEP_PLANNED && s->target);
        r = journal_begin(j);
        if (r < 0)
                return r;
        for (size_t i = 0; i < pieces->n && r == 0; i++)
                r = pieces->list[i].present ? step_plan_present(j, s, pieces, i)
                                            : step_plan_own(j, s, pieces, i);
        return journal_end(j, r);
}

/* A new entry belongs to the step as a whole. In other entries the sink may have rewritten what the
 * step added, so we update its text. */
static int step_note_stored(Journal *j, const Step *s, const Pieces *stored, size_t i)
{
        const Piece *p = &stored->list[i];

        if (s->created)
                return step_plan_own(j, s, stored, i);
        return query_run(j->sql,
                         "UPDATE piece SET text = ?, head = ?, grp = ?"
                         " WHERE own AND" SQL_SAME_PIECE,
                         "tttittii", p->text, p->head, p->group, s->id, p->name, p->key,
                         (int64_t) false, step_nth(stored, i));
}

/* A planned step whose entry has been written is finished by the next start, too. */
int journal_finish(Journal *j, const Step *s, const Pieces *stored, const char *name)
{
        int r;

        assert(s->state == STEP_PLANNED);
        r = journal_begin_lazy(j);
        if (r < 0)
                return r;
        if (name)
                r = query_run(j->sql, "UPDATE step SET entry = ? WHERE id = ?", "ti", name, s->id);
        for (size_t i = 0; i < stored->n && r == 0; i++)
                r = step_note_stored(j, s, stored, i);
        if (r == 0)
                r = query_run(j->sql,
                              "UPDATE step SET state = " SQL_DONE ", tries = 0"
                              " WHERE id = ? AND state = " SQL_PLANNED,
                              "i", s->id);
        return journal_end_swept(j, r);
}

int journal_restart(Journal *j, Step *s)
{
        int r;

        assert(s->state == STEP_PLANNED);
        r = journal_begin(j);
        if (r < 0)
                return r;
        r = query_run(j->sql, "DELETE FROM piece WHERE step = ?", "i", s->id);
        if (r == 0)
                r = query_run(j->sql,
                              "UPDATE step SET state = " SQL_WANTED ", target = NULL, created = 0"
                              " WHERE id = ? AND state = " SQL_PLANNED,
                              "i", s->id);
        r = journal_end(j, r);
        if (r == 0)
                s->state = STEP_WANTED;
        return r;
}

int journal_fail(Journal *j, const Step *s)
{
        return query_run(j->sql, "UPDATE step SET tries = tries + 1 WHERE id = ?", "i", s->id);
}

int journal_entry_of(Journal *j, const char *sink, const char *person, char **ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, j->sql,
                "SELECT target FROM step WHERE sink = ? AND person = ? AND state " SQL_COUNTS
                " ORDER BY id DESC LIMIT 1",
                "tt", sink, person);

        *ret = NULL;
        if (r == 0)
                r = query_row(&q);
        return r == 0 ? query_copy_text(&q, 0, ret) : MIN(r, 0);
}

int journal_is_of_other(Journal *j, const char *sink, const Step *s, const char *target, bool *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, j->sql,
                "SELECT 1 FROM step WHERE sink = ? AND target = ? AND exchange = ? AND id <> ?"
                " AND state " SQL_COUNTS,
                "ttii", sink, target, (int64_t)s->exchange, s->id);

        if (r >= 0)
                *ret = r == 0;
        return MIN(r, 0);
}

int journal_each_other(Journal *j, const char *sink, const Step *s, const char *target,
                       OtherFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, j->sql,
                            "SELECT DISTINCT coalesce(uid, ''), name FROM step WHERE sink = ?"
                            " AND target = ? AND person <> ? AND state " SQL_COUNTS,
                            "ttt", sink, target, s->person);

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func(userdata, query_borrow_text(&q, 0), query_borrow_text(&q, 1));
        return MIN(r, 0);
}
