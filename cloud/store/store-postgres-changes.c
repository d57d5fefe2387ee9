/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-postgres-changes.c - what another node has saved comes into memory: by the lists of its
 * changes, whose rows are read */
#include "store-postgres-tables.h"

#include <string.h>

typedef struct ChangeKey {
        int64_t table, a, b;
} ChangeKey;

typedef ARRAY(ChangeKey) ChangeKeys;

static int change_compare(const void *x, const void *y)
{
        const ChangeKey *a = x, *b = y;

        if (a->table != b->table)
                return a->table < b->table ? -1 : 1;
        if (a->a != b->a)
                return a->a < b->a ? -1 : 1;
        return a->b == b->b ? 0 : a->b < b->b ? -1 : 1;
}

/* One entry of lists that unnest has made rows of. */
static int change_read(Known *known, const PgRows *rows, ChangeKeys *ret)
{
        ChangeKey key = {pg_int(rows, 0), pg_int(rows, 1), pg_int(rows, 2)};
        Id spent;

        if (key.table == CHANGE_HEAD && key.a != 0)
                known_forget_accounts(known);
        if (key.table == CHANGE_SPENT) {
                memcpy(spent.b, &key.a, sizeof key.a);
                memcpy(spent.b + sizeof key.a, &key.b, sizeof key.b);
                known_spent_is(known, &spent);
        }
        return key.table < 0 || key.table >= SET_TABLES ? 0 : array_add(ret, key);
}

int postgres_set_ask_changes(Store *s, int64_t since)
{
        return pg_send(pg_of(s), true,
                       "SELECT u.t, u.a, u.b FROM change c, unnest(c.tables, c.a, c.b)"
                       " AS u(t, a, b) WHERE c.generation > ?",
                       "i", since);
}

/* The keys in order, each once. 1: some of the lists are not kept any more. */
static int change_read_all(Known *known, PgRows *lists, int64_t n_batches, ChangeKeys *ret)
{
        int64_t n_lists = 0;
        size_t n = 0;
        int r = 0;

        for (lists->row = 0; r == 0 && lists->row < lists->n; lists->row++) {
                n_lists += pg_int(lists, 0) == CHANGE_HEAD;
                r = change_read(known, lists, ret);
        }
        if (r < 0 || n_lists != n_batches)
                return r < 0 ? r : 1;
        if (ret->n > 0)
                qsort(ret->list, ret->n, sizeof *ret->list, change_compare);
        for (size_t i = 0; i < ret->n; i++)
                if (n == 0 || change_compare(&ret->list[n - 1], &ret->list[i]) != 0)
                        ret->list[n++] = ret->list[i];
        ret->n = n;
        return 0;
}

static void change_tell(Store *s, const ChangeKey *key)
{
        int64_t group = key->table == SET_GROUPS    ? key->a
                        : key->table == SET_MEMBERS ? working_set_group_of(set_of(s), key->a)
                                                    : 0;

        if (group != 0)
                working_set_tell(s, group, key->table == SET_MEMBERS ? key->a : 0);
}

static void change_tell_all(Store *s, const ChangeKeys *keys)
{
        for (size_t i = 0; i < keys->n; i++)
                change_tell(s, &keys->list[i]);
}

/* A message that came is in no memory, one that went has a negative id. */
static void change_drop(WorkingSet *w, const ChangeKey *key)
{
        if (key->table != SET_MESSAGES)
                working_set_drop(w, (SetTable)key->table, key->a, key->b);
        else if (key->b < 0)
                working_set_drop(w, SET_MESSAGES, key->a, -key->b);
}

/* Asks for the rows of a table. *ret_asked: there are some to ask for. */
static int change_ask(Pg *pg, SetTable table, const ChangeKeys *keys, SetColumns *c,
                      bool *ret_asked)
{
        set_columns_begin(c, table, STATEMENT_SELECT_KEYS);
        for (size_t i = 0; i < keys->n; i++) {
                const ChangeKey *key = &keys->list[i];

                if (key->table != (int64_t)table || key->b < 0)
                        continue;
                pg_array_int(&c->list[0], key->a);
                if (c->n > 1)
                        pg_array_int(&c->list[1], key->b);
        }
        *ret_asked = c->list[0].n > 0;
        return *ret_asked ? set_columns_send(pg, true, table, STATEMENT_SELECT_KEYS, c) : 0;
}

static int change_take(WorkingSet *w, SetTable table, PgRows *rows)
{
        int r = 0;

        for (rows->row = 0; r == 0 && rows->row < rows->n; rows->row++) {
                size_t size;
                void *row = postgres_table_read(table, rows, &size);

                r = row ? working_set_take(w, table, row, size) : -EBADMSG;
        }
        return r;
}

/* One round for all tables. All that was touched goes before anything comes: a member's id may have
 * gone from one row to another. */
static int change_fetch(Store *s, const ChangeKeys *keys)
{
        _cleanup_(set_columns_done) SetColumns c = {.n = 0};
        PgRows rows[SET_TABLES];
        SetTable asked[SET_TABLES];
        size_t n = 0;
        int r = 0;

        for (SetTable t = SET_GROUPS; r == 0 && t < SET_TABLES; t++) {
                bool some;

                r = change_ask(pg_of(s), t, keys, &c, &some);
                asked[n] = t;
                n += some;
        }
        if (r == 0)
                r = pg_round(pg_of(s), rows, n);
        if (r < 0)
                return r;
        for (size_t i = 0; i < keys->n; i++)
                change_drop(set_of(s), &keys->list[i]);
        for (size_t i = 0; i < n; i++) {
                if (r == 0)
                        r = change_take(set_of(s), asked[i], &rows[i]);
                pg_rows_done(&rows[i]);
        }
        return r;
}

/* Told of both: where a member was, and where it is. */
int postgres_set_catch_up(Store *s, PgRows *lists, int64_t n_batches)
{
        _cleanup_array_ ChangeKey *list = NULL;
        ChangeKeys keys = {NULL, 0, 0};
        int r = change_read_all(((PostgresStore *)s)->known, lists, n_batches, &keys);

        list = keys.list;
        if (r != 0)
                return r;
        change_tell_all(s, &keys);
        r = change_fetch(s, &keys);
        if (r == 0)
                change_tell_all(s, &keys);
        return r;
}
