/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite-records.c - records of closed groups, who fetched them, and wrong tries */
#include "store-sqlite.h"

/* ---- records ---- */

int sqlite_record_add(Store *s, const RecordRow *r)
{
        return query_run(
                s, "INSERT INTO record (number, grp, half, expires_ms, revoked) VALUES (?, ?, ?, ?, 0)",
                "titi", r->number, r->group, r->half, (int64_t)r->expires_ms);
}

static int record_read(const Query *q, RecordRow *ret)
{
        RecordRow row = {
                .group = query_int(q, 1),
                .expires_ms = (uint64_t)query_int(q, 3),
                .deposited = !query_null(q, 4),
                .revoked = query_int(q, 5) != 0,
                .has_escrow = !query_null(q, 6),
        };
        int r = row.deposited ? query_blob(q, 4, row.token_hash.b, sizeof row.token_hash.b) : 0;

        if (r == 0 && row.has_escrow)
                r = query_blob(q, 6, row.escrow, sizeof row.escrow);
        if (r < 0)
                return r;
        query_text(q, 0, row.number, sizeof row.number);
        query_text(q, 2, row.half, sizeof row.half);
        *ret = row;
        return 0;
}

/* Takes over r, the result of query_begin. */
static int record_find(Query *q, int r, RecordRow *ret)
{
        if (r == 0)
                r = query_step(q);
        if (r <= 0)
                return r < 0 ? r : STORE_E_NOT_FOUND;
        return record_read(q, ret);
}

#define RECORD_SELECT                                                                                       \
        "SELECT number, coalesce(grp, 0), half, expires_ms, token_hash, revoked, escrow FROM record"

int sqlite_record_of_group(Store *s, int64_t group, RecordRow *ret)
{
        _cleanup_query_ Query q = {0};

        return record_find(&q, query_begin(&q, s, RECORD_SELECT " WHERE grp = ?", "i", group), ret);
}

int sqlite_record_by_number(Store *s, const char *number, RecordRow *ret)
{
        _cleanup_query_ Query q = {0};

        return record_find(&q, query_begin(&q, s, RECORD_SELECT " WHERE number = ?", "t", number), ret);
}

int sqlite_record_update(Store *s, const RecordRow *r)
{
        int k = query_run(
                s,
                "UPDATE record SET token_hash = iif(?, ?, NULL), revoked = ?, escrow = iif(?, ?, NULL)"
                " WHERE number = ?",
                "ibiibt", (int64_t)r->deposited, r->token_hash.b, sizeof r->token_hash.b,
                (int64_t)r->revoked, (int64_t)r->has_escrow, r->escrow, sizeof r->escrow, r->number);

        return k == 0 && query_changes(s) == 0 ? STORE_E_NOT_FOUND : k;
}

int sqlite_record_leave_group(Store *s, int64_t group)
{
        int r = query_run(s, "DELETE FROM fetch WHERE number IN (SELECT number FROM record WHERE grp = ?)",
                          "i", group);

        return r != 0 ? r
                      : query_run(s, "UPDATE record SET grp = NULL, half = '', escrow = NULL WHERE grp = ?",
                                  "i", group);
}

/* ---- fetches ---- */

int sqlite_fetch_add(Store *s, const char *number, const uint8_t *reader, size_t len, uint64_t now_ms)
{
        return query_run(s, "INSERT INTO fetch (number, reader, at_ms) VALUES (?, ?, ?)", "tbi", number,
                         reader, len, (int64_t)now_ms);
}

int sqlite_fetch_find(Store *s, const char *number, const uint8_t *reader, size_t len)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, s, "SELECT 1 FROM fetch WHERE number = ? AND reader = ?", "tb", number,
                            reader, len);

        if (r == 0)
                r = query_step(&q);
        return r < 0 ? r : r > 0 ? 0 : STORE_E_NOT_FOUND;
}

int sqlite_fetches_walk(Store *s, const char *number, TimeFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, s, "SELECT at_ms FROM fetch WHERE number = ? ORDER BY id", "t", number);

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func((uint64_t)query_int(&q, 0), userdata);
        return r;
}

/* ---- wrong tries ---- */

int sqlite_tries_get(Store *s, const char *what, TriesRow *ret)
{
        _cleanup_query_ Query q = {0};
        TriesRow t = {0};
        int r = query_begin(&q, s,
                            "SELECT since_ms, recent, total, forget_ms, last FROM tries WHERE what = ?", "t",
                            what);

        if (r == 0)
                r = query_step(&q);
        if (r <= 0)
                return r < 0 ? r : STORE_E_NOT_FOUND;
        t.since_ms = (uint64_t)query_int(&q, 0);
        t.recent = (uint32_t)query_int(&q, 1);
        t.total = (uint32_t)query_int(&q, 2);
        t.forget_ms = (uint64_t)query_int(&q, 3);
        r = query_blob(&q, 4, t.last, sizeof t.last);
        if (r == 0)
                *ret = t;
        return r;
}

int sqlite_tries_put(Store *s, const char *what, const TriesRow *t)
{
        return query_run(s,
                         "INSERT OR REPLACE INTO tries (what, since_ms, recent, total, last, forget_ms)"
                         " VALUES (?, ?, ?, ?, ?, ?)",
                         "tiiibi", what, (int64_t)t->since_ms, (int64_t)t->recent, (int64_t)t->total,
                         t->last, sizeof t->last, (int64_t)t->forget_ms);
}

int sqlite_records_expire(Store *s, uint64_t now_ms)
{
        int r = query_run(s, "UPDATE record SET escrow = NULL WHERE escrow IS NOT NULL AND expires_ms <= ?",
                          "i", (int64_t)now_ms);

        if (r == 0)
                r = query_run(s, "DELETE FROM record WHERE grp IS NULL AND expires_ms <= ?", "i",
                              (int64_t)(now_ms - MIN(now_ms, RECORD_MEMORY_MS)));
        if (r == 0)
                r = query_run(s, "DELETE FROM tries WHERE forget_ms <= ?", "i", (int64_t)now_ms);
        return r > 0 ? -EIO : r;
}
