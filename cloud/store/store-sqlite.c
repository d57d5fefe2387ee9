/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-sqlite.c - the embedded store: opening, batches
 *
 * Groups and members are in the working set, and here in rows that are found by their number alone.
 * What else is looked up by a random value (a key, a record's number) has a narrow index beside its
 * table, because clustering whole rows on a random key is 10-16 times slower. WAL with
 * synchronous=FULL: a commit is one sync of the log. secure_delete overwrites what is deleted.
 */
#include "store-sqlite.h"

#include "src/base/sql-copy.h"

#include <assert.h>
#include <string.h>

/* ---- the working set and the file ---- */

static int sqlite_read_number(Store *s, const char *sql, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), sql, "");

        if (r == 0)
                *ret = query_int(&q, 0);
        return must(r);
}

/* Inside a batch, so that nobody else writes: reads again what another process has changed. */
static int sqlite_refresh(Store *store)
{
        SqliteStore *s = (SqliteStore *)store;
        int64_t version, generation;
        int r = sqlite_read_number(store, "PRAGMA data_version", &version);

        if (r < 0 || version == s->data_version)
                return r;
        r = sqlite_read_number(store, "SELECT generation FROM working_set", &generation);
        if (r == 0 && generation != s->generation) {
                s->generation = -1;
                r = working_set_reload(store);
        }
        if (r < 0)
                return r;
        s->generation = generation;
        s->data_version = version;
        return 0;
}

/* ---- batches ---- */

static void sqlite_rollback(Store *s)
{
        if (sqlite_of(s))
                sql_rollback(sqlite_of(s));
        working_set_undo(set_of(s));
}

/* Without a file since a probe could not open it again, every batch fails. */
static int sqlite_begin(Store *s)
{
        int r = sqlite_of(s) ? sql_begin(sqlite_of(s)) : -EIO;

        if (r == 0) {
                r = sqlite_refresh(s);
                if (r < 0)
                        sqlite_rollback(s);
        }
        return r;
}

static int sqlite_commit(Store *s)
{
        bool changed;
        int r = working_set_save(s, &changed);

        if (r == 0)
                r = sql_commit(sqlite_of(s));
        if (r < 0) {
                sqlite_rollback(s);
                return r;
        }
        working_set_kept(set_of(s));
        ((SqliteStore *)s)->generation += changed;
        return 0;
}

static int sqlite_mark(Store *s)
{
        working_set_mark(set_of(s));
        return sql_mark(sqlite_of(s));
}

static int sqlite_unmark(Store *s)
{
        return sql_unmark(sqlite_of(s));
}

static int sqlite_undo(Store *s)
{
        working_set_undo_to_mark(set_of(s));
        return sql_undo(sqlite_of(s));
}

static uint64_t sqlite_steps(Store *s)
{
        return working_set_steps(set_of(s)) + (sqlite_of(s) ? sql_steps(sqlite_of(s)) : 0);
}

static int sqlite_count_columns(Store *s, const char *sql, uint64_t *const *columns, size_t n)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), sql, "");

        for (size_t i = 0; r == 0 && i < n; i++)
                *columns[i] = (uint64_t)query_int(&q, (int)i);
        return must(r);
}

/* Where there is no set. */
static int sqlite_count_set(Store *s, StoreCounts *ret)
{
        uint64_t *const columns[] = {&ret->groups, &ret->gathering, &ret->members, &ret->messages};

        return sqlite_count_columns(s,
                                    "SELECT (SELECT count(*) FROM grp), (SELECT count(*) FROM grp"
                                    " WHERE phase = " SQL_GATHERING
                                    "), (SELECT count(*) FROM member),"
                                    " (SELECT count(*) FROM message)",
                                    columns, ARRAY_LEN(columns));
}

static int sqlite_count(Store *s, StoreCounts *ret)
{
        uint64_t *const columns[] = {&ret->accounts, &ret->confirmed, &ret->pieces,
                                     &ret->records,  &ret->bytes,     &ret->free_bytes};
        int r = sqlite_count_columns(
                s,
                "SELECT (SELECT count(*) FROM account), (SELECT count(*) FROM account"
                " WHERE confirmed), (SELECT count(*) FROM piece), (SELECT count(*) FROM record),"
                " page_count * page_size, freelist_count * page_size"
                " FROM pragma_page_count, pragma_page_size, pragma_freelist_count",
                columns, ARRAY_LEN(columns));

        if (r < 0 || !set_of(s))
                return r < 0 ? r : sqlite_count_set(s, ret);
        working_set_count(set_of(s), ret);
        return 0;
}

/* ---- opening ---- */

/* Sharing a file takes a file of memory beside it. On a full disk there may be no room for that;
 * one process alone can read without. */
static int sqlite_open_file(SqliteStore *s)
{
        int r = sql_open(&s->db.sql, s->path, SQL_SHARED, &store_sqlite_schema);

        s->alone = r == -EIO || r == -ENOSPC;
        if (s->alone && sql_open(&s->db.sql, s->path, SQL_ALONE, &store_sqlite_schema) == 0)
                return 0;
        return r;
}

static int sqlite_probe(Store *store)
{
        SqliteStore *s = (SqliteStore *)store;
        int r = 0;

        if (s->alone || !s->db.sql) {
                s->db.sql = sql_close(s->db.sql);
                s->data_version = -1; /* is of a connection */
                r = sqlite_open_file(s);
        }
        if (r < 0 || s->alone)
                return r < 0 ? r : -ENOSPC;
        r = sql_begin(s->db.sql);
        return r < 0 ? r
                     : sql_end(s->db.sql,
                               sql_rewrite_version(s->db.sql, store_sqlite_schema.version));
}

static Store *sqlite_free(Store *store)
{
        SqliteStore *s = (SqliteStore *)store;

        (void)working_set_free(s->base.set);
        (void)sql_close(s->db.sql);
        free(s->path);
        free(s);
        return NULL;
}

/* A question costs no round trip. */
static void sqlite_expect_account(Store *s, int64_t id)
{
}

static const StoreOps sqlite_ops = {
        .free = sqlite_free,
        .begin = sqlite_begin,
        .commit = sqlite_commit,
        .rollback = sqlite_rollback,
        .mark = sqlite_mark,
        .unmark = sqlite_unmark,
        .undo = sqlite_undo,
        .probe = sqlite_probe,
        .steps = sqlite_steps,
        .count = sqlite_count,
        .spent = rows_spent,
        .account_by_id = rows_account_by_id,
        .expect_account = sqlite_expect_account,
        .account_delete = rows_account_delete,
        .account_leaving = rows_account_leaving,
        STORE_ROWS_OPS,
        STORE_SET_OPS,
};

static int sqlite_open_reading(SqliteStore *s)
{
        return sql_open(&s->db.sql, s->path, SQL_READING, &store_sqlite_schema);
}

/* Where there is no room for a batch, or another's takes long, the set is read with the first. */
static int sqlite_open_set(SqliteStore *s)
{
        Store *store = &s->base.store;
        int r = working_set_new(&s->base.set, &sqlite_set_engine);

        if (r == 0)
                r = sqlite_begin(store);
        if (r == 0)
                sqlite_rollback(store);
        return r == -ENOMEM || r == -EBADMSG ? r : 0;
}

static int sqlite_open(Store **ret, const char *path, int (*open_file)(SqliteStore *),
                       int (*open_set)(SqliteStore *))
{
        _cleanup_(store_freep) Store *store = NULL;
        SqliteStore *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return -ENOMEM;
        /* Saves a lock for every allocation. Refused where SQLite is in use already, which does no
         * harm. */
        (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
        store = &s->base.store;
        store->ops = &sqlite_ops;
        s->data_version = s->generation = -1;
        s->db.db.ops = &db_sqlite_ops;
        s->base.db = &s->db.db;
        s->path = strdup(path);
        r = s->path ? open_file(s) : -ENOMEM;
        assert(r <= 0);
        if (r == 0 && open_set)
                r = open_set(s);
        if (r == 0)
                *ret = TAKE_PTR(store);
        return r;
}

int store_sqlite_open(Store **ret, const char *path)
{
        return sqlite_open(ret, path, sqlite_open_file, sqlite_open_set);
}

int store_sqlite_open_reading(Store **ret, const char *path)
{
        return sqlite_open(ret, path, sqlite_open_reading, NULL);
}

int store_sqlite_open_rows(Store **ret, const char *path)
{
        return sqlite_open(ret, path, sqlite_open_file, NULL);
}

int store_sqlite_copy(const char *from, const char *to)
{
        return sql_copy(from, to);
}

int store_sqlite_verify(const char *path)
{
        static const char *const tables[] = {"account", "grp", "member", "message", "piece"};

        return sql_verify(path, tables, ARRAY_LEN(tables), store_sqlite_schema.version);
}
