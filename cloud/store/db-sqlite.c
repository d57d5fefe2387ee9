/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "db-sqlite.h"

static Sql *db_sqlite_of(const Db *db)
{
        return ((const SqliteDb *)db)->sql;
}

static int db_sqlite_ask(Db *db, Found *ret, const char *sql, const char *types, va_list *ap)
{
        Sql *s = db_sqlite_of(db);

        return s ? query_begin_with(&ret->query, s, sql, types, ap) : -EIO;
}

static int db_sqlite_step(Found *a)
{
        return query_step(&a->query);
}

static void db_sqlite_done(Found *a)
{
        query_done(&a->query);
}

static DbValue db_sqlite_value(const Found *a, int column)
{
        int type = sqlite3_column_type(a->query.stmt, column);

        if (type != SQLITE_TEXT && type != SQLITE_BLOB) /* asking for bytes would convert it */
                return (DbValue){
                        .null = type == SQLITE_NULL,
                        .number = query_int(&a->query, column),
                };
        return (DbValue){
                .bytes = query_borrow_blob(&a->query, column),
                .size = query_size(&a->query, column),
        };
}

static int db_sqlite_run(Db *db, int64_t *ret_n, const char *sql, const char *types, va_list *ap)
{
        _cleanup_found_ Found a = {.db = db};
        int r = db_sqlite_ask(db, &a, sql, types, ap);

        if (r == 0)
                r = query_step(&a.query);
        if (r == 0 && ret_n)
                *ret_n = sql_changes(db_sqlite_of(db));
        return MIN(r, 0);
}

static uint64_t db_sqlite_steps(const Db *db)
{
        return db_sqlite_of(db) ? sql_steps(db_sqlite_of(db)) : 0;
}

const DbOps db_sqlite_ops = {
        .ask = db_sqlite_ask,
        .step = db_sqlite_step,
        .done = db_sqlite_done,
        .value = db_sqlite_value,
        .run = db_sqlite_run,
        .steps = db_sqlite_steps,
};
