/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * db.h - questions to a database, in the SQL that all engines of the store understand
 *
 * What a text may use: ?1, ?2 and so on, or plain ?, for what is bound; numbers for truth; CASE, ON
 * CONFLICT, RETURNING; no function that only one engine has. A text must be a constant: its
 * statement is prepared once and kept, found again by its address. Results: 0, negative errno, or
 * DB_E_NO_ROW.
 */
#pragma once

#include "src/base/sql.h"

#include <stdarg.h>

enum {
        _DB_E_SUCCESS,
        DB_E_NO_ROW,
};

typedef struct Db Db;

/* What came of a question; done with found_done. Starts zeroed. */
typedef struct Found {
        Db *db;
        Query query;  /* SQLite: a statement on loan */
        void *result; /* PostgreSQL: a PGresult with all n rows, and which is looked at */
        int n, row;
} Found;

typedef struct DbValue { /* of one column; what is not a number has number 0 */
        bool null;
        int64_t number;
        const uint8_t *bytes; /* borrowed until the next step; NULL where there are none */
        size_t size;
} DbValue;

typedef struct DbOps {
        int (*ask)(Db *db, Found *ret, const char *sql, const char *types, va_list *ap);
        /* 1: there is a row, 0: there is none (any more); or negative errno */
        int (*step)(Found *a);
        void (*done)(Found *a);
        DbValue (*value)(const Found *a, int column);
        /* ret_n: rows changed. NULL: nobody asks, and a failure may be told later, by the batch. */
        int (*run)(Db *db, int64_t *ret_n, const char *sql, const char *types, va_list *ap);
        uint64_t (*steps)(const Db *db); /* as in store.h */
} DbOps;

struct Db { /* an engine's state starts with this */
        const DbOps *ops;
};

void found_done(Found *a);
#define _cleanup_found_ _cleanup_(found_done)

/* Binds one argument for each letter of types: i int64_t, t text, b pointer and length of a blob
 * (NULL gives an empty one). They are borrowed until found_done. */
int db_ask(Found *ret, Db *db, const char *sql, const char *types, ...);
/* 1: there is a row, 0: there is none (any more); or negative errno. For walks. */
int found_step(Found *a);
/* db_ask and the first row: 0, DB_E_NO_ROW or negative errno. */
int db_first(Found *ret, Db *db, const char *sql, const char *types, ...);
/* For what returns no rows. 0 or negative errno; the batch may fail later on its behalf. */
int db_run(Db *db, const char *sql, const char *types, ...);
/* The same where one wants to know how many rows it has changed. */
int db_change(Db *db, int64_t *ret_n, const char *sql, const char *types, ...);
uint64_t db_steps(const Db *db);

/* ---- columns of a row ---- */

int64_t found_int(const Found *a, int column);
bool found_null(const Found *a, int column);
size_t found_size(const Found *a, int column);
/* Borrowed until the next step; NULL for an empty blob. */
const uint8_t *found_bytes(const Found *a, int column);
/* Copies a blob of exactly this size; anything else in the column is -EBADMSG. */
int found_blob(const Found *a, int column, void *ret, size_t size);
/* Copies a blob of any size. *ret is owned by the caller and never NULL. */
int found_copy_blob(const Found *a, int column, uint8_t **ret, size_t *ret_size);
/* Copies a text into an array; one that does not fit is cut. */
void found_text(const Found *a, int column, char *ret, size_t size);
