/* SPDX-License-Identifier: GPL-2.0-or-later */
/* db-sqlite.h - db.h over a SQLite file */
#pragma once

#include "db.h"

typedef struct SqliteDb {
        Db db;
        Sql *sql; /* the owner's; NULL: every question is -EIO */
} SqliteDb;

extern const DbOps db_sqlite_ops;
