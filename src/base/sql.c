/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "sql.h"

#include <assert.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum {
        KEPT_MAX = 128, /* slots, a power of two and well above the number of statements */
        BUSY_MS = 2000, /* how long a shared file is waited for */
};

struct Sql {
        sqlite3 *db;
        struct {
                const char *sql;
                sqlite3_stmt *stmt;
        } kept[KEPT_MAX];
        size_t n_kept;
        uint64_t steps; /* of statements that have ended */
};

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
        case SQLITE_CANTOPEN:
                return -EACCES;
        case SQLITE_READONLY:
                return -EROFS;
        case SQLITE_CORRUPT:
        case SQLITE_NOTADB:
                return -EBADMSG;
        case SQLITE_CONSTRAINT:
                return SQL_E_EXISTS;
        default:
                return -EIO;
        }
}

int sql_exec(Sql *s, const char *sql)
{
        return must(sql_errno(sqlite3_exec(s->db, sql, NULL, NULL, NULL)));
}

int64_t sql_changes(Sql *s)
{
        return sqlite3_changes64(s->db);
}

int64_t sql_last_row(Sql *s)
{
        return sqlite3_last_insert_rowid(s->db);
}

/* ---- queries -------------------------------------------------------------------------------- */

static void sql_count_steps(Query *q)
{
        q->sql->steps += (uint64_t)sqlite3_stmt_status(q->stmt, SQLITE_STMTSTATUS_VM_STEP, 1);
}

uint64_t sql_steps(Sql *s)
{
        return s->steps;
}

void query_done(Query *q)
{
        if (q->stmt)
                sql_count_steps(q);
        if (q->own)
                (void)sqlite3_finalize(q->stmt);
        else if (q->stmt) {
                (void)sqlite3_reset(q->stmt); /* repeats the error of the last step */
                (void)sqlite3_clear_bindings(q->stmt);
        }
        *q = (Query){0};
}

static int sql_prepare(Sql *s, const char *sql, unsigned flags, sqlite3_stmt **ret)
{
        return must(sql_errno(sqlite3_prepare_v3(s->db, sql, -1, flags, ret, NULL)));
}

/* Prepares a statement that the query owns. */
static int sql_take_copy(Query *ret, Sql *s, const char *sql)
{
        int r = sql_prepare(s, sql, 0, &ret->stmt);

        ret->own = r == 0;
        return r;
}

static int sql_take(Query *ret, Sql *s, const char *sql)
{
        size_t i = ((uintptr_t)sql >> 3) % KEPT_MAX;
        int r;

        ret->sql = s;
        while (s->kept[i].sql && s->kept[i].sql != sql)
                i = (i + 1) % KEPT_MAX;
        if (!s->kept[i].sql) {
                if (s->n_kept == KEPT_MAX - 1) /* one stays free, where searching ends */
                        return sql_take_copy(ret, s, sql);
                r = sql_prepare(s, sql, SQLITE_PREPARE_PERSISTENT, &s->kept[i].stmt);
                if (r < 0)
                        return r;
                s->kept[i].sql = sql;
                s->n_kept++;
        }
        if (sqlite3_stmt_busy(s->kept[i].stmt))
                return sql_take_copy(ret, s, sql);
        ret->stmt = s->kept[i].stmt;
        return 0;
}

static int sql_bind(sqlite3_stmt *stmt, int at, char type, va_list *ap)
{
        const void *blob;

        assert(type == 'i' || type == 't' || type == 'b');
        if (type == 'i')
                return sqlite3_bind_int64(stmt, at, va_arg(*ap, int64_t));
        if (type == 't')
                return sqlite3_bind_text(stmt, at, va_arg(*ap, const char *), -1, SQLITE_STATIC);
        blob = va_arg(*ap, const void *);
        return sqlite3_bind_blob64(stmt, at, blob ? blob : "", va_arg(*ap, size_t), SQLITE_STATIC);
}

int query_begin_with(Query *ret, Sql *s, const char *sql, const char *types, va_list *ap)
{
        _cleanup_query_ Query q = {0};
        int r = sql_take(&q, s, sql);

        assert(r < 0 || sqlite3_bind_parameter_count(q.stmt) == (int)strlen(types));
        for (int i = 0; r == 0 && types[i]; i++)
                r = sql_errno(sql_bind(q.stmt, i + 1, types[i], ap));
        if (r < 0)
                return r;
        *ret = q;
        q = (Query){0};
        return 0;
}

int query_begin(Query *ret, Sql *s, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = query_begin_with(ret, s, sql, types, &ap);
        va_end(ap);
        return r;
}

int query_begin_unbound(Query *ret, Sql *s, const char *sql)
{
        return sql_take(ret, s, sql);
}

int query_step(Query *q)
{
        int rc = sqlite3_step(q->stmt);

        return rc == SQLITE_ROW ? 1 : must(sql_errno(rc));
}

int query_row(Query *q)
{
        int rc = sqlite3_step(q->stmt);

        return rc == SQLITE_DONE ? SQL_E_NO_ROW : must(sql_errno(rc));
}

int query_first(Query *ret, Sql *s, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = query_begin_with(ret, s, sql, types, &ap);
        va_end(ap);
        return r == 0 ? query_row(ret) : r;
}

static int sql_run_query(Sql *s, const char *sql, const char *types, va_list *ap)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin_with(&q, s, sql, types, ap);

        return r == 0 ? sql_errno(sqlite3_step(q.stmt)) : r;
}

int query_run(Sql *s, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = sql_run_query(s, sql, types, &ap);
        va_end(ap);
        return must(r);
}

int query_insert(Sql *s, const char *sql, const char *types, ...)
{
        va_list ap;
        int r;

        va_start(ap, types);
        r = sql_run_query(s, sql, types, &ap);
        va_end(ap);
        return r;
}

/* ---- columns of a row ----------------------------------------------------------------------- */

int query_blob(const Query *q, int column, void *ret, size_t size)
{
        const void *blob = sqlite3_column_blob(q->stmt, column);

        if (!blob || query_size(q, column) != size)
                return -EBADMSG;
        memcpy(ret, blob, size);
        return 0;
}

int query_copy_blob(const Query *q, int column, uint8_t **ret, size_t *ret_size)
{
        const void *blob = sqlite3_column_blob(q->stmt, column);
        size_t size = query_size(q, column);
        uint8_t *copy = malloc(size + 1);

        if (!copy)
                return -ENOMEM;
        if (size > 0)
                memcpy(copy, blob, size);
        *ret = copy;
        *ret_size = size;
        return 0;
}

void query_text(const Query *q, int column, char *ret, size_t size)
{
        const char *text = query_borrow_text(q, column);

        (void)snprintf(ret, size, "%s", text ? text : "");
}

int query_copy_text(const Query *q, int column, char **ret)
{
        const char *text = query_borrow_text(q, column);
        char *copy = text ? strdup(text) : NULL;

        if (text && !copy)
                return -ENOMEM;
        *ret = copy;
        return 0;
}

/* ---- transactions --------------------------------------------------------------------------- */

int sql_begin(Sql *s)
{
        return query_run(s, "BEGIN IMMEDIATE", "");
}

void sql_rollback(Sql *s)
{
        if (!sqlite3_get_autocommit(s->db))
                (void)query_run(s, "ROLLBACK", ""); /* the error before it is the one to tell */
}

int sql_commit(Sql *s)
{
        int r = query_run(s, "COMMIT", "");

        if (r < 0)
                sql_rollback(s);
        return r;
}

int sql_mark(Sql *s)
{
        return query_run(s, "SAVEPOINT mark", "");
}

int sql_unmark(Sql *s)
{
        return query_run(s, "RELEASE mark", "");
}

int sql_undo(Sql *s)
{
        int r = query_run(s, "ROLLBACK TO mark", "");

        return r < 0 ? r : sql_unmark(s);
}

int sql_end(Sql *s, int r)
{
        if (r == 0)
                return sql_commit(s);
        sql_rollback(s);
        return r;
}

/* ---- opening -------------------------------------------------------------------------------- */

/* The file is made by us, because SQLite would leave its mode to the umask. The files beside it
 * follow its mode. */
static int sql_make_file(const char *path)
{
        _cleanup_close_ int fd = -1;

        if (strcmp(path, ":memory:") == 0)
                return 0;
        fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
        return fd < 0 || fchmod(fd, 0600) < 0 ? -errno : 0;
}

static int sql_read_version(Sql *s, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, s, "PRAGMA user_version", "");

        if (r == 0)
                *ret = query_int(&q, 0);
        return must(r);
}

int sql_rewrite_version(Sql *s, size_t n)
{
        char version[64];

        (void)snprintf(version, sizeof version, "PRAGMA user_version = %zu", n);
        return sql_exec(s, version);
}

/* A file of version 0 has no tables. */
static int sql_migrate_from(Sql *s, int64_t found, const SqlSchema *schema)
{
        int r = 0;

        if (found < 0 || found > (int64_t)schema->version)
                return -EPROTONOSUPPORT;
        if (found == 0 && schema->now)
                r = sql_exec(s, schema->now);
        else
                for (size_t i = (size_t)found; r == 0 && i < schema->version; i++)
                        r = sql_exec(s, schema->steps[i]);
        return r == 0 ? sql_rewrite_version(s, schema->version) : r;
}

/* Reading first spares processes that share a file the wait for the lock. The first transaction is
 * what locks a file for one. */
static int sql_migrate(Sql *s, SqlUse use, const SqlSchema *schema)
{
        int64_t found, n = (int64_t)schema->version;
        int r = sql_read_version(s, &found);

        if (r < 0 || (found == n && use != SQL_ALONE))
                return r;
        if (use == SQL_READING)
                return -EPROTONOSUPPORT;
        r = sql_begin(s);
        if (r < 0)
                return r;
        r = sql_read_version(s, &found);
        return sql_end(s, r == 0 && found != n ? sql_migrate_from(s, found, schema) : r);
}

/* Exclusive locking needs no shared memory file. Shared use is that of a server: it has a larger
 * cache, memory for the cursors of all kept statements, and plans that do not depend on what is
 * bound, else statements would be prepared anew whenever that changes. 2000 pages of the log are
 * written back in one go, in some 4 ms of processor time: 4000 took up to 8. */
static int sql_set_up(Sql *s, SqlUse use)
{
        if (use == SQL_READING) {
                (void)sqlite3_busy_timeout(s->db, BUSY_MS);
                return sql_exec(s, "PRAGMA trusted_schema = OFF");
        }
        if (use == SQL_SHARED) {
                (void)sqlite3_busy_timeout(s->db, BUSY_MS);
                (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_LOOKASIDE, NULL, 1200, 1000);
                (void)sqlite3_db_config(s->db, SQLITE_DBCONFIG_ENABLE_QPSG, 1, NULL);
        }
        return sql_exec(s, use == SQL_SHARED
                                   ? "PRAGMA auto_vacuum = INCREMENTAL;" /* of a new file */
                                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                     "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;"
                                     "PRAGMA wal_autocheckpoint = 2000; PRAGMA cache_size = -65536"
                                   : "PRAGMA locking_mode = EXCLUSIVE;"
                                     "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                                     "PRAGMA secure_delete = ON; PRAGMA trusted_schema = OFF;"
                                     "PRAGMA temp_store = MEMORY");
}

int sql_open(Sql **ret, const char *path, SqlUse use, const SqlSchema *schema)
{
        const int flags = use == SQL_READING ? SQLITE_OPEN_READONLY
                                             : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
        Sql *s;
        int r = use == SQL_READING ? 0 : sql_make_file(path);

        if (r < 0)
                return r;
        s = calloc(1, sizeof *s);
        if (!s)
                return -ENOMEM;
        r = must(sql_errno(sqlite3_open_v2(path, &s->db, flags | SQLITE_OPEN_NOMUTEX, NULL)));
        if (r == 0)
                r = sql_set_up(s, use);
        if (r == 0)
                r = sql_migrate(s, use, schema);
        if (r < 0)
                (void)sql_close(s);
        else
                *ret = s;
        return r;
}

Sql *sql_close(Sql *s)
{
        int rc;

        if (!s)
                return NULL;
        for (size_t i = 0; i < KEPT_MAX; i++)
                (void)sqlite3_finalize(s->kept[i].stmt);
        rc = sqlite3_close(s->db);
        assert(rc == SQLITE_OK); /* else a query was not ended */
        (void)rc;
        free(s);
        return NULL;
}
