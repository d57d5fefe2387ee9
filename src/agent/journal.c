/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

#include <string.h>

/* step.state is a StepState. A step keeps its pieces until it is undone, and its vcard until it is
 * done. exchange.key is unsigned in C. */
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

/* schemas[n] leads from version n of the file to n + 1. */
static const char *const schemas[] = {schema_1};

int journal_text(sqlite3_stmt *q, int i, char **ret)
{
        const unsigned char *text = sqlite3_column_text(q, i);

        *ret = text ? strdup((const char *)text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

int journal_begin(Journal *j)
{
        return sql_begin(j->db);
}

int journal_end(Journal *j, int r)
{
        return sql_end(j->db, r);
}

int journal_open(Journal **ret, const char *path)
{
        _cleanup_(journal_freep) Journal *j = calloc(1, sizeof *j);
        int r = j ? sql_open(&j->db, path, schemas, ARRAY_LEN(schemas)) : -ENOMEM;

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
                (void)sqlite3_close_v2(j->db);
        free(j);
        return NULL;
}

/* ---- what is wanted ------------------------------------------------------------------------- */

int journal_is_taken(Journal *j, const Meeting *m, const char *sinks, bool *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(j->db, &q,
                          "SELECT undone OR (cards = ? AND sinks = ?) FROM exchange WHERE key = ?",
                          "iti", (int64_t)m->cards, sinks, (int64_t)m->key);

        if (r == 0)
                r = sql_row(q);
        if (r >= 0)
                *ret = r == 0 && sqlite3_column_int(q, 0);
        return MIN(r, 0);
}

static int journal_want_exchange(Journal *j, const Meeting *m)
{
        sqlite3_stmt *q = NULL;
        int r = sql_query(j->db, &q,
                          "INSERT OR IGNORE INTO exchange (key, path, time_s, people, level, place)"
                          " VALUES (?, ?, ?, ?, ?, ?)",
                          "itiitt", (int64_t)m->key, m->path, (int64_t)m->time_s,
                          (int64_t)m->people, m->level, m->place);

        return r == 0 ? sql_run(q) : r;
}

int journal_want(Journal *j, const Meeting *m, const char *sink, const Wanted *w)
{
        sqlite3_stmt *q = NULL;
        int r = journal_want_exchange(j, m);

        if (r == 0)
                r = sql_query(j->db, &q,
                              "INSERT OR IGNORE INTO step (exchange, sink, card, person, name,"
                              " vcard, left_out, state)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?, " SQL_WANTED ")",
                              "itbttti", (int64_t)m->key, sink, w->card->b, sizeof w->card->b,
                              w->person, w->name, w->vcard, (int64_t)w->left_out);
        return r == 0 ? sql_run(q) : r;
}

int journal_take(Journal *j, const Meeting *m, const char *sinks)
{
        sqlite3_stmt *q = NULL;
        int r = journal_want_exchange(j, m);

        if (r == 0)
                r = sql_query(j->db, &q,
                              "UPDATE exchange SET cards = ?, sinks = ?, level = ? WHERE key = ?",
                              "itti", (int64_t)m->cards, sinks, m->level, (int64_t)m->key);
        return r == 0 ? sql_run(q) : r;
}

/* ---- for people ----------------------------------------------------------------------------- */

int journal_counts(Journal *j, const char *sink, SinkCounts *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(j->db, &q,
                          "SELECT count(*) FILTER (WHERE state " SQL_IS_OPEN "),"
                          " count(*) FILTER (WHERE state = " SQL_DONE ")"
                          " FROM step WHERE sink = ?",
                          "t", sink);

        if (r == 0)
                r = sql_row(q);
        if (r == 0)
                *ret = (SinkCounts){(unsigned)sqlite3_column_int64(q, 0),
                                    (unsigned)sqlite3_column_int64(q, 1)};
        return r;
}

static const char *report_text(sqlite3_stmt *q, int i)
{
        const unsigned char *text = sqlite3_column_text(q, i);

        return text ? (const char *)text : "";
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

int journal_report(Journal *j, unsigned max, ReportFunc func, void *userdata)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(
                j->db, &q,
                "SELECT path, time_s, name, sink, state, created, kept, apart, apart_from, left_out"
                " FROM step JOIN exchange ON key = exchange ORDER BY time_s DESC, id DESC LIMIT ?",
                "i", (int64_t)max);

        while (r == 0 && (r = sql_row(q)) == 0) {
                Report report = {
                        .path = report_text(q, 0),
                        .time_s = (uint64_t)sqlite3_column_int64(q, 1),
                        .name = report_text(q, 2),
                        .sink = report_text(q, 3),
                        .state = report_state((StepState)sqlite3_column_int(q, 4),
                                              sqlite3_column_int(q, 5), sqlite3_column_int(q, 6)),
                        .apart = report_text(q, 7),
                        .apart_from = report_text(q, 8),
                        .left_out = (unsigned)sqlite3_column_int(q, 9),
                };

                r = func(userdata, &report);
        }
        return MIN(r, 0);
}
