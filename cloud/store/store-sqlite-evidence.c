/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite-evidence.c - what members heard, and the candidates for the matcher */
#include "store-sqlite.h"

#include <assert.h>
#include <string.h>

enum { EVIDENCE_STEP = 64 }; /* members listed at a time */

int sqlite_fix_set(Store *s, int64_t member, const Fix *fix)
{
        int r = query_run(
                sqlite_of(s),
                "UPDATE member SET latitude = ?, longitude = ?, accuracy = ? WHERE id = ?", "iiii",
                (int64_t)fix->latitude_e7, (int64_t)fix->longitude_e7, (int64_t)fix->accuracy_m,
                member);

        if (r == 0 && sql_changes(sqlite_of(s)) == 0)
                return STORE_E_NOT_FOUND;
        return r;
}

int sqlite_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n)
{
        int r;

        assert(n <= SERIAL_HEARD_MAX);
        r = query_run(sqlite_of(s), "DELETE FROM heard WHERE member = ?", "i", member);

        for (size_t i = 0; r == 0 && i < n; i++)
                r = query_run(
                        sqlite_of(s),
                        "INSERT INTO heard (member, nr, token, transport, rssi, first_ms, last_ms)"
                        " VALUES (?, ?, ?, ?, ?, ?, ?)",
                        "iibiiii", member, (int64_t)i, heard[i].token.b, sizeof heard[i].token.b,
                        (int64_t)heard[i].transport, (int64_t)heard[i].rssi_dbm,
                        (int64_t)heard[i].first_heard_ms, (int64_t)heard[i].last_heard_ms);
        return r;
}

int sqlite_heard_get(Store *s, int64_t member, SightingFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        Sighting heard;
        int r;

        r = query_begin(&q, sqlite_of(s),
                        "SELECT token, transport, rssi, first_ms, last_ms FROM heard WHERE member "
                        "= ? ORDER BY nr",
                        "i", member);
        while (r == 0 && (r = query_step(&q)) > 0) {
                heard = (Sighting){
                        .transport = (SightingTransport)query_int(&q, 1),
                        .rssi_dbm = (int8_t)query_int(&q, 2),
                        .first_heard_ms = (uint32_t)query_int(&q, 3),
                        .last_heard_ms = (uint32_t)query_int(&q, 4),
                };
                r = query_blob(&q, 0, heard.token.b, sizeof heard.token.b);
                if (r == 0)
                        r = func(&heard, userdata);
        }
        return r;
}

int sqlite_members_by_token(Store *s, const Token *t, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m WHERE m.token = ?"
                            " AND m.gathering ORDER BY m.id LIMIT 1",
                            "b", t->b, sizeof t->b);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

int sqlite_members_hearing(Store *s, const Token *t, size_t limit, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        /* in the order of the index: several rows of one member follow each other */
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS
                            " FROM heard h CROSS JOIN member m ON m.id = h.member"
                            " WHERE h.token = ? AND m.gathering ORDER BY h.member LIMIT ?",
                            "bi", t->b, sizeof t->b, (int64_t)limit);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

/* The gathering member that owns the token of the sighting h: the first with it. */
#define OWNER_OF_HEARD                                                                             \
        "(SELECT o.id FROM member o WHERE o.token = h.token AND o.gathering ORDER BY o.id LIMIT "  \
        "1)"

int sqlite_member_has_radio(Store *s, const MemberRow *m)
{
        _cleanup_query_ Query q = {0}, heard = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT 1 FROM heard h CROSS JOIN member o ON o.id = " OWNER_OF_HEARD
                            " WHERE h.member = ? AND o.id <> h.member AND o.route = ? LIMIT 1",
                            "it", m->id, m->route);

        if (r != STORE_E_NOT_FOUND)
                return r;
        return query_first(&heard, sqlite_of(s),
                           "SELECT 1 FROM (SELECT member FROM heard WHERE token = ?1 LIMIT 64) h"
                           " CROSS JOIN member m ON m.id = h.member"
                           " WHERE m.gathering AND m.id <> ?2 AND m.route = ?3 LIMIT 1",
                           "bit", m->token.b, sizeof m->token.b, m->id, m->route);
}

typedef struct Told {
        Token list[SERIAL_HEARD_MAX];
        size_t n;
} Told;

static bool evidence_told_before(Told *told, const Token *t)
{
        for (size_t i = 0; i < told->n; i++)
                if (memcmp(told->list[i].b, t->b, sizeof t->b) == 0)
                        return true;
        if (told->n < ARRAY_LEN(told->list))
                told->list[told->n++] = *t;
        return false;
}

/* A token is there once for each transport; DISTINCT would make a table to find that out. */
int sqlite_mutual_walk(Store *s, const MemberRow *m, TokenFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        Told told = {.n = 0};
        Token t;
        int r;

        r = query_begin(
                &q, sqlite_of(s),
                "SELECT h.token FROM heard h CROSS JOIN member o ON o.id = " OWNER_OF_HEARD
                " WHERE h.member = ?1 AND o.id <> ?1"
                " AND EXISTS (SELECT 1 FROM heard b WHERE b.token = ?2 AND b.member = o.id)",
                "ib", m->id, m->token.b, sizeof m->token.b);
        while (r == 0 && (r = query_step(&q)) > 0) {
                r = query_blob(&q, 0, t.b, sizeof t.b);
                if (r == 0 && !evidence_told_before(&told, &t))
                        r = func(&t, userdata);
        }
        return r;
}

static int evidence_next_member(Store *s, int64_t group, int64_t after, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT id FROM member WHERE grp = ? AND id > ? ORDER BY id LIMIT 1",
                            "ii", group, after);

        if (r == 0)
                *ret = query_int(&q, 0);
        return r;
}

int sqlite_near_keep(Store *s, int64_t group, int64_t after, int64_t *ret)
{
        int r = evidence_next_member(s, group, after, ret);

        if (r != 0)
                return r;
        return query_run(
                sqlite_of(s),
                "INSERT OR IGNORE INTO near (member, other) SELECT m.id, o.id FROM member m"
                " CROSS JOIN heard h ON h.member = m.id CROSS JOIN member o ON o.id "
                "= " OWNER_OF_HEARD " WHERE m.id = ?1 AND o.grp = ?2 AND o.id <> m.id"
                " AND EXISTS (SELECT 1 FROM heard b WHERE b.token = m.token AND b.member = o.id)",
                "ii", *ret, group);
}

int sqlite_near_walk(Store *s, int64_t member, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS
                            " FROM near n JOIN member own ON own.id = n.member"
                            " JOIN member m ON m.id = n.other AND m.grp = own.grp"
                            " WHERE n.member = ? ORDER BY n.other",
                            "i", member);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

typedef struct Rows {
        int64_t list[EVIDENCE_STEP];
        size_t n;
} Rows;

static int evidence_list_members(Store *s, int64_t group, size_t limit, Rows *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT id FROM member WHERE grp = ? AND gathering ORDER BY id LIMIT ?",
                            "ii", group, (int64_t)MIN(limit, ARRAY_LEN(ret->list)));

        ret->n = 0;
        while (r == 0 && (r = query_step(&q)) > 0) {
                ret->list[ret->n++] = query_int(&q, 0);
                r = 0;
        }
        return r;
}

static int evidence_forget(Store *s, int64_t member, uint64_t keep_until_ms)
{
        int r = query_run(sqlite_of(s), "DELETE FROM heard WHERE member = ?", "i", member);

        if (r == 0 && keep_until_ms > 0)
                r = query_run(sqlite_of(s),
                              "INSERT OR REPLACE INTO past (member, token, until_ms)"
                              " SELECT id, token, ?2 FROM member WHERE id = ?1",
                              "ii", member, (int64_t)keep_until_ms);
        return r < 0 ? r
                     : query_run(sqlite_of(s),
                                 "UPDATE member SET latitude = NULL, longitude = NULL,"
                                 " accuracy = NULL, token = NULL, screen = NULL,"
                                 " gathering = 0 WHERE id = ?",
                                 "i", member);
}

int sqlite_evidence_drop(Store *s, int64_t group, uint64_t keep_until_ms, size_t limit)
{
        size_t left = limit;
        Rows rows;
        int r;

        do {
                r = evidence_list_members(s, group, left, &rows);
                for (size_t i = 0; r == 0 && i < rows.n; i++)
                        r = evidence_forget(s, rows.list[i], keep_until_ms);
                left -= rows.n;
        } while (r == 0 && rows.n == ARRAY_LEN(rows.list) && left > 0);
        if (r < 0)
                return r;
        if (left > 0)
                return query_run(sqlite_of(s), "DELETE FROM evidence_left WHERE grp = ?", "i",
                                 group);
        r = query_run(sqlite_of(s), "INSERT OR IGNORE INTO evidence_left (grp) VALUES (?)", "i",
                      group);
        return r < 0 ? r : 1;
}

int sqlite_evidence_left(Store *s, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), "SELECT grp FROM evidence_left LIMIT 1", "");

        if (r == 0)
                *ret = query_int(&q, 0);
        return r;
}

/* ---- after the close ---- */

int sqlite_past_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), "SELECT 1 FROM past WHERE member = ?", "i", member);

        return r == 0 ? sqlite_heard_set(s, member, heard, n) : r;
}

/* "The account of a has no member in the group of b." */
#define STRANGER_TO(a, b)                                                                          \
        " AND NOT EXISTS (SELECT 1 FROM member own INDEXED BY member_account"                      \
        " WHERE own.account = " a ".account AND own.grp = " b ".grp)"

/* Of several members with one token the first is meant, as in OWNER_OF_HEARD. */
int sqlite_past_missed(Store *s, const MemberRow *m)
{
        _cleanup_query_ Query q = {0};

        return query_first(
                &q, sqlite_of(s),
                "SELECT 1 FROM member m CROSS JOIN heard h ON h.member = m.id"
                " CROSS JOIN member o ON o.id ="
                " (SELECT p.member FROM past p WHERE p.token = h.token ORDER BY p.member LIMIT 1)"
                " WHERE m.id = ? AND m.gathering AND o.route = m.route"
                " AND EXISTS (SELECT 1 FROM heard b WHERE b.token = m.token AND b.member = "
                "o.id)" STRANGER_TO("m", "o") " LIMIT 1",
                "i", m->id);
}

int sqlite_past_missed_walk(Store *s, const MemberRow *m, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM past p CROSS JOIN member o ON o.id = "
                            "p.member CROSS JOIN heard h ON h.member = o.id"
                            " CROSS JOIN member m ON m.id = " OWNER_OF_HEARD
                            " WHERE p.member = ? AND m.route = o.route"
                            " AND EXISTS (SELECT 1 FROM heard b WHERE b.token = p.token AND"
                            " b.member = m.id)" STRANGER_TO("m", "o"),
                            "i", m->id);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

#define SOME_PAST "(SELECT member FROM past WHERE until_ms <= ? ORDER BY until_ms, member LIMIT ?)"

int sqlite_past_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        size_t some = limit / 16 + 1; /* each may have heard SERIAL_HEARD_MAX */
        int r = query_run(sqlite_of(s), "DELETE FROM heard WHERE member IN " SOME_PAST, "ii",
                          (int64_t)now_ms, (int64_t)some);

        return r < 0 ? r
                     : sqlite_run_some(s, "DELETE FROM past WHERE member IN " SOME_PAST, now_ms,
                                       some, more);
}

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

/* ---- by place ---- */

/* Strips of latitude, of 1.1 km, from the middle of the box outwards. In a strip the index goes by
 * longitude, so each row that is read is one that is told: what else lies at the same latitude is
 * not read. */
#define MEMBERS_IN_STRIPS(index, condition)                                                        \
        "WITH RECURSIVE strip (k) AS (VALUES (0) UNION ALL SELECT k + 1 FROM strip WHERE k < ?)"   \
        " SELECT " MEMBER_COLUMNS " FROM strip CROSS JOIN member m INDEXED BY " index              \
        " WHERE m.gathering AND m.route = ?" condition " AND m.latitude / " SQL_STRIP_E7           \
        " = ? + CASE k % 2 WHEN 0 THEN k / 2 ELSE -(k + 1) / 2 "                                   \
        "END AND m.longitude BETWEEN ? AND ? LIMIT ?"

enum {
        STRIPS_MAX = 64, /* 70 km */
        SCAN_MAX = 1024, /* rows looked at for a box that is higher */
};

static int evidence_walk_strips(Store *s, const char *sql, const char *route, const int32_t box[4],
                                size_t limit, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int64_t first = box[0] / STRIP_E7, last = box[1] / STRIP_E7;
        int64_t n = last - first;
        int r = query_begin(&q, sqlite_of(s), sql, "itiiii", n, route, first + (n + 1) / 2,
                            (int64_t)box[2], (int64_t)box[3], (int64_t)limit);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

/* Of the newest of the route, those in a box that is so high that it tells little. */
static int evidence_walk_high_box(Store *s, const char *route, const int32_t box[4], size_t limit,
                                  MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, sqlite_of(s),
                "SELECT " MEMBER_COLUMNS " FROM (SELECT id FROM member INDEXED BY member_recent"
                " WHERE gathering AND route = ? ORDER BY id DESC LIMIT ?) newest"
                " CROSS JOIN member m ON m.id = newest.id WHERE m.latitude BETWEEN ? AND ?"
                " AND m.longitude BETWEEN ? AND ? LIMIT ?",
                "tiiiiii", route, (int64_t)SCAN_MAX, (int64_t)box[0], (int64_t)box[1],
                (int64_t)box[2], (int64_t)box[3], (int64_t)limit);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

static bool evidence_box_is_high(const int32_t box[4])
{
        return box[1] / STRIP_E7 - box[0] / STRIP_E7 >= STRIPS_MAX;
}

static int evidence_walk_nowhere(Store *s, const char *route, size_t limit, MemberFunc func,
                                 void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m INDEXED BY member_nowhere"
                            " WHERE m.gathering AND m.route = ? AND m.latitude IS NULL"
                            " ORDER BY m.id DESC LIMIT ?",
                            "ti", route, (int64_t)limit);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}

int sqlite_members_near(Store *s, const char *route, const int32_t box[4], size_t limit,
                        MemberFunc func, void *userdata)
{
        if (!box)
                return evidence_walk_nowhere(s, route, limit, func, userdata);
        if (evidence_box_is_high(box))
                return evidence_walk_high_box(s, route, box, limit, func, userdata);
        return evidence_walk_strips(s, MEMBERS_IN_STRIPS("member_near", ""), route, box, limit,
                                    func, userdata);
}

int sqlite_members_vague(Store *s, const char *route, const int32_t box[4], size_t limit,
                         MemberFunc func, void *userdata)
{
        assert(!evidence_box_is_high(box));
        return evidence_walk_strips(
                s, MEMBERS_IN_STRIPS("member_vague", " AND m.accuracy >= " SQL_VAGUE_M), route, box,
                limit, func, userdata);
}

int sqlite_members_recent(Store *s, const char *route, size_t limit, MemberFunc func,
                          void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m INDEXED BY member_recent"
                            " WHERE m.gathering AND m.route = ? ORDER BY m.id DESC LIMIT ?",
                            "ti", route, (int64_t)limit);

        return r < 0 ? r : sqlite_members_search(&q, func, userdata);
}
