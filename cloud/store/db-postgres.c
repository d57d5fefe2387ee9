/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "db-postgres.h"

#include <string.h>

/* ---- marks ---- */

int db_postgres_mark(PostgresDb *db)
{
        db->marked = true;
        db->saved = false;
        return 0;
}

static int db_postgres_end_mark(PostgresDb *db, bool undo)
{
        int r = 0;

        if (db->saved && undo)
                r = pg_send(db->pg, false, "ROLLBACK TO SAVEPOINT mark", "");
        if (db->saved && r == 0)
                r = pg_send(db->pg, false, "RELEASE SAVEPOINT mark", "");
        db->marked = db->saved = false;
        return r;
}

int db_postgres_unmark(PostgresDb *db)
{
        return db_postgres_end_mark(db, false);
}

int db_postgres_undo(PostgresDb *db)
{
        return db_postgres_end_mark(db, true);
}

static int db_postgres_before_write(PostgresDb *db)
{
        int r = 0;

        if (db->marked && !db->saved) {
                r = pg_send(db->pg, false, "SAVEPOINT mark", "");
                db->saved = r == 0;
        }
        return r;
}

static void db_postgres_note_write(PostgresDb *db, const char *sql)
{
        static const char *const of_accounts[] = {"UPDATE account ", "DELETE FROM account "};

        db->wrote = true;
        for (size_t i = 0; i < ARRAY_LEN(of_accounts); i++)
                if (strncmp(sql, of_accounts[i], strlen(of_accounts[i])) == 0)
                        db->wrote_accounts = true;
}

/* ---- questions ---- */

/* One round, with what was sent before. */
static int db_postgres_wait(PostgresDb *db, PgRows *ret, const char *sql, const char *types,
                            va_list *ap)
{
        bool reads = strncmp(sql, "SELECT", 6) == 0;
        int r = reads ? 0 : db_postgres_before_write(db);

        if (r == 0)
                r = pg_send_with(db->pg, true, sql, types, ap);
        if (r == 0)
                r = pg_round(db->pg, ret, 1);
        if (r == 0 && !reads && pg_changed(ret) > 0)
                db_postgres_note_write(db, sql);
        return r;
}

static int db_postgres_ask(Db *db, Found *ret, const char *sql, const char *types, va_list *ap)
{
        PgRows rows;
        int r = db_postgres_wait((PostgresDb *)db, &rows, sql, types, ap);

        if (r == 0) {
                ret->result = rows.result;
                ret->row = -1;
                ret->n = rows.n;
        }
        return r;
}

static int db_postgres_step(Found *a)
{
        return ++a->row < a->n;
}

static PgRows db_postgres_rows(const Found *a)
{
        return (PgRows){a->result, a->n, a->row};
}

static void db_postgres_done(Found *a)
{
        PgRows rows = db_postgres_rows(a);

        pg_rows_done(&rows);
}

static DbValue db_postgres_value(const Found *a, int column)
{
        PgRows rows = db_postgres_rows(a);

        return (DbValue){
                .null = pg_null(&rows, column),
                .number = pg_int(&rows, column),
                .bytes = pg_null(&rows, column) ? NULL : pg_bytes(&rows, column),
                .size = pg_size(&rows, column),
        };
}

static int db_postgres_run(Db *base, int64_t *ret_n, const char *sql, const char *types,
                           va_list *ap)
{
        PostgresDb *db = (PostgresDb *)base;
        PgRows rows;
        int r;

        if (!ret_n) {
                r = db_postgres_before_write(db);
                db_postgres_note_write(db, sql);
                return r < 0 ? r : pg_send_with(db->pg, false, sql, types, ap);
        }
        r = db_postgres_wait(db, &rows, sql, types, ap);
        if (r == 0) {
                *ret_n = pg_changed(&rows);
                pg_rows_done(&rows);
        }
        return r;
}

static uint64_t db_postgres_steps(const Db *db)
{
        return pg_steps(((const PostgresDb *)db)->pg);
}

const DbOps db_postgres_ops = {
        .ask = db_postgres_ask,
        .step = db_postgres_step,
        .done = db_postgres_done,
        .value = db_postgres_value,
        .run = db_postgres_run,
        .steps = db_postgres_steps,
};
