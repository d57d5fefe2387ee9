/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sql-copy.h"

#include "sql.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BUSY_MS = 5000 };

typedef sqlite3 Database;

static Database *copy_close(Database *db)
{
        (void)sqlite3_close(db);
        return NULL;
}
DEFINE_CLEANUP(Database *, copy_close);

static int copy_open(Database **ret, const char *path, int flags)
{
        int rc = sqlite3_open_v2(path, ret, flags | SQLITE_OPEN_NOMUTEX, NULL);

        if (rc == SQLITE_CANTOPEN)
                return -ENOENT;
        if (rc == SQLITE_OK)
                (void)sqlite3_busy_timeout(*ret, BUSY_MS);
        return sql_errno(rc);
}

/* In one step: between two, a writer would make the copy begin anew. A writer to a log is not
 * kept waiting meanwhile. */
static int copy_pages(Database *from, Database *to)
{
        sqlite3_backup *backup = sqlite3_backup_init(to, "main", from, "main");
        int r;

        if (!backup)
                return sql_errno(sqlite3_errcode(to));
        (void)sqlite3_backup_step(backup, -1);
        r = sql_errno(sqlite3_backup_finish(backup));
        /* one file, without a log beside it */
        return r < 0 ? r
                     : sql_errno(
                               sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL));
}

static int copy_sync(const char *path)
{
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);

        return fd < 0 || fsync(fd) < 0 ? -errno : 0;
}

static int copy_into(const char *from, const char *to)
{
        _cleanup_(copy_closep) Database *source = NULL, *target = NULL;
        int r = copy_open(&source, from, SQLITE_OPEN_READONLY);

        if (r == 0)
                r = copy_open(&target, to, SQLITE_OPEN_READWRITE);
        if (r == 0)
                r = copy_pages(source, target);
        return r;
}

int sql_copy(const char *from, const char *to)
{
        int fd = open(to, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
        int r;

        if (fd < 0)
                return -errno;
        (void)close(fd);
        r = copy_into(from, to);
        if (r == 0)
                r = copy_sync(to);
        if (r < 0)
                (void)unlink(to);
        return r;
}

/* ---- verifying ---- */

static int copy_read_int(Database *db, const char *sql, const char *argument, int *ret)
{
        sqlite3_stmt *stmt = NULL;
        int rc = sqlite3_prepare_v2(db, sql, -1, &stmt, NULL);

        if (rc == SQLITE_OK && argument)
                rc = sqlite3_bind_text(stmt, 1, argument, -1, SQLITE_STATIC);
        if (rc == SQLITE_OK)
                rc = sqlite3_step(stmt);
        if (rc == SQLITE_ROW)
                *ret = sqlite3_column_int(stmt, 0);
        (void)sqlite3_finalize(stmt);
        return rc == SQLITE_ROW ? 0 : sql_errno(rc);
}

static int copy_has_table(Database *db, const char *table)
{
        int n = 0;
        int r = copy_read_int(
                db, "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?", table,
                &n);

        return r < 0 ? r : n == 1 ? 0 : -EBADMSG;
}

int sql_verify(const char *path, const char *const *tables, size_t n_tables, int version)
{
        _cleanup_(copy_closep) Database *db = NULL;
        int found = 0, whole = 0;
        int r = copy_open(&db, path, SQLITE_OPEN_READWRITE);

        if (r == 0)
                r = copy_read_int(db,
                                  "SELECT integrity_check = 'ok' FROM pragma_integrity_check(1)",
                                  NULL, &whole);
        if (r == 0 && !whole)
                r = -EBADMSG;
        for (size_t i = 0; r == 0 && i < n_tables; i++)
                r = copy_has_table(db, tables[i]);
        if (r == 0)
                r = copy_read_int(db, "PRAGMA user_version", NULL, &found);
        return r < 0 ? r : found >= 1 && found <= version ? 0 : -EPROTONOSUPPORT;
}
