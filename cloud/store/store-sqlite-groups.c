/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite-groups.c - what a group and its members leave in the file alone: plans, rosters,
 * spent ids; and the end of all that they have there */
#include "store-sqlite.h"

/* ---- plans ---- */

int sqlite_plan_put(Store *s, int64_t group, const uint8_t *bytes, size_t len)
{
        return query_run(sqlite_of(s), "INSERT OR REPLACE INTO plan (grp, bytes) VALUES (?, ?)",
                         "ib", group, bytes, len);
}

int sqlite_plan_get(Store *s, int64_t group, uint8_t **ret, size_t *ret_len)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), "SELECT bytes FROM plan WHERE grp = ?", "i", group);

        return r == 0 ? query_copy_blob(&q, 0, ret, ret_len) : r;
}

int sqlite_plan_drop(Store *s, int64_t group)
{
        return query_run(sqlite_of(s), "DELETE FROM plan WHERE grp = ?", "i", group);
}

/* ---- rosters ---- */

int sqlite_roster_put(Store *s, int64_t group, const Roster *r)
{
        int k = query_insert(
                sqlite_of(s),
                "INSERT INTO roster (grp, record_number, bytes, signature) SELECT ?1, ?2, ?3, ?4"
                " WHERE NOT EXISTS (SELECT 1 FROM record WHERE number = ?2)",
                "itbb", group, r->record_number, r->bytes, r->n_bytes, r->signature,
                sizeof r->signature);

        return k == 0 && sql_changes(sqlite_of(s)) == 0 ? STORE_E_EXISTS : k;
}

int sqlite_roster_get(Store *s, int64_t group, Roster **ret)
{
        _cleanup_(roster_freep) Roster *found = calloc(1, sizeof *found);
        _cleanup_query_ Query q = {0};
        int r;

        if (!found)
                return -ENOMEM;
        r = query_first(&q, sqlite_of(s),
                        "SELECT record_number, bytes, signature FROM roster WHERE grp = ?", "i",
                        group);
        if (r != 0)
                return r;
        query_text(&q, 0, found->record_number, sizeof found->record_number);
        found->n_bytes = query_size(&q, 1);
        found->bytes = malloc(found->n_bytes + 1);
        if (!found->bytes)
                return -ENOMEM;
        r = query_blob(&q, 1, found->bytes, found->n_bytes);
        if (r == 0)
                r = query_blob(&q, 2, found->signature, sizeof found->signature);
        if (r == 0)
                *ret = TAKE_PTR(found);
        return r;
}

/* ---- spent ids ---- */

int sqlite_spent(Store *s, const Id *id)
{
        _cleanup_query_ Query q = {0};

        return query_first(&q, sqlite_of(s), "SELECT 1 FROM spent WHERE id = ?", "b", id->b,
                           sizeof id->b);
}

int sqlite_spend(Store *s, const Id *id, uint64_t until_ms)
{
        return query_run(sqlite_of(s), "INSERT OR IGNORE INTO spent (id, expires_ms) VALUES (?, ?)",
                         "bi", id->b, sizeof id->b, (int64_t)until_ms);
}

int sqlite_spent_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        return sqlite_run_some(s,
                               "DELETE FROM spent WHERE rowid IN"
                               " (SELECT rowid FROM spent WHERE expires_ms <= ? LIMIT ?)",
                               now_ms, limit, more);
}

/* ---- the end ---- */

int sqlite_group_gone(Store *s, int64_t group)
{
        int r = sqlite_plan_drop(s, group);

        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM roster WHERE grp = ?", "i", group);
        return r < 0 ? r : sqlite_record_leave_group(s, group);
}

/* What belongs to its record. */
int sqlite_group_going(Store *s, int64_t group, size_t *left)
{
        static const char *const steps[] = {
                "DELETE FROM fetch WHERE id IN (SELECT f.id FROM record r"
                " CROSS JOIN fetch f ON f.number = r.number WHERE r.grp = ?1 LIMIT ?2)",
                "UPDATE escrow SET escrow = NULL WHERE id IN (SELECT e.id FROM record r"
                " CROSS JOIN escrow e ON e.number = r.number"
                " WHERE r.grp = ?1 AND e.escrow IS NOT NULL LIMIT ?2)",
        };
        int r = 0;

        for (size_t i = 0; r == 0 && *left > 0 && i < ARRAY_LEN(steps); i++) {
                r = query_run(sqlite_of(s), steps[i], "ii", group, (int64_t)*left);
                if (r == 0)
                        *left -= MIN(*left, (size_t)sql_changes(sqlite_of(s)));
        }
        return r;
}

/* Deleting overwrites, so a piece costs what its bytes do. */
int sqlite_member_going(Store *s, int64_t member, size_t *left)
{
        enum { PAGE = 4096 };

        while (*left > 0) {
                _cleanup_query_ Query q = {0};
                int r = query_first(&q, sqlite_of(s),
                                    "SELECT key, length(bytes) FROM piece"
                                    " WHERE key >= ?1 << 20 AND key < (?1 + 1) << 20 LIMIT 1",
                                    "i", member);
                size_t cost;
                int64_t key;

                if (r != 0)
                        return MIN(r, 0);
                key = query_int(&q, 0);
                cost = 1 + (size_t)query_int(&q, 1) / PAGE;
                query_done(&q);
                r = query_run(sqlite_of(s), "DELETE FROM piece WHERE key = ?", "i", key);
                if (r < 0)
                        return r;
                *left -= MIN(*left, cost);
        }
        return 0;
}

/* Of what the file has alone. */
int sqlite_next_deadline(Store *s, uint64_t *ret_ms)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT min(at) FROM ("
                            "SELECT min(expires_ms) AS at FROM escrow WHERE escrow IS NOT NULL"
                            " UNION ALL SELECT 0 FROM revoking)",
                            "");

        if (r == 0 && !query_null(&q, 0))
                *ret_ms = MIN(*ret_ms, (uint64_t)query_int(&q, 0));
        return must(r);
}
