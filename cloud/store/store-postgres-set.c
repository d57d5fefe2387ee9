/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-postgres-set.c - the working set in PostgreSQL: read at the start, written at each commit
 *
 * A batch sends one statement for each table and deed, with an array for each column.
 */
#include "store-postgres-tables.h"

#include <sodium.h>
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

static int set_load_spent(PostgresStore *s)
{
        PgRows rows;
        int r = pg_send(s->db.pg, true, "SELECT id FROM spent", "");

        if (r == 0)
                r = pg_round(s->db.pg, &rows, 1);
        if (r < 0)
                return r;
        known_forget_spent(s->known);
        for (rows.row = 0; rows.row < rows.n; rows.row++)
                if (pg_size(&rows, 0) == sizeof(Id))
                        known_spent_is(s->known, (const Id *)pg_bytes(&rows, 0));
        s->known->n_loaded = s->known->n_spent;
        pg_rows_done(&rows);
        return 0;
}

/* Where a million rows are read, the server waits between tables while they are put into memory,
 * and a table may take longer than any statement of a batch. */
static int postgres_set_load(Store *s)
{
        int r = pg_allow_long(pg_of(s), true);

        if (r == 0)
                r = set_load_spent((PostgresStore *)s);
        known_forget_accounts(((PostgresStore *)s)->known);
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
        return r < 0 ? r : pg_allow_long(pg_of(s), false);
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

static void set_list_spent(SetColumns *c, const Known *k)
{
        for (size_t i = 0; i < k->newly_spent.n; i++) {
                int64_t halves[2];

                memcpy(halves, k->newly_spent.list[i].b, sizeof halves);
                set_list_change(c, CHANGE_SPENT, halves[0], halves[1]);
        }
}

static int set_save_changes(PostgresStore *s, const SetRows *changed, SetColumns *c)
{
        for (size_t i = 0; i < 3; i++)
                pg_array_begin(&c->list[i], 'I');
        randombytes_buf(&s->mark, sizeof s->mark);
        set_list_change(c, CHANGE_HEAD, s->db.wrote_accounts, s->mark);
        set_list_spent(c, s->known);
        for (size_t i = 0; i < changed->n; i++) {
                const SetRow *row = changed->list[i];
                int64_t a, b;

                if (!row->live && !row->stored)
                        continue;
                postgres_table_key_of(row->table, row->data, &a, &b);
                if (row->table == SET_MESSAGES && !row->live)
                        b = -b; /* readers of the list know at once that it has gone */
                set_list_change(c, row->table, a, b);
        }
        return pg_send(s->db.pg, false,
                       "INSERT INTO change (generation, tables, a, b) VALUES (?, ?, ?, ?)", "iIII",
                       s->next, &c->list[0], &c->list[1], &c->list[2]);
}

/* Each statement costs the others some of their time: one batch of many sweeps, one statement saves
 * and tells. */
static int set_save_generation(PostgresStore *s, const SetIds *ids)
{
        Pg *pg = s->db.pg;
        int r = s->next % CHANGES_SWEPT == 0
                        ? pg_send(pg, false, "DELETE FROM change WHERE generation <= ?", "i",
                                  s->next - CHANGES_KEPT)
                        : 0;

        return r < 0 ? r
                     : pg_send(pg, false,
                               "UPDATE working_set SET generation = ?, grp = ?, member = ?,"
                               " message = ? RETURNING pg_notify('huddle', generation::text)",
                               "iiii", s->next, ids->group, ids->member, ids->message);
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

/* ---- what is not in the set ---- */

static int postgres_spend(Store *store, const Id *id, uint64_t until_ms)
{
        Known *k = ((PostgresStore *)store)->known;

        known_spent_is(k, id);
        return array_add(&k->newly_spent, *id) < 0 ? -ENOMEM : rows_spend(store, id, until_ms);
}

static int postgres_next_deadline(Store *store, uint64_t *ret_ms)
{
        const PostgresStore *s = (const PostgresStore *)store;

        if (s->db.wrote)
                return rows_next_deadline(store, ret_ms);
        *ret_ms = MIN(*ret_ms, s->known->due_ms);
        return 0;
}

const SetEngine postgres_set_engine = {
        .spend = postgres_spend,
        .next_deadline = postgres_next_deadline,
        .load = postgres_set_load,
        .save = postgres_set_save,
        ROWS_ENGINE,
};
