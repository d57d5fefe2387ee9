/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

#include <string.h>

/* step.state is a StepState. A step keeps its pieces until it is undone. exchange.key
 * is unsigned in C. */
static const char schema_1[] =
        "CREATE TABLE exchange (key INTEGER PRIMARY KEY, path TEXT NOT NULL,"
        " time_s INTEGER NOT NULL, people INTEGER NOT NULL, level TEXT NOT NULL,"
        " place TEXT NOT NULL, cards INTEGER NOT NULL DEFAULT 0,"
        " sinks TEXT NOT NULL DEFAULT '', undone INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE step (id INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, sink TEXT NOT NULL,"
        " card BLOB NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, vcard TEXT,"
        " left_out INTEGER NOT NULL, state INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0,"
        " target TEXT, created INTEGER NOT NULL DEFAULT 0, kept INTEGER NOT NULL DEFAULT 0,"
        " apart TEXT, apart_from TEXT, UNIQUE (exchange, sink, card));"
        "CREATE INDEX step_next ON step (sink, state);"
        "CREATE INDEX step_target ON step (sink, target);"
        "CREATE INDEX step_person ON step (sink, person);"
        "CREATE TABLE piece (step INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,"
        " key TEXT NOT NULL, within INTEGER NOT NULL, own INTEGER NOT NULL,"
        " UNIQUE (step, name, key, within));";

/* A piece of a line has its head ("item1.TEL;TYPE=CELL:") and its group ("item1"). nth counts the
 * pieces of a step with the same name and key: a card may say a thing twice. */
static const char schema_2[] =
        "CREATE TABLE piece_2 (step INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL,"
        " key TEXT NOT NULL, nth INTEGER NOT NULL, head TEXT NOT NULL, grp TEXT NOT NULL,"
        " within INTEGER NOT NULL, own INTEGER NOT NULL);"
        "INSERT INTO piece_2 SELECT step, name, text, key, 0, '', '', within, own FROM piece"
        " ORDER BY rowid;"
        "DROP TABLE piece;"
        "ALTER TABLE piece_2 RENAME TO piece;"
        "CREATE INDEX piece_step ON piece (step, name, key);";

/* entry: the name of the entry that a done step has put its card into. */
static const char schema_3[] = "ALTER TABLE step ADD COLUMN entry TEXT;";

/* evidence: bits of Evidence. apart_id: the entry that the card was kept apart from. uid: of the
 * card. wish: the entry that the user has chosen; empty: one of its own. moving: once it is taken
 * out it goes there. From now on a step keeps its vcard, so that it can move or be redone. */
static const char schema_4[] = "ALTER TABLE step ADD COLUMN evidence INTEGER NOT NULL DEFAULT 0;"
                               "ALTER TABLE step ADD COLUMN apart_id TEXT;"
                               "ALTER TABLE step ADD COLUMN uid TEXT;"
                               "ALTER TABLE step ADD COLUMN wish TEXT;"
                               "ALTER TABLE step ADD COLUMN moving INTEGER NOT NULL DEFAULT 0;";

/* forgotten: it is not in the history any more. Its steps go as soon as they are at rest. */
static const char schema_5[] =
        "ALTER TABLE exchange ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;"
        "CREATE INDEX exchange_forgotten ON exchange (key) WHERE forgotten;"
        "CREATE INDEX step_exchange ON step (exchange);";

static const char *const steps[] = {schema_1, schema_2, schema_3, schema_4, schema_5};
static const SqlSchema journal_schema = {NULL, steps, ARRAY_LEN(steps)};

int journal_begin(Journal *j)
{
        return sql_begin(j->sql);
}

int journal_begin_lazy(Journal *j)
{
        int r = sql_exec(j->sql, "PRAGMA synchronous = NORMAL");

        if (r < 0)
                return r;
        j->lazy = true;
        r = sql_begin(j->sql);
        return r < 0 ? journal_end(j, r) : 0;
}

int journal_end(Journal *j, int r)
{
        int synced = 0;

        r = sql_end(j->sql, r);
        if (j->lazy)
                synced = sql_exec(j->sql, "PRAGMA synchronous = FULL");
        if (r == 0)
                j->unsynced = j->lazy;
        j->lazy = false;
        return r == 0 ? synced : r;
}

int journal_sync(Journal *j)
{
        int r = j->unsynced ? sql_exec(j->sql, "PRAGMA wal_checkpoint(PASSIVE)") : 0;

        if (r == 0)
                j->unsynced = false;
        return r;
}

int journal_open(Journal **ret, const char *path)
{
        _cleanup_(journal_freep) Journal *j = calloc(1, sizeof *j);
        int r = j ? sql_open(&j->sql, path, SQL_ALONE, &journal_schema) : -ENOMEM;

        if (r == -EBUSY)
                return JOURNAL_E_IN_USE;
        if (r == -EPROTONOSUPPORT)
                return JOURNAL_E_UNKNOWN;
        if (r == 0)
                *ret = TAKE_PTR(j);
        return r;
}

Journal *journal_free(Journal *j)
{
        if (j)
                (void)sql_close(j->sql);
        free(j);
        return NULL;
}

/* ---- what is wanted ------------------------------------------------------------------------- */

int journal_is_taken(Journal *j, const Meeting *m, const char *sinks, bool *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, j->sql,
                "SELECT undone OR (cards = ? AND sinks = ?) FROM exchange WHERE key = ?", "iti",
                (int64_t)m->cards, sinks, (int64_t)m->key);

        if (r >= 0)
                *ret = r == 0 && query_int(&q, 0);
        return MIN(r, 0);
}

static int journal_want_exchange(Journal *j, const Meeting *m)
{
        return query_run(j->sql,
                         "INSERT OR IGNORE INTO exchange (key, path, time_s, people, level, place)"
                         " VALUES (?, ?, ?, ?, ?, ?)",
                         "itiitt", (int64_t)m->key, m->path, (int64_t)m->time_s, (int64_t)m->people,
                         m->level, m->place);
}

int journal_want(Journal *j, const Meeting *m, const char *sink, const Wanted *w)
{
        int r = journal_want_exchange(j, m);

        if (r == 0)
                r = query_run(j->sql,
                              "INSERT OR IGNORE INTO step (exchange, sink, card, person, name,"
                              " vcard, left_out, uid, state)"
                              " SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, " SQL_WANTED
                              " WHERE NOT EXISTS (SELECT 1 FROM step WHERE exchange = ?1"
                              " AND card = ?3 AND state " SQL_IS_UNDONE " AND NOT moving)",
                              "itbtttit", (int64_t)m->key, sink, w->card->b, sizeof w->card->b,
                              w->person, w->name, w->vcard, (int64_t)w->left_out, w->uid);
        return r;
}

int journal_take(Journal *j, const Meeting *m, const char *sinks)
{
        int r = journal_want_exchange(j, m);

        if (r == 0)
                r = query_run(j->sql,
                              "UPDATE exchange SET cards = ?, sinks = ?, level = ? WHERE key = ?",
                              "itti", (int64_t)m->cards, sinks, m->level, (int64_t)m->key);
        return r;
}

/* ---- for people ----------------------------------------------------------------------------- */

int journal_counts(Journal *j, const char *sink, SinkCounts *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, j->sql,
                            "SELECT count(*) FILTER (WHERE state " SQL_IS_OPEN "),"
                            " count(*) FILTER (WHERE state = " SQL_DONE ")"
                            " FROM step WHERE sink = ?",
                            "t", sink);

        if (r == 0)
                *ret = (SinkCounts){(unsigned)query_int(&q, 0), (unsigned)query_int(&q, 1)};
        return r;
}

static const char *report_text(const Query *q, int i)
{
        const char *text = query_borrow_text(q, i);

        return text ? text : "";
}

static const char *report_state(StepState state, bool created, bool kept)
{
        switch (state) {
        case STEP_WANTED:
        case STEP_PLANNED:
        case STEP_UNDOING:
                return "waiting";
        case STEP_DONE:
                return created ? "added" : "merged";
        case STEP_UNDONE:
                return kept ? "kept" : "undone";
        }
        return "";
}

static Report report_read(const Query *q)
{
        return (Report){
                .path = report_text(q, 0),
                .time_s = (uint64_t)query_int(q, 1),
                .name = report_text(q, 2),
                .sink = report_text(q, 3),
                .state = report_state((StepState)query_int(q, 4), query_int(q, 5), query_int(q, 6)),
                .apart = report_text(q, 7),
                .apart_from = report_text(q, 8),
                .left_out = (unsigned)query_int(q, 9),
                .card = report_text(q, 10),
                .target = report_text(q, 11),
                .entry = report_text(q, 12),
                .apart_id = report_text(q, 13),
                .evidence = (unsigned)query_int(q, 14),
                .joined = query_int(q, 15),
        };
}

int journal_report(Journal *j, const char *path, unsigned max, ReportFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, j->sql,
                "SELECT path, time_s, name, sink, state, created, kept, apart, apart_from,"
                " left_out, lower(hex(card)), target, entry, apart_id, evidence,"
                " coalesce(wish, '') <> '' AND wish = target FROM step JOIN exchange"
                " ON key = exchange WHERE ?1 = '' OR key = (SELECT key FROM exchange"
                " WHERE path = ?1 ORDER BY time_s DESC LIMIT 1)"
                " ORDER BY time_s DESC, id DESC LIMIT ?2",
                "ti", path, (int64_t)max);

        while (r == 0 && (r = query_step(&q)) > 0) {
                Report report = report_read(&q);

                r = func(userdata, &report);
        }
        return MIN(r, 0);
}

int journal_tally(Journal *j, unsigned max, TallyFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, j->sql,
                            "SELECT path, count(*) FILTER (WHERE state = " SQL_DONE " AND created),"
                            " count(*) FILTER (WHERE state = " SQL_DONE " AND NOT created),"
                            " count(*) FILTER (WHERE state = " SQL_DONE " AND apart NOT NULL),"
                            " count(*) FILTER (WHERE state " SQL_IS_OPEN "),"
                            " count(*) FILTER (WHERE state = " SQL_UNDONE ")"
                            " FROM (SELECT key, path, time_s FROM exchange"
                            " ORDER BY time_s DESC, key LIMIT ?) JOIN step ON exchange = key"
                            " GROUP BY key ORDER BY time_s DESC, key",
                            "i", (int64_t)max);

        while (r == 0 && (r = query_step(&q)) > 0) {
                Tally tally = {.path = report_text(&q, 0),
                               .added = (uint32_t)query_int(&q, 1),
                               .merged = (uint32_t)query_int(&q, 2),
                               .apart = (uint32_t)query_int(&q, 3),
                               .waiting = (uint32_t)query_int(&q, 4),
                               .undone = (uint32_t)query_int(&q, 5)};

                r = func(userdata, &tally);
        }
        return MIN(r, 0);
}
