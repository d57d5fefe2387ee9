/* SPDX-License-Identifier: GPL-2.0-or-later */
/* migrate-tables.h - all tables of a store, and how their rows differ between the engines. Only
 * migrate*.c include this. */
#pragma once

#include <stddef.h>

typedef enum MigrateWay {
        MIGRATE_BOTH,
        MIGRATE_UP,   /* from SQLite to PostgreSQL */
        MIGRATE_DOWN, /* and back */
} MigrateWay;

/* What moves are rows without a NULL. Where an engine keeps them under the same names and as they
 * are, its texts are NULL. */
typedef struct MigrateTable {
        const char *name;
        const char *row;             /* names of the columns */
        const char *types;           /* of these: i, t, b as in db.h */
        const char *sqlite_select;   /* the whole statement */
        const char *sqlite_columns;  /* where they differ from row */
        const char *sqlite_values;   /* of these, from those of row */
        const char *postgres_select; /* the whole statement */
        const char *postgres_values; /* of row's columns */
        MigrateWay way;
} MigrateTable;

enum { MIGRATE_TABLES = 25, MIGRATE_COLUMNS_MAX = 25 };

extern const MigrateTable migrate_tables[MIGRATE_TABLES];
