/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-postgres-tables.h - the tables of the working set in PostgreSQL, and the statements for
 * them. Only store-postgres*.c include this. */
#pragma once

#include "store-postgres.h"

enum { SET_COLUMNS_MAX = 25 };

typedef enum SetStatement {
        STATEMENT_INSERT, /* arrays of all columns; replaces */
        STATEMENT_DELETE, /* arrays of the keys */
        STATEMENT_SELECT, /* all */
        STATEMENT_SELECT_KEYS,
        STATEMENTS,
} SetStatement;

/* The numbers that a row is found by; the second is 0 where there is one. */
void postgres_table_key_of(SetTable table, const void *row, int64_t *ret_a, int64_t *ret_b);

/* An array for each column of a statement. Starts zeroed. */
typedef struct SetColumns {
        PgArray list[SET_COLUMNS_MAX];
        size_t n;
} SetColumns;

void set_columns_done(SetColumns *c);
void set_columns_begin(SetColumns *c, SetTable table, SetStatement statement);
void set_columns_add(SetColumns *c, SetTable table, const void *row);
/* c: NULL for STATEMENT_SELECT. */
int set_columns_send(Pg *pg, bool wanted, SetTable table, SetStatement statement,
                     const SetColumns *c);

/* A row of memory (malloc), as long as its list; NULL: no memory, or not what we have written. */
void *postgres_table_read(SetTable table, const PgRows *rows, size_t *ret_size);
