/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows-records.c - records of closed groups, their fetches, and wrong tries */
#include "rows.h"

enum { REVOKE_ROWS = 500, REVOKE_STEPS = 20000 }; /* of a step, and after which none begins */

/* ---- records ---- */

int rows_record_add(Store *s, const RecordRow *r)
{
        int64_t n = 0;
        int k = db_change(db_of(s), &n,
                          "INSERT INTO record (number, grp, half, expires_ms) VALUES (?, ?, ?, ?)"
                          " ON CONFLICT DO NOTHING",
                          "titi", r->number, r->group, r->half, (int64_t)r->expires_ms);

        return k == 0 && n == 0 ? STORE_E_EXISTS : k;
}

static void record_read(const Found *q, RecordRow *ret)
{
        *ret = (RecordRow){.group = found_int(q, 1), .expires_ms = (uint64_t)found_int(q, 3)};
        found_text(q, 0, ret->number, sizeof ret->number);
        found_text(q, 2, ret->half, sizeof ret->half);
}

#define RECORD_SELECT "SELECT number, coalesce(grp, 0), half, expires_ms FROM record"

int rows_record_of_group(Store *s, int64_t group, RecordRow *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), RECORD_SELECT " WHERE grp = ?", "i", group);

        if (r == 0)
                record_read(&q, ret);
        return r;
}

int rows_record_by_number(Store *s, const char *number, RecordRow *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s), RECORD_SELECT " WHERE number = ?", "t", number);

        if (r == 0)
                record_read(&q, ret);
        return r;
}

int rows_record_leave_group(Store *s, int64_t group)
{
        int r = db_run(
                db_of(s),
                "DELETE FROM \"fetch\" WHERE number IN (SELECT number FROM record WHERE grp = ?)",
                "i", group);

        if (r == 0)
                r = db_run(db_of(s),
                           "UPDATE escrow SET escrow = NULL WHERE escrow IS NOT NULL"
                           " AND number IN (SELECT number FROM record WHERE grp = ?)",
                           "i", group);
        return r != 0 ? r
                      : db_run(db_of(s), "UPDATE record SET grp = NULL, half = '' WHERE grp = ?",
                               "i", group);
}

/* ---- escrows ---- */

int rows_escrow_add(Store *s, const EscrowRow *e)
{
        int64_t n = 0;
        int r = db_change(
                db_of(s), &n,
                "INSERT INTO escrow (number, member, token_hash, expires_ms, revoked, escrow)"
                " VALUES (?, ?, ?, ?, ?, CASE WHEN ? = 1 THEN ? END) ON CONFLICT DO NOTHING",
                "tibiiib", e->number, e->member, e->token_hash.b, sizeof e->token_hash.b,
                (int64_t)e->expires_ms, (int64_t)e->revoked, (int64_t)e->stands, e->escrow,
                sizeof e->escrow);

        return r == 0 && n == 0 ? STORE_E_EXISTS : r;
}

int rows_escrow_find(Store *s, const char *number, const Bytes32 *token_hash, EscrowRow *ret)
{
        _cleanup_found_ Found q = {0};
        EscrowRow row = {.token_hash = *token_hash};
        int r = db_first(&q, db_of(s),
                         "SELECT number, member, expires_ms, revoked, escrow FROM escrow"
                         " WHERE number = ? AND token_hash = ? LIMIT 1",
                         "tb", number, token_hash->b, sizeof token_hash->b);

        if (r != 0)

                return r;
        found_text(&q, 0, row.number, sizeof row.number);
        row.member = found_int(&q, 1);
        row.expires_ms = (uint64_t)found_int(&q, 2);
        row.revoked = found_int(&q, 3) != 0;
        row.stands = !found_null(&q, 4);
        r = row.stands ? found_blob(&q, 4, row.escrow, sizeof row.escrow) : 0;
        if (r == 0)
                *ret = row;
        return r;
}

int rows_escrow_count_others(Store *s, const EscrowRow *e, uint32_t *ret)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(
                &q, db_of(s),
                "SELECT count(*) FROM escrow WHERE number = ? AND member = ? AND token_hash <> ?",
                "tib", e->number, e->member, e->token_hash.b, sizeof e->token_hash.b);

        if (r != 0)

                return must(r);
        *ret = (uint32_t)found_int(&q, 0);
        return 0;
}

int rows_escrow_any(Store *s, const char *number)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(&q, db_of(s),
                         "SELECT 1 FROM escrow WHERE number = ? AND escrow IS NOT NULL LIMIT 1",
                         "t", number);

        return r;
}

/* Some of the tokens that share a depositor with a revoked one, and the other deposits of a revoked
 * token. Returns how many. */
static int escrow_revoke_some(Store *s, const char *number)
{
        int64_t n = 0;
        int r = db_change(db_of(s), &n,
                          "UPDATE escrow SET revoked = 1, escrow = NULL WHERE id IN"
                          " (SELECT id FROM escrow WHERE number = ?1 AND revoked = 0 AND"
                          "  (token_hash IN (SELECT token_hash FROM escrow"
                          "   WHERE number = ?1 AND revoked = 1)"
                          "   OR member IN (SELECT member FROM escrow"
                          "   WHERE number = ?1 AND revoked = 1)) LIMIT ?2)",
                          "ti", number, (int64_t)REVOKE_ROWS);

        return r < 0 ? r : (int)n;
}

static int escrow_revoke_go_on(Store *s, const char *number)
{
        uint64_t begun_with = db_steps(db_of(s));
        int n;

        do
                n = escrow_revoke_some(s, number);
        while (n > 0 && db_steps(db_of(s)) - begun_with < REVOKE_STEPS);
        return n != 0 ? MIN(n, 0)
                      : db_run(db_of(s), "DELETE FROM revoking WHERE number = ?", "t", number);
}

int rows_escrow_revoke(Store *s, const char *number, const Bytes32 *token_hash)
{
        int r = db_run(db_of(s),
                       "UPDATE escrow SET revoked = 1, escrow = NULL"
                       " WHERE number = ? AND token_hash = ?",
                       "tb", number, token_hash->b, sizeof token_hash->b);

        if (r == 0)
                r = db_run(db_of(s),
                           "INSERT INTO revoking (number) VALUES (?) ON CONFLICT DO NOTHING", "t",
                           number);
        return r < 0 ? r : escrow_revoke_go_on(s, number);
}

int rows_escrow_revoke_more(Store *s)
{
        _cleanup_found_ Found q = {0};
        char number[RECORD_NUMBER_SIZE];
        int r = db_first(&q, db_of(s), "SELECT number FROM revoking LIMIT 1", "");

        if (r != 0)
                return MIN(r, 0);
        found_text(&q, 0, number, sizeof number);
        r = escrow_revoke_go_on(s, number);
        return r < 0 ? r : 1;
}

/* ---- fetches ---- */

int rows_fetch_add(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len,
                   uint64_t now_ms)
{
        int64_t n = 0;
        int r = db_change(db_of(s), &n,
                          "INSERT INTO \"fetch\" (number, token_hash, reader, at_ms)"
                          " VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING",
                          "tbbi", of->number, of->token_hash.b, sizeof of->token_hash.b, reader,
                          len, (int64_t)now_ms);

        return r == 0 && n == 0 ? STORE_E_EXISTS : r;
}

int rows_fetch_find(Store *s, const EscrowRow *of, const uint8_t *reader, size_t len)
{
        _cleanup_found_ Found q = {0};
        int r = db_first(
                &q, db_of(s),
                "SELECT 1 FROM \"fetch\" WHERE number = ? AND token_hash = ? AND reader = ?", "tbb",
                of->number, of->token_hash.b, sizeof of->token_hash.b, reader, len);

        return r;
}

int rows_fetches_walk(Store *s, const EscrowRow *of, TimeFunc func, void *userdata)
{
        _cleanup_found_ Found q = {0};
        int r = db_ask(
                &q, db_of(s),
                "SELECT at_ms FROM \"fetch\" WHERE number = ? AND token_hash = ? ORDER BY id", "tb",
                of->number, of->token_hash.b, sizeof of->token_hash.b);

        while (r == 0 && (r = found_step(&q)) > 0)
                r = func((uint64_t)found_int(&q, 0), userdata);
        return r;
}

/* ---- wrong tries ---- */

int rows_tries_get(Store *s, const char *what, TriesRow *ret)
{
        _cleanup_found_ Found q = {0};
        TriesRow t = {0};
        int r = db_first(
                &q, db_of(s),
                "SELECT since_ms, recent, total, forget_ms, last FROM tries WHERE what = ?", "t",
                what);

        if (r != 0)

                return r;
        t.since_ms = (uint64_t)found_int(&q, 0);
        t.recent = (uint32_t)found_int(&q, 1);
        t.total = (uint32_t)found_int(&q, 2);
        t.forget_ms = (uint64_t)found_int(&q, 3);
        r = found_blob(&q, 4, t.last, sizeof t.last);
        if (r == 0)
                *ret = t;
        return r;
}

int rows_tries_put(Store *s, const char *what, const TriesRow *t)
{
        return db_run(
                db_of(s),
                "INSERT INTO tries (what, since_ms, recent, total, last, forget_ms)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (what) DO UPDATE SET"
                " since_ms = excluded.since_ms, recent = excluded.recent, total = excluded.total,"
                " last = excluded.last, forget_ms = excluded.forget_ms",
                "tiiibi", what, (int64_t)t->since_ms, (int64_t)t->recent, (int64_t)t->total,
                t->last, sizeof t->last, (int64_t)t->forget_ms);
}

/* The same few in all steps of a turn, however many wait behind them. */
#define RECORDS_OVER                                                                               \
        "SELECT id, number FROM record"                                                            \
        " WHERE grp IS NULL AND expires_ms <= ?1 ORDER BY expires_ms LIMIT ?2"

int rows_records_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        uint64_t forgotten_ms = rows_before(now_ms, RECORD_MEMORY_MS);
        int r = rows_run_some(s,
                              "UPDATE escrow SET escrow = NULL WHERE id IN (SELECT id FROM escrow"
                              " WHERE escrow IS NOT NULL AND expires_ms <= ? LIMIT ?)",
                              now_ms, limit, more);

        if (r == 0) /* each record has a few escrows for each member */
                r = rows_run_some(s,
                                  "DELETE FROM escrow WHERE id IN"
                                  " (SELECT e.id FROM (" RECORDS_OVER ") o"
                                  " CROSS JOIN escrow e WHERE e.number = o.number LIMIT ?2)",
                                  forgotten_ms, limit, more);
        if (r == 0)
                r = rows_run_some(s,
                                  "DELETE FROM record WHERE id IN"
                                  " (SELECT o.id FROM (" RECORDS_OVER ") o WHERE NOT EXISTS"
                                  " (SELECT 1 FROM escrow e WHERE e.number = o.number))",
                                  forgotten_ms, limit, more);
        if (r == 0)
                r = rows_run_some(s,
                                  "DELETE FROM tries WHERE what IN"
                                  " (SELECT what FROM tries WHERE forget_ms <= ? LIMIT ?)",
                                  now_ms, limit, more);
        return r;
}
