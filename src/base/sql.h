/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sql.h - a SQLite file: opening, migration, statements, transactions
 *
 * Every query is prepared once and kept, found again by the address of its text. So a text must be
 * a constant. Results: 0, negative errno, or SQL_E_… as an outcome.
 */
#pragma once

#include "util.h"

#include <sqlite3.h>
#include <stdarg.h>

/* Stores hand these on as their own outcomes, with the same numbers. */
enum {
        _SQL_E_SUCCESS,
        SQL_E_NO_ROW,
        SQL_E_EXISTS, /* a unique value is taken, or another constraint is broken */
};

typedef struct Sql Sql;

/* 0, negative errno or SQL_E_… for a result code of SQLite. */
int sql_errno(int rc);

typedef enum SqlUse {
        SQL_ALONE,   /* the file is locked while it is open: a second process gets -EBUSY */
        SQL_SHARED,  /* processes share it; writing waits for another's batch for two seconds */
        SQL_READING, /* shared, and nothing is written; the version must be the present one */
} SqlUse;

/* The tables of a file. A new one gets them at once; the steps are for those that are there. Both
 * lead to the same tables. */
typedef struct SqlSchema {
        const char *now;          /* NULL: the steps make them in a new file, too */
        const char *const *steps; /* from version i to i + 1 */
        size_t version;           /* the present one: how many steps there are */
} SqlSchema;

/* Opens the file (":memory:": none), mode 0600, made where there is none, and brings it to the
 * present version. -EBADMSG: damaged, or not a database; -EPROTONOSUPPORT: of a later version, or
 * with SQL_READING of any other. */
int sql_open(Sql **ret, const char *path, SqlUse use, const SqlSchema *schema);
/* NULL is fine. End all queries first. */
Sql *sql_close(Sql *s);

/* Runs several statements that return no rows and are not kept. */
int sql_exec(Sql *s, const char *sql);

int sql_begin(Sql *s);
/* On failure everything since sql_begin is undone. */
int sql_commit(Sql *s);
/* Does nothing outside a transaction. */
void sql_rollback(Sql *s);
/* Inside a transaction, one level: what follows sql_mark stands with sql_unmark, or is undone by
 * sql_undo alone. */
int sql_mark(Sql *s);
int sql_unmark(Sql *s);
int sql_undo(Sql *s);
/* Commits where r is 0, else rolls back. Returns r, or why the commit failed. */
int sql_end(Sql *s, int r);

/* Inside a transaction: writes the present version n once more, to find out whether there is
 * room. */
int sql_rewrite_version(Sql *s, size_t n);

/* Rows changed by the last query_run. */
int64_t sql_changes(Sql *s);
int64_t sql_last_row(Sql *s);
/* Steps that SQLite's machine has made since opening: what tests hold bounds of work against. */
uint64_t sql_steps(Sql *s);

/* ---- queries ---- */

/* A statement on loan. A callback that runs the same query as its caller gets a copy. */
typedef struct Query {
        sqlite3_stmt *stmt;
        Sql *sql;
        bool own;
} Query;

void query_done(Query *q);
#define _cleanup_query_ _cleanup_(query_done)

/* Binds one argument for each letter of types: i int64_t, t text (NULL gives NULL), b pointer and
 * length (size_t) of a blob (NULL gives an empty one). Texts and blobs are borrowed until
 * query_done. */
int query_begin(Query *ret, Sql *s, const char *sql, const char *types, ...);
int query_begin_with(Query *ret, Sql *s, const char *sql, const char *types, va_list *ap);
/* Nothing is bound yet: the caller does, to ret->stmt, with sqlite3_bind_…. */
int query_begin_unbound(Query *ret, Sql *s, const char *sql);
/* 1: there is a row, 0: there is none (any more); or negative errno. For walks. */
int query_step(Query *q);
/* 0: there is a row; SQL_E_NO_ROW; or negative errno. For what has one row. */
int query_row(Query *q);
/* query_begin and query_row. */
int query_first(Query *ret, Sql *s, const char *sql, const char *types, ...);
/* For what returns no rows. 0 or negative errno. */
int query_run(Sql *s, const char *sql, const char *types, ...);
/* The same where SQL_E_EXISTS is expected: a unique value is taken. */
int query_insert(Sql *s, const char *sql, const char *types, ...);

/* ---- columns of a row ---- */

static inline int64_t query_int(const Query *q, int column)
{
        return sqlite3_column_int64(q->stmt, column);
}
static inline bool query_null(const Query *q, int column)
{
        return sqlite3_column_type(q->stmt, column) == SQLITE_NULL;
}
static inline size_t query_size(const Query *q, int column)
{
        return (size_t)sqlite3_column_bytes(q->stmt, column);
}
/* Borrowed until the next step; NULL for NULL. */
static inline const char *query_borrow_text(const Query *q, int column)
{
        return (const char *)sqlite3_column_text(q->stmt, column);
}
/* Borrowed until the next step; NULL for an empty blob. */
static inline const uint8_t *query_borrow_blob(const Query *q, int column)
{
        return sqlite3_column_blob(q->stmt, column);
}
/* Copies a blob of exactly this size; anything else in the column is -EBADMSG. */
int query_blob(const Query *q, int column, void *ret, size_t size);
/* Copies a blob of any size. *ret is owned by the caller and never NULL. */
int query_copy_blob(const Query *q, int column, uint8_t **ret, size_t *ret_size);
/* Copies a text into an array; one that does not fit is cut. */
void query_text(const Query *q, int column, char *ret, size_t size);
/* Copies a text; *ret is NULL for NULL, else owned by the caller. */
int query_copy_text(const Query *q, int column, char **ret);
