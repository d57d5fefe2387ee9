/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * migrate.c - a store from its file to PostgreSQL, or back
 *
 * Rows are read and written in slices, so memory does not grow with the store: from PostgreSQL
 * through a cursor, to it as an array for each column.
 */
#include "migrate.h"

#include "migrate-tables.h"
#include "store-postgres.h"
#include "store-sqlite.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
        TEXT_MAX = 1536, /* of a statement */
        SLICE_ROWS = 64,
        SLICE_BYTES = 1 << 20, /* and as much as one row has */
};

typedef struct Migration {
        Store *file, *server;
        PgArray slice[MIGRATE_COLUMNS_MAX];
        uint64_t rows;
} Migration;

/* Of a table. Statements are found by the address of their text, so these stay. */
typedef struct Texts {
        char any[96]; /* whether there is a row */
        char read[TEXT_MAX], fetch[64], write[TEXT_MAX];
        char arrays[MIGRATE_COLUMNS_MAX + 1]; /* types */
} Texts;

/* ---- statements ---- */

static const char *migrate_or(const char *text, const char *usual)
{
        return text ? text : usual;
}

static void migrate_marks(char ret[static 3 * MIGRATE_COLUMNS_MAX + 1], size_t n)
{
        for (size_t i = 0; i < n; i++)
                memcpy(ret + 3 * i, "?, ", 4);
        ret[3 * n - 2] = '\0';
}

static void migrate_texts_up(Texts *t, const MigrateTable *table, const char *marks)
{
        if (table->sqlite_select)
                (void)snprintf(t->read, sizeof t->read, "%s", table->sqlite_select);
        else
                (void)snprintf(t->read, sizeof t->read, "SELECT %s FROM %s", table->row,
                               table->name);
        (void)snprintf(t->write, sizeof t->write,
                       "INSERT INTO %s (%s) SELECT %s FROM unnest(%s) AS t(%s)", table->name,
                       table->row, migrate_or(table->postgres_values, table->row), marks,
                       table->row);
        for (size_t i = 0; table->types[i]; i++)
                t->arrays[i] = (char)toupper(table->types[i]);
}

static void migrate_texts_down(Texts *t, const MigrateTable *table, const char *marks, size_t nr)
{
        if (table->postgres_select)
                (void)snprintf(t->read, sizeof t->read, "DECLARE rows%zu CURSOR FOR %s", nr,
                               table->postgres_select);
        else
                (void)snprintf(t->read, sizeof t->read,
                               "DECLARE rows%zu CURSOR FOR SELECT %s FROM %s ORDER BY 1", nr,
                               table->row, table->name);
        (void)snprintf(t->fetch, sizeof t->fetch, "FETCH %d FROM rows%zu", SLICE_ROWS, nr);
        (void)snprintf(t->write, sizeof t->write,
                       "WITH t(%s) AS (VALUES (%s)) INSERT INTO %s (%s) SELECT %s FROM t",
                       table->row, marks, table->name,
                       migrate_or(table->sqlite_columns, table->row),
                       migrate_or(table->sqlite_values, table->row));
}

static const Texts *migrate_texts(size_t nr, bool up)
{
        static Texts texts[2][MIGRATE_TABLES];
        const MigrateTable *table = &migrate_tables[nr];
        char marks[3 * MIGRATE_COLUMNS_MAX + 1];
        Texts *t = &texts[up][nr];

        if (t->any[0])
                return t;
        assert(strlen(table->types) <= MIGRATE_COLUMNS_MAX);
        migrate_marks(marks, strlen(table->types));
        (void)snprintf(t->any, sizeof t->any, "SELECT count(*) FROM (SELECT 1 FROM %s LIMIT 1) t",
                       table->name);
        if (up)
                migrate_texts_up(t, table, marks);
        else
                migrate_texts_down(t, table, marks, nr);
        return t;
}

/* ---- questions of one row ---- */

static int migrate_ask_server(Pg *pg, const char *sql, int64_t *ret, int n)
{
        PgRows rows;
        int r = pg_send(pg, true, sql, "");

        if (r == 0)
                r = pg_round(pg, &rows, 1);
        if (r < 0)
                return r;
        rows.row = 0;
        for (int i = 0; rows.n == 1 && i < n; i++)
                ret[i] = pg_int(&rows, i);
        r = rows.n == 1 ? 0 : -EBADMSG;
        pg_rows_done(&rows);
        return r;
}

static int migrate_ask_file(Sql *sql, const char *text, int64_t *ret, int n)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sql, text, "");

        for (int i = 0; r == 0 && i < n; i++)
                ret[i] = query_int(&q, i);
        return r > 0 ? -EBADMSG : r;
}

static int migrate_check_empty(const Migration *m, bool up)
{
        int64_t n = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && n == 0 && i < MIGRATE_TABLES; i++) {
                const char *any = migrate_texts(i, up)->any;

                r = up ? migrate_ask_server(pg_of(m->server), any, &n, 1)
                       : migrate_ask_file(sqlite_of(m->file), any, &n, 1);
        }
        return r == 0 && n > 0 ? -EEXIST : r;
}

/* ---- up ---- */

static void migrate_begin_slice(Migration *m, const char *arrays)
{
        for (size_t i = 0; arrays[i]; i++)
                pg_array_begin(&m->slice[i], arrays[i]);
}

static int migrate_send_slice(Migration *m, const Texts *t)
{
        Pg *pg = pg_of(m->server);
        int r = pg_send_arrays(pg, false, t->write, t->arrays, m->slice);

        if (r == 0)
                r = pg_round(pg, NULL, 0);
        migrate_begin_slice(m, t->arrays);
        return r;
}

static size_t migrate_add_to_slice(Migration *m, const char *types, const Query *q)
{
        size_t bytes = 0;

        for (size_t i = 0; types[i]; i++) {
                if (types[i] == 'i')
                        pg_array_int(&m->slice[i], query_int(q, (int)i));
                else {
                        const uint8_t *blob = query_borrow_blob(q, (int)i);

                        pg_array_bytes(&m->slice[i], blob ? blob : (const uint8_t *)"",
                                       query_size(q, (int)i));
                }
                bytes += m->slice[i].bytes.n;
        }
        m->rows++;
        return bytes;
}

static int migrate_up_table(Migration *m, const MigrateTable *table, const Texts *t)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(m->file), t->read, "");

        migrate_begin_slice(m, t->arrays);
        while (r == 0 && (r = query_step(&q)) > 0) {
                r = 0;
                if (migrate_add_to_slice(m, table->types, &q) >= SLICE_BYTES ||
                    m->slice[0].n >= SLICE_ROWS)
                        r = migrate_send_slice(m, t);
        }
        return r == 0 && m->slice[0].n > 0 ? migrate_send_slice(m, t) : r;
}

/* Numbers are never given twice, also those of what is gone. The generation tells readers that
 * remember the target that it is another. */
static int migrate_ids_up(const Migration *m)
{
        Pg *pg = pg_of(m->server);
        int64_t n[7];
        int r = migrate_ask_file(sqlite_of(m->file),
                                 "SELECT max(grp, coalesce((SELECT max(id) FROM grp), 0)),"
                                 " max(member, coalesce((SELECT max(id) FROM member), 0)),"
                                 " max(message, coalesce((SELECT max(id) FROM message), 0)),"
                                 " coalesce((SELECT seq FROM sqlite_sequence"
                                 "  WHERE name = 'account'), 0),"
                                 " coalesce((SELECT max(id) FROM record), 0),"
                                 " coalesce((SELECT max(id) FROM escrow), 0),"
                                 " coalesce((SELECT max(id) FROM \"fetch\"), 0) FROM working_set",
                                 n, ARRAY_LEN(n));

        if (r == 0)
                r = pg_send(pg, false,
                            "UPDATE working_set SET generation = generation + 1,"
                            " grp = greatest(grp, ?), member = greatest(member, ?),"
                            " message = greatest(message, ?)",
                            "iii", n[0], n[1], n[2]);
        if (r == 0)
                r = pg_send(pg, false,
                            "SELECT setval(s, greatest(last, 1), last > 0) FROM (SELECT s,"
                            " greatest(n, coalesce(pg_sequence_last_value(s), 0)) AS last FROM ("
                            " SELECT pg_get_serial_sequence(t, 'id')::regclass AS s, n FROM (VALUES"
                            " ('account', ?::bigint), ('record', ?::bigint), ('escrow', ?::bigint),"
                            " ('\"fetch\"', ?::bigint)) AS given(t, n)) AS found) AS known",
                            "iiii", n[3], n[4], n[5], n[6]);
        return r < 0 ? r : pg_round(pg, NULL, 0);
}

/* ---- down ---- */

static int migrate_bind(const Query *q, const char *types, const PgRows *rows)
{
        int rc = SQLITE_OK;

        for (int i = 0; rc == SQLITE_OK && types[i]; i++) {
                const void *bytes = pg_bytes(rows, i);
                size_t size = pg_size(rows, i);

                if (types[i] == 'i')
                        rc = sqlite3_bind_int64(q->stmt, i + 1, pg_int(rows, i));
                else if (types[i] == 't')
                        rc = sqlite3_bind_text64(q->stmt, i + 1, bytes, size, SQLITE_STATIC,
                                                 SQLITE_UTF8);
                else
                        rc = sqlite3_bind_blob64(q->stmt, i + 1, bytes, size, SQLITE_STATIC);
        }
        return sql_errno(rc);
}

/* Two rows of which the file can have but one were no whole store. */
static int migrate_write_row(Migration *m, const MigrateTable *table, const Texts *t,
                             const PgRows *rows)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin_unbound(&q, sqlite_of(m->file), t->write);

        if (r == 0)
                r = migrate_bind(&q, table->types, rows);
        if (r == 0)
                r = query_row(&q);
        m->rows++;
        return r == SQL_E_NO_ROW ? 0 : r > 0 ? -EBADMSG : r;
}

static int migrate_down_slice(Migration *m, const MigrateTable *table, const Texts *t, int *ret_n)
{
        Pg *pg = pg_of(m->server);
        PgRows rows;
        int r = pg_send(pg, true, t->fetch, "");

        if (r == 0)
                r = pg_round(pg, &rows, 1);
        if (r < 0)
                return r;
        *ret_n = rows.n;
        for (rows.row = 0; r == 0 && rows.row < rows.n; rows.row++)
                r = migrate_write_row(m, table, t, &rows);
        pg_rows_done(&rows);
        return r;
}

static int migrate_down_table(Migration *m, const MigrateTable *table, const Texts *t)
{
        int r = pg_send(pg_of(m->server), false, t->read, ""), n = 1;

        while (r == 0 && n > 0)
                r = migrate_down_slice(m, table, t, &n);
        return r;
}

/* As migrate_ids_up. In the file, the other tables' numbers follow from their rows. */
static int migrate_ids_down(const Migration *m)
{
        Sql *sql = sqlite_of(m->file);
        int64_t n[4];
        int r = migrate_ask_server(pg_of(m->server),
                                   "SELECT grp, member, message, coalesce(pg_sequence_last_value("
                                   "pg_get_serial_sequence('account', 'id')::regclass), 0)"
                                   " FROM working_set",
                                   n, ARRAY_LEN(n));

        if (r == 0)
                r = query_run(sql,
                              "UPDATE working_set SET generation = generation + 1,"
                              " grp = max(grp, ?), member = max(member, ?),"
                              " message = max(message, ?)",
                              "iii", n[0], n[1], n[2]);
        if (r == 0)
                r = query_run(sql,
                              "INSERT INTO sqlite_sequence (name, seq) SELECT 'account', 0 WHERE"
                              " NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = 'account')",
                              "");
        return r < 0 ? r
                     : query_run(sql,
                                 "UPDATE sqlite_sequence SET seq = max(seq, ?)"
                                 " WHERE name = 'account'",
                                 "i", n[3]);
}

/* ---- both ---- */

static int migrate_tables_all(Migration *m, bool up)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < MIGRATE_TABLES; i++) {
                const MigrateTable *table = &migrate_tables[i];

                if (table->way == (up ? MIGRATE_DOWN : MIGRATE_UP))
                        continue;
                r = up ? migrate_up_table(m, table, migrate_texts(i, up))
                       : migrate_down_table(m, table, migrate_texts(i, up));
        }
        return r < 0 ? r : up ? migrate_ids_up(m) : migrate_ids_down(m);
}

/* All that connect hold the lock together (pg-connect.c), and this one, alone, until its connection
 * ends. The other side may take longer than a node that has stopped may. */
static int migrate_begin_server(Pg *pg)
{
        int64_t locked = 0;
        int r = migrate_ask_server(pg, "SELECT pg_try_advisory_lock(" PG_SERVING_LOCK ")", &locked,
                                   1);

        if (r == 0 && !locked)
                r = -EBUSY;
        if (r == 0)
                r = pg_send(pg, false, "BEGIN ISOLATION LEVEL REPEATABLE READ", "");
        if (r == 0)
                r = pg_send(pg, false, "SET LOCAL idle_in_transaction_session_timeout = 60000", "");
        return r < 0 ? r : pg_round(pg, NULL, 0);
}

static int migrate_end_server(Pg *pg)
{
        int r = pg_send(pg, false, "COMMIT", "");

        return r < 0 ? r : pg_round(pg, NULL, 0);
}

/* A transaction that is not committed ends with its connection. */
static int migrate_run(Migration *m, bool up)
{
        int r = migrate_begin_server(pg_of(m->server));

        if (r == 0)
                r = sql_begin(sqlite_of(m->file));
        if (r == 0)
                r = migrate_check_empty(m, up);
        if (r == 0)
                r = migrate_tables_all(m, up);
        if (r == 0 && up)
                r = migrate_end_server(pg_of(m->server));
        else if (r == 0)
                r = sql_commit(sqlite_of(m->file));
        sql_rollback(sqlite_of(m->file));
        return r;
}

static void migration_done(Migration *m)
{
        for (size_t i = 0; i < MIGRATE_COLUMNS_MAX; i++)
                pg_array_done(&m->slice[i]);
        (void)store_free(m->file);
        (void)store_free(m->server);
}

int store_migrate(const char *file, const char *conninfo, bool up, uint64_t *ret_rows)
{
        _cleanup_(migration_done) Migration m = {.rows = 0};
        int r = up && access(file, F_OK) < 0 ? -errno : store_sqlite_open_rows(&m.file, file);

        if (r == 0)
                r = store_postgres_open_counting(&m.server, conninfo);
        if (r == 0)
                r = migrate_run(&m, up);
        *ret_rows = m.rows;
        return r;
}
