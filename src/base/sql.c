/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sql.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

int sql_errno(int rc)
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
        case SQLITE_AUTH:
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

/* ---- statements ----------------------------------------------------------------------------- */

int sql_exec(sqlite3 *db, const char *sql)
{
        return sql_errno(sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static int bind(sqlite3_stmt *q, int i, char type, va_list *ap)
{
        const void *bytes;

        if (type == 'i')
                return sqlite3_bind_int64(q, i, va_arg(*ap, int64_t));
        if (type == 't')
                return sqlite3_bind_text(q, i, va_arg(*ap, const char *), -1, SQLITE_STATIC);
        bytes = va_arg(*ap, const void *);
        return sqlite3_bind_blob64(q, i, bytes, va_arg(*ap, size_t), SQLITE_STATIC);
}

int sql_query(sqlite3 *db, sqlite3_stmt **ret, const char *sql, const char *types, ...)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int rc = sqlite3_prepare_v2(db, sql, -1, &q, NULL);
        va_list ap;

        va_start(ap, types);
        for (int i = 1; rc == SQLITE_OK && *types; i++)
                rc = bind(q, i, *types++, &ap);
        va_end(ap);
        if (rc != SQLITE_OK)
                return sql_errno(rc);
        *ret = TAKE_PTR(q);
        return 0;
}

int sql_run(sqlite3_stmt *taken)
{
        _cleanup_stmt_ sqlite3_stmt *q = taken;

        return sql_errno(sqlite3_step(q));
}

int sql_row(sqlite3_stmt *q)
{
        int rc = sqlite3_step(q);

        return rc == SQLITE_DONE ? SQL_E_NO_ROW : sql_errno(rc);
}

/* ---- transactions --------------------------------------------------------------------------- */

int sql_begin(sqlite3 *db)
{
        return sql_exec(db, "BEGIN IMMEDIATE");
}

int sql_end(sqlite3 *db, int r)
{
        if (r == 0)
                r = sql_exec(db, "COMMIT");
        if (r != 0)
                (void)sql_exec(db, "ROLLBACK"); /* the error before it is the one to tell */
        return r;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* The file is made by us, because SQLite would leave its mode to the umask; -wal follows the file's
 * mode. */
static int make_file(const char *path)
{
        _cleanup_close_ int fd = -1;

        if (strcmp(path, ":memory:") == 0)
                return 0;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        return fd < 0 || fchmod(fd, 0600) < 0 ? -errno : 0;
}

static int read_version(sqlite3 *db, int *ret)
{
        _cleanup_stmt_ sqlite3_stmt *q = NULL;
        int r = sql_query(db, &q, "PRAGMA user_version", "");

        if (r == 0)
                r = sql_row(q);
        if (r == 0)
                *ret = sqlite3_column_int(q, 0);
        return r > 0 ? -EBADMSG : r;
}

static int make_schema(sqlite3 *db, const char *const *schemas, int n)
{
        char version[64];
        int found, r = read_version(db, &found);

        if (r < 0 || found == n)
                return r;
        if (found < 0 || found > n)
                return -EPROTONOSUPPORT;
        for (; r == 0 && found < n; found++)
                r = sql_exec(db, schemas[found]);
        (void)snprintf(version, sizeof version, "PRAGMA user_version = %d", n);
        return r == 0 ? sql_exec(db, version) : r;
}

/* Exclusive locking keeps a second process out, from the first transaction on, and needs no shared
 * memory file. */
static int set_up(sqlite3 *db, const char *const *schemas, int n)
{
        int r = sql_exec(db, "PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA "
                             "synchronous = FULL;"
                             "PRAGMA secure_delete = ON; PRAGMA temp_store = MEMORY; PRAGMA "
                             "trusted_schema = OFF;");

        if (r == 0)
                r = sql_errno(sqlite3_busy_timeout(db, 0));
        if (r == 0)
                r = sql_begin(db);
        return r == 0 ? sql_end(db, make_schema(db, schemas, n)) : r;
}

int sql_open(sqlite3 **ret, const char *path, const char *const *schemas, size_t n)
{
        sqlite3 *db = NULL;
        int r = make_file(path);

        if (r < 0)
                return r;
        r = sql_errno(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL));
        if (r == 0)
                r = set_up(db, schemas, (int)n);
        if (r < 0)
                /* there is one after a failure, too; nothing of it is lost */
                (void)sqlite3_close(db);
        else
                *ret = db;
        return r;
}
