/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-postgres-set.c - the working set in PostgreSQL: read at the start, written at each commit
 *
 * A batch sends one statement for each table and deed, with an array for each column.
 */
#include "store-postgres-tables.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>

/* ---- reading ---- */

static int set_load_rows(WorkingSet *w, SetTable table, PgRows *rows)
{
        int r = 0;

        for (rows->row = 0; r == 0 && rows->row < rows->n; rows->row++) {
                size_t size;
                void *row = postgres_table_read(table, rows, &size);

                r = row ? working_set_load(w, table, row, size, false) : -EBADMSG;
        }
        return r;
}

static int postgres_set_load(Store *s)
{
        int r = 0;

        for (SetTable t = SET_GROUPS; r == 0 && t < SET_TABLES; t++) {
                PgRows rows;

                r = set_columns_send(pg_of(s), true, t, STATEMENT_SELECT, NULL);
                if (r == 0)
                        r = pg_round(pg_of(s), &rows, 1);
                if (r < 0)
                        return r;
                r = set_load_rows(set_of(s), t, &rows);
                pg_rows_done(&rows);
        }
        return r;
}

/* ---- writing ---- */

/* What a closed group has forgotten is not written either. */
static const void *set_written(const SetRow *row, SetMember *copy)
{
        if (row->table != SET_MEMBERS)
                return row->data;
        *copy = *set_member_of(row);
        if (!copy->gathering)
                memset(&copy->row.token, 0, sizeof copy->row.token);
        if (!copy->row.fix.known)
                copy->row.fix = (Fix){.known = false};
        return copy;
}

static int set_save_table(Pg *pg, SetTable table, SetStatement statement, const SetRows *changed,
                          SetColumns *c)
{
        bool live = statement == STATEMENT_INSERT;
        SetMember copy;

        set_columns_begin(c, table, statement);
        for (size_t i = 0; i < changed->n; i++) {
                const SetRow *row = changed->list[i];

                if (row->table == table && row->live == live && (live || row->stored))
                        set_columns_add(c, table, set_written(row, &copy));
        }
        return c->list[0].n == 0 ? 0 : set_columns_send(pg, false, table, statement, c);
}

static void set_list_change(SetColumns *c, int64_t table, int64_t a, int64_t b)
{
        pg_array_int(&c->list[0], table);
        pg_array_int(&c->list[1], a);
        pg_array_int(&c->list[2], b);
}

static int set_save_changes(PostgresStore *s, const SetRows *changed, SetColumns *c)
{
        for (size_t i = 0; i < 3; i++)
                pg_array_begin(&c->list[i], 'I');
        randombytes_buf(&s->mark, sizeof s->mark);
        set_list_change(c, CHANGE_HEAD, s->db.wrote, s->mark);
        for (size_t i = 0; i < changed->n; i++) {
                const SetRow *row = changed->list[i];
                int64_t a, b;

                if (!row->live && !row->stored)
                        continue;
                postgres_table_key_of(row->table, row->data, &a, &b);
                if (row->table == SET_MESSAGES && !row->live)
                        b = -b; /* who reads the list knows at once that it has gone */
                set_list_change(c, row->table, a, b);
        }
        return pg_send(s->db.pg, false,
                       "INSERT INTO change (generation, tables, a, b) VALUES (?, ?, ?, ?)", "iIII",
                       s->next, &c->list[0], &c->list[1], &c->list[2]);
}

static int set_save_generation(PostgresStore *s, const SetIds *ids)
{
        Pg *pg = s->db.pg;
        char generation[24];
        int r = pg_send(pg, false, "DELETE FROM change WHERE generation <= ?", "i",
                        s->next - CHANGES_KEPT);

        (void)snprintf(generation, sizeof generation, "%lld", (long long)s->next);
        if (r == 0)
                r = pg_send(pg, false,
                            "UPDATE working_set SET generation = ?, grp = ?, member = ?,"
                            " message = ?",
                            "iiii", s->next, ids->group, ids->member, ids->message);
        return r < 0 ? r : pg_send(pg, false, "SELECT pg_notify('huddle', ?)", "t", generation);
}

/* What has gone first: what came may be found by the same number. */
static int postgres_set_save(Store *store, const SetRows *changed, const SetIds *ids)
{
        PostgresStore *s = (PostgresStore *)store;
        _cleanup_(set_columns_done) SetColumns c = {.n = 0};
        int r = 0;

        for (SetTable t = SET_GROUPS; r == 0 && t < SET_TABLES; t++) {
                r = set_save_table(s->db.pg, t, STATEMENT_DELETE, changed, &c);
                if (r == 0)
                        r = set_save_table(s->db.pg, t, STATEMENT_INSERT, changed, &c);
        }
        if (r == 0)
                r = set_save_changes(s, changed, &c);
        return r < 0 ? r : set_save_generation(s, ids);
}

const SetEngine postgres_set_engine = {
        .load = postgres_set_load,
        .save = postgres_set_save,
        ROWS_ENGINE,
};
