/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows-groups.c - what a group and its members leave in the file alone: plans, rosters,
 * spent ids; and the end of all that they have there */
#include "rows.h"

/* ---- plans ---- */

int rows_plan_put(Store *s, int64_t group, const uint8_t *bytes, size_t len)
{
        return db_run(db_of(s),
                      "INSERT INTO plan (grp, bytes) VALUES (?, ?)"
                      " ON CONFLICT (grp) DO UPDATE SET bytes = excluded.bytes",
                      "ib", group, bytes, len);
}

int rows_plan_get(Store *s, int64_t group, uint8_t **ret, size_t *ret_len)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), "SELECT bytes FROM plan WHERE grp = ?", "i", group);

        return r == 0 ? found_copy_blob(&q, 0, ret, ret_len) : r;
}

int rows_plan_drop(Store *s, int64_t group)
{
        return db_run(db_of(s), "DELETE FROM plan WHERE grp = ?", "i", group);
}

/* ---- rosters ---- */

int rows_roster_put(Store *s, int64_t group, const Roster *r)
{
        int64_t n = 0;
        int k = db_change(
                db_of(s), &n,
                "INSERT INTO roster (grp, record_number, bytes, signature) SELECT ?1, ?2, ?3, ?4"
                " WHERE NOT EXISTS (SELECT 1 FROM record WHERE number = ?2) ON CONFLICT DO NOTHING",
                "itbb", group, r->record_number, r->bytes, r->n_bytes, r->signature,
                sizeof r->signature);

        return k == 0 && n == 0 ? STORE_E_EXISTS : k;
}

int rows_roster_get(Store *s, int64_t group, Roster **ret)
{
        _cleanup_(roster_freep) Roster *found = calloc(1, sizeof *found);
        _cleanup_found_ Found q = {0};
        int r;

        if (!found)
                return -ENOMEM;
        r = db_first(&q, db_of(s),
                     "SELECT record_number, bytes, signature FROM roster WHERE grp = ?", "i",
                     group);
        if (r != 0)
                return r;
        found_text(&q, 0, found->record_number, sizeof found->record_number);
        found->n_bytes = found_size(&q, 1);
        found->bytes = malloc(found->n_bytes + 1);
        if (!found->bytes)
                return -ENOMEM;
        r = found_blob(&q, 1, found->bytes, found->n_bytes);
        if (r == 0)
                r = found_blob(&q, 2, found->signature, sizeof found->signature);
        if (r == 0)
                *ret = TAKE_PTR(found);
        return r;
}

/* ---- spent ids ---- */

int rows_spent(Store *s, const Id *id)
{
        _cleanup_found_ Found q = {0};

        return db_first(&q, db_of(s), "SELECT 1 FROM spent WHERE id = ?", "b", id->b, sizeof id->b);
}

int rows_spend(Store *s, const Id *id, uint64_t until_ms)
{
        return db_run(db_of(s),
                      "INSERT INTO spent (id, expires_ms) VALUES (?, ?) ON CONFLICT DO NOTHING",
                      "bi", id->b, sizeof id->b, (int64_t)until_ms);
}

int rows_spent_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        return rows_run_some(s,
                             "DELETE FROM spent WHERE id IN"
                             " (SELECT id FROM spent WHERE expires_ms <= ? LIMIT ?)",
                             now_ms, limit, more);
}

/* ---- the end ---- */

int rows_group_gone(Store *s, int64_t group)
{
        int r = rows_plan_drop(s, group);

        if (r == 0)
                r = db_run(db_of(s), "DELETE FROM roster WHERE grp = ?", "i", group);
        return r < 0 ? r : rows_record_leave_group(s, group);
}

/* What belongs to its record. */
int rows_group_going(Store *s, int64_t group, size_t *left)
{
        static const char *const steps[] = {
                "DELETE FROM \"fetch\" WHERE id IN (SELECT f.id FROM record r"
                " CROSS JOIN \"fetch\" f WHERE f.number = r.number AND r.grp = ?1 LIMIT ?2)",
                "UPDATE escrow SET escrow = NULL WHERE id IN (SELECT e.id FROM record r"
                " CROSS JOIN escrow e WHERE e.number = r.number"
                " AND r.grp = ?1 AND e.escrow IS NOT NULL LIMIT ?2)",
        };
        int64_t n = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && *left > 0 && i < ARRAY_LEN(steps); i++) {
                r = db_change(db_of(s), &n, steps[i], "ii", group, (int64_t)*left);
                *left -= MIN(*left, (size_t)n);
        }
        return r;
}

/* Deleting overwrites, so a piece costs what its bytes do. */
int rows_member_going(Store *s, int64_t member, size_t *left)
{
        enum { PAGE = 4096 };

        while (*left > 0) {
                _cleanup_found_ Found q = {0};
                int r = db_first(&q, db_of(s),
                                 "SELECT key, length(bytes) FROM piece"
                                 " WHERE key >= ?1 << 20 AND key < (?1 + 1) << 20 LIMIT 1",
                                 "i", member);
                size_t cost;
                int64_t key;

                if (r != 0)
                        return MIN(r, 0);
                key = found_int(&q, 0);
                cost = 1 + (size_t)found_int(&q, 1) / PAGE;
                found_done(&q);
                r = db_run(db_of(s), "DELETE FROM piece WHERE key = ?", "i", key);
                if (r < 0)
                        return r;
                *left -= MIN(*left, cost);
        }
        return 0;
}

/* Of what the file has alone. */
int rows_next_deadline(Store *s, uint64_t *ret_ms)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s),
                         "SELECT min(at) FROM ("
                         "SELECT min(expires_ms) AS at FROM escrow WHERE escrow IS NOT NULL"
                         " UNION ALL SELECT 0 FROM revoking) t",
                         "");

        if (r == 0 && !found_null(&q, 0))
                *ret_ms = MIN(*ret_ms, (uint64_t)found_int(&q, 0));
        return must(r);
}

int rows_run_some(Store *s, const char *sql, uint64_t at_ms, size_t limit, bool *more)
{
        int64_t n = 0;
        int r = db_change(db_of(s), &n, sql, "ii", (int64_t)at_ms, (int64_t)limit);

        *more |= n >= (int64_t)limit;
        return r;
}

/* One question, for mostly nothing is due: each of the statements that remove makes a table of its
 * own first, and is a trip to a server. */
static int rows_are_due(Store *s, uint64_t now_ms, bool *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(
                &q, db_of(s),
                "SELECT CASE WHEN EXISTS (SELECT 1 FROM code WHERE expires_ms <= ?1)"
                " OR EXISTS (SELECT 1 FROM account WHERE confirmed = 0 AND created_ms < ?2)"
                " OR EXISTS (SELECT 1 FROM account"
                " WHERE guest_until_ms > 0 AND guest_until_ms <= ?1)"
                " OR EXISTS (SELECT 1 FROM escrow WHERE escrow IS NOT NULL AND expires_ms <= ?1)"
                " OR EXISTS (SELECT 1 FROM record WHERE grp IS NULL AND expires_ms <= ?3)"
                " OR EXISTS (SELECT 1 FROM tries WHERE forget_ms <= ?1)"
                " OR EXISTS (SELECT 1 FROM spent WHERE expires_ms <= ?1) THEN 1 ELSE 0 END",
                "iii", (int64_t)now_ms, (int64_t)rows_before(now_ms, UNCONFIRMED_MS),
                (int64_t)rows_before(now_ms, RECORD_MEMORY_MS));

        if (r == 0)
                *ret = found_int(&q, 0) != 0;
        return must(r);
}

int rows_expire(Store *s, uint64_t now_ms, size_t limit, bool *ret_more)
{
        bool due = false, more = false;
        int r = rows_are_due(s, now_ms, &due);

        if (r == 0 && due)
                r = rows_accounts_expire(s, now_ms, limit, &more);
        if (r == 0 && due)
                r = rows_records_expire(s, now_ms, limit, &more);
        if (r == 0 && due)
                r = rows_spent_expire(s, now_ms, limit, &more);
        if (r == 0)
                r = set_past_expire(s, now_ms, limit, &more);
        if (r == 0)
                r = set_groups_expire(s, now_ms, limit, &more);
        if (r == 0 && !more && set_engine(set_of(s))->shrink) /* while there is no other work */
                r = set_engine(set_of(s))->shrink(s, &more);
        if (r >= 0)
                *ret_more = more;
        return r;
}
