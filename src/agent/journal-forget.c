/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "journal-private.h"
#include "src/base/array.h"

#include <stdlib.h>

typedef ARRAY(uint64_t) Keys;

static void keys_done(Keys *k)
{
        array_done(k);
}

/* The log held a copy of what was deleted. */
static int forget_checkpoint(Journal *j)
{
        return sql_exec(j->sql, "PRAGMA wal_checkpoint(TRUNCATE)");
}

#define SQL_FORGOTTEN " exchange IN (SELECT key FROM exchange WHERE forgotten)"

/* Deletes what is forgotten and at rest: what is on its way gets there first. */
static int forget_sweep(Journal *j, bool *ret_swept)
{
        static const char *const queries[] = {
                ("DELETE FROM piece WHERE step IN (SELECT id FROM step"
                 " WHERE NOT state " SQL_IS_OPEN " AND" SQL_FORGOTTEN ")"),
                "DELETE FROM step WHERE NOT state " SQL_IS_OPEN " AND" SQL_FORGOTTEN,
                ("DELETE FROM exchange WHERE forgotten"
                 " AND NOT EXISTS (SELECT 1 FROM step WHERE exchange = key)"),
        };
        int r = 0;

        for (size_t i = 0; i < ARRAY_LEN(queries) && r == 0; i++) {
                r = query_run(j->sql, queries[i], "");
                *ret_swept = *ret_swept || sql_changes(j->sql) > 0;
        }
        return r;
}

int journal_end_swept(Journal *j, int r)
{
        bool swept = false;

        if (r == 0)
                r = forget_sweep(j, &swept);
        r = journal_end(j, r);
        return r == 0 && swept ? forget_checkpoint(j) : r;
}

static int keys_compare(const void *a, const void *b)
{
        uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

        return x < y ? -1 : x > y;
}

/* The exchanges of the journal, no older than that, that are not among the kept ones. */
static int forget_find(Journal *j, const Keys *kept, uint64_t since_s, Keys *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, j->sql,
                            "SELECT key FROM exchange WHERE NOT forgotten AND time_s >= ?", "i",
                            (int64_t)since_s);

        while (r == 0 && (r = query_step(&q)) > 0) {
                uint64_t key = (uint64_t)query_int(&q, 0);

                r = kept->n > 0 && bsearch(&key, kept->list, kept->n, sizeof key, keys_compare)
                            ? 0
                            : array_add(ret, key);
        }
        return MIN(r, 0);
}

static int forget_mark(Journal *j, const Keys *gone)
{
        int r = 0;

        for (size_t i = 0; i < gone->n && r == 0; i++)
                r = query_run(j->sql, "UPDATE exchange SET forgotten = 1 WHERE key = ?", "i",
                              (int64_t)gone->list[i]);
        return r;
}

int journal_keep(Journal *j, const uint64_t *keys, size_t n, uint64_t since_s)
{
        _cleanup_(keys_done) Keys kept = {0}, gone = {0};
        int r = 0;

        for (size_t i = 0; i < n && r == 0; i++)
                r = array_add(&kept, keys[i]);
        if (r < 0)
                return r;
        if (n > 0)
                qsort(kept.list, kept.n, sizeof *kept.list, keys_compare);
        r = forget_find(j, &kept, since_s, &gone);
        if (r < 0 || gone.n == 0)
                return r;
        r = journal_begin(j);
        return r == 0 ? journal_end_swept(j, forget_mark(j, &gone)) : r;
}
