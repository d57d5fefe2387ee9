/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"

#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

/* entry.state is a StepState. A piece of a step that is done stands until it is undone; entry.vcard until it
 * is done. exchange.key is unsigned in C. */
static const char schema[] =
        "CREATE TABLE exchange (key INTEGER PRIMARY KEY, path TEXT NOT NULL, time_s INTEGER NOT NULL,"
        " people INTEGER NOT NULL, level TEXT NOT NULL, place TEXT NOT NULL, cards INTEGER NOT NULL DEFAULT "
        "0,"
        " sinks TEXT NOT NULL DEFAULT '', undone INTEGER NOT NULL DEFAULT 0);"
        "CREATE TABLE step (id INTEGER PRIMARY KEY, exchange INTEGER NOT NULL, sink TEXT NOT NULL,"
        " card BLOB NOT NULL, person TEXT NOT NULL, name TEXT NOT NULL, vcard TEXT,"
        " left_out INTEGER NOT NULL, state INTEGER NOT NULL, tries INTEGER NOT NULL DEFAULT 0, target TEXT,"
        " created INTEGER NOT NULL DEFAULT 0, kept INTEGER NOT NULL DEFAULT 0, apart TEXT, apart_from TEXT,"
        " UNIQUE (exchange, sink, card));"
        "CREATE INDEX step_next ON step (sink, state);"
        "CREATE INDEX step_target ON step (sink, target);"
        "CREATE INDEX step_person ON step (sink, person);"
        "CREATE TABLE piece (step INTEGER NOT NULL, name TEXT NOT NULL, text TEXT NOT NULL, key TEXT NOT "
        "NULL,"
        " within INTEGER NOT NULL, own INTEGER NOT NULL, UNIQUE (step, name, key, within));"
        "PRAGMA user_version = 1;";

static int sqlite_errno(int rc)
{
        switch (rc & 0xff) {
        case SQLITE_OK:
        case SQLITE_ROW:
        case SQLITE_DONE:
                return 0;
        case SQLITE_NOMEM:
                return -ENOMEM;
        case SQLITE_FULL:
                return -ENOSPC;
        case SQLITE_BUSY:
        case SQLITE_LOCKED:
                return -EBUSY;
        case SQLITE_PERM:
        case SQLITE_READONLY:
        case SQLITE_CANTOPEN:
                return -EACCES;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EBADMSG;
        default:
                return -EIO;
        }
}

int journal_exec(Journal *j, const char *sql)
{
        return sqlite_errno(sqlite3_exec(j->db, sql, NULL, NULL, NULL));
}

static int bind(sqlite3_stmt *q, int i, char type, va_list *ap)
{
        if (type == 'i')
                return sqlite3_bind_int64(q, i, va_arg(*ap, int64_t));
        if (type == 't')
                return sqlite3_bind_text(q, i, va_arg(*ap, const char *), -1, SQLITE_STATIC);
        return sqlite3_bind_blob(q, i, va_arg(*ap, const Bytes32 *), sizeof(Bytes32), SQLITE_STATIC);
}

int journal_query(Journal *j, sqlite3_stmt **ret, const char *sql, const char *types, ...)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int rc = sqlite3_prepare_v2(j->db, sql, -1, &q, NULL);
        va_list ap;

        va_start(ap, types);
        for (int i = 1; rc == SQLITE_OK && *types; i++)
                rc = bind(q, i, *types++, &ap);
        va_end(ap);
        if (rc != SQLITE_OK)
                return sqlite_errno(rc);
        *ret = TAKE_PTR(q);
        return 0;
}

int journal_run(sqlite3_stmt *taken)
{
        _cleanup_stmt_ sqlite3_stmt *q = taken;

        return sqlite_errno(sqlite3_step(q));
}

int journal_row(sqlite3_stmt *q)
{
        int rc = sqlite3_step(q);

        return rc == SQLITE_DONE ? JOURNAL_E_NONE : sqlite_errno(rc);
}

int journal_text(sqlite3_stmt *q, int i, char **ret)
{
        const unsigned char *text = sqlite3_column_text(q, i);

        *ret = text ? strdup((const char *)text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

int journal_begin(Journal *j)
{
        return journal_exec(j, "BEGIN IMMEDIATE");
}

int journal_end(Journal *j, bool well)
{
        int r = journal_exec(j, well ? "COMMIT" : "ROLLBACK");

        if (r < 0 && well)
                (void)journal_exec(j, "ROLLBACK"); /* the first failure is told */
        return r;
}

int journal_finish_transaction(Journal *j, int r)
{
        int ended = journal_end(j, r == 0);

        return r == 0 ? ended : r;
}

/* ---- opening ------------------------------------------------------------------------------------ */

/* The file is made by us, because SQLite would leave its mode to the umask; -wal follows the file's mode. */
static int make_file(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

        return fd < 0 || fchmod(fd, 0600) < 0 ? -errno : 0;
}

static int set_up(Journal *j)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = journal_exec(j, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL;"
                                "PRAGMA synchronous = FULL; PRAGMA secure_delete = ON;"
                                "PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;");

        if (r == 0)
                r = journal_begin(j); /* from now on it is ours alone */
        if (r == 0)
                r = journal_query(j, &q, "PRAGMA user_version", "");
        if (r == 0)
                r = journal_row(q);
        if (r < 0)
                return r == -EBUSY ? JOURNAL_E_IN_USE : r;
        if (sqlite3_column_int(q, 0) == 0)
                r = journal_exec(j, schema);
        else if (sqlite3_column_int(q, 0) != 1)
                r = JOURNAL_E_UNKNOWN;
        (void)sqlite3_reset(q);
        return journal_finish_transaction(j, r);
}

int journal_open(Journal **ret, const char *path)
{
        _cleanup_(journal_freep) Journal *j = calloc(1, sizeof *j);
        int r = j ? make_file(path) : -ENOMEM;

        if (r == 0)
                r = sqlite_errno(sqlite3_open_v2(path, &j->db, SQLITE_OPEN_READWRITE, NULL));
        if (r == 0)
                r = set_up(j);
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

/* ---- what is wanted ----------------------------------------------------------------------------- */

int journal_is_taken(Journal *j, const Meeting *m, const char *sinks, bool *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = journal_query(j, &q,
                              "SELECT undone OR (cards = ? AND sinks = ?) FROM exchange WHERE key = ?",
                              "iti", (int64_t)m->cards, sinks, (int64_t)m->key);

        if (r == 0)
                r = journal_row(q);
        if (r >= 0)
                *ret = r == 0 && sqlite3_column_int(q, 0);
        return MIN(r, 0);
}

static int want_exchange(Journal *j, const Meeting *m)
{
        sqlite3_stmt *q = NULL;
        int r = journal_query(j, &q,
                              "INSERT OR IGNORE INTO exchange (key, path, time_s, people, level, place)"
                              " VALUES (?, ?, ?, ?, ?, ?)",
                              "itiitt", (int64_t)m->key, m->path, (int64_t)m->time_s, (int64_t)m->people,
                              m->level, m->place);

        return r == 0 ? journal_run(q) : r;
}

int journal_want(Journal *j, const Meeting *m, const char *sink, const Wanted *w)
{
        sqlite3_stmt *q = NULL;
        int r = want_exchange(j, m);

        if (r == 0)
                r = journal_query(
                        j, &q,
                        "INSERT OR IGNORE INTO step (exchange, sink, card, person, name, vcard, left_out,"
                        " state) VALUES (?, ?, ?, ?, ?, ?, ?, 0)",
                        "itbttti", (int64_t)m->key, sink, w->card, w->person, w->name, w->vcard,
                        (int64_t)w->left_out);
        return r == 0 ? journal_run(q) : r;
}

int journal_take(Journal *j, const Meeting *m, const char *sinks)
{
        sqlite3_stmt *q = NULL;
        int r = want_exchange(j, m);

        if (r == 0)
                r = journal_query(j, &q, "UPDATE exchange SET cards = ?, sinks = ?, level = ? WHERE key = ?",
                                  "itti", (int64_t)m->cards, sinks, m->level, (int64_t)m->key);
        return r == 0 ? journal_run(q) : r;
}

/* ---- for people --------------------------------------------------------------------------------- */

int journal_counts(Journal *j, const char *sink, SinkCounts *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = journal_query(
                j, &q,
                "SELECT count(*) FILTER (WHERE state IN (0, 1, 3)), count(*) FILTER (WHERE state = 2)"
                " FROM step WHERE sink = ?",
                "t", sink);

        if (r == 0)
                r = journal_row(q);
        if (r == 0)
                *ret = (SinkCounts){(unsigned)sqlite3_column_int64(q, 0),
                                    (unsigned)sqlite3_column_int64(q, 1)};
        return r;
}

static const char *column(sqlite3_stmt *q, int i)
{
        const unsigned char *text = sqlite3_column_text(q, i);

        return text ? (const char *)text : "";
}

static const char *state_name(StepState state, bool created, bool kept)
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
        int r = journal_query(
                j, &q,
                "SELECT path, time_s, name, sink, state, created, kept, apart, apart_from, left_out"
                " FROM step JOIN exchange ON key = exchange ORDER BY time_s DESC, id DESC LIMIT ?",
                "i", (int64_t)max);

        while (r == 0 && (r = journal_row(q)) == 0) {
                Report report = {
                        .path = column(q, 0),
                        .time_s = (uint64_t)sqlite3_column_int64(q, 1),
                        .name = column(q, 2),
                        .sink = column(q, 3),
                        .state = state_name((StepState)sqlite3_column_int(q, 4), sqlite3_column_int(q, 5),
                                            sqlite3_column_int(q, 6)),
                        .apart = column(q, 7),
                        .apart_from = column(q, 8),
                        .left_out = (unsigned)sqlite3_column_int(q, 9),
                };

                r = func(userdata, &report);
        }
        return MIN(r, 0);
}
