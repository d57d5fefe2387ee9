/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite-groups.c - groups and their members */
#include "store-sqlite.h"

#include <assert.h>
#include <string.h>

#define GROUP_COLUMNS                                                                              \
        "id, route, phase, opened_ms, deadline_ms, expires_ms, revision, closed_revision, "        \
        "opener, n_members, n_opened, n_final, look_ms, others, party, passed, "                   \
        "n_guests, n_refusing"

/* Remembers the ids of members about to be deleted. */
#define SPEND                                                                                      \
        "INSERT OR IGNORE INTO spent (id, expires_ms) SELECT member_id, arrival_ms + ? FROM "      \
        "member"

static int group_read(const Query *q, GroupRow *ret)
{
        GroupRow g = {
                .id = query_int(q, 0),
                .phase = (GroupPhase)query_int(q, 2),
                .opened_ms = (uint64_t)query_int(q, 3),
                .deadline_ms = (uint64_t)query_int(q, 4),
                .expires_ms = (uint64_t)query_int(q, 5),
                .revision = (uint64_t)query_int(q, 6),
                .closed_revision = (uint64_t)query_int(q, 7),
                .n_members = (uint32_t)query_int(q, 9),
                .n_opened = (uint32_t)query_int(q, 10),
                .n_final = (uint32_t)query_int(q, 11),
                .look_ms = (uint64_t)query_int(q, 12),
                .others = (uint64_t)query_int(q, 13),
                .party = query_int(q, 14) != 0,
                .passed = (GroupPassed)query_int(q, 15),
                .n_guests = (uint32_t)query_int(q, 16),
                .n_refusing = (uint32_t)query_int(q, 17),
        };
        int r = query_blob(q, 8, g.opener.b, sizeof g.opener.b);

        if (r < 0)
                return r;
        query_text(q, 1, g.route, sizeof g.route);
        *ret = g;
        return 0;
}

static int groups_walk(Query *q, RowFunc func, void *userdata)
{
        int r;

        while ((r = query_step(q)) > 0) {
                r = func(query_int(q, 0), userdata);
                if (r != 0)
                        return r;
        }
        return r;
}

int sqlite_group_add(Store *s, GroupRow *g)
{
        int r = query_run(
                sqlite_of(s),
                "INSERT INTO grp (route, phase, opened_ms, deadline_ms, expires_ms, revision,"
                " closed_revision, opener, n_members, n_opened, n_final, look_ms, others, party,"
                " passed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "tiiiiiibiiiiiii", g->route, (int64_t)g->phase, (int64_t)g->opened_ms,
                (int64_t)g->deadline_ms, (int64_t)g->expires_ms, (int64_t)g->revision,
                (int64_t)g->closed_revision, g->opener.b, sizeof g->opener.b, (int64_t)g->n_members,
                (int64_t)g->n_opened, (int64_t)g->n_final, (int64_t)g->look_ms, (int64_t)g->others,
                (int64_t)g->party, (int64_t)g->passed);

        if (r == 0)
                g->id = sql_last_row(sqlite_of(s));
        return r;
}

int sqlite_group_get(Store *s, int64_t id, GroupRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s), "SELECT " GROUP_COLUMNS " FROM grp WHERE id = ?", "i",
                            id);

        return r == 0 ? group_read(&q, ret) : r;
}

int sqlite_group_update(Store *s, const GroupRow *g)
{
        bool gathers = g->phase == GROUP_GATHERING;
        int r = query_run(
                sqlite_of(s),
                "UPDATE grp SET phase = ?, opened_ms = ?, deadline_ms = ?, expires_ms = ?,"
                " revision = ?, closed_revision = ?, opener = ?, n_members = ?, n_opened = ?,"
                " n_final = ?, look_ms = ?, others = ?, party = ?, passed = ? WHERE id = ?",
                "iiiiiibiiiiiiii", (int64_t)g->phase, (int64_t)g->opened_ms,
                (int64_t)g->deadline_ms, (int64_t)g->expires_ms, (int64_t)g->revision,
                (int64_t)g->closed_revision, g->opener.b, sizeof g->opener.b, (int64_t)g->n_members,
                (int64_t)g->n_opened, (int64_t)g->n_final, gathers ? (int64_t)g->look_ms : 0,
                gathers ? (int64_t)g->others : 0, (int64_t)g->party, (int64_t)g->passed, g->id);

        return r == 0 && sql_changes(sqlite_of(s)) == 0 ? STORE_E_NOT_FOUND : r;
}

/* Deletes what has the row number of a member as its key. */
static int groups_delete_deposits(Store *s, int64_t group)
{
        int r = query_run(sqlite_of(s),
                          "DELETE FROM heard WHERE member IN (SELECT id FROM member WHERE grp = ?)",
                          "i", group);

        if (r == 0)
                r = query_run(
                        sqlite_of(s),
                        "DELETE FROM near WHERE member IN (SELECT id FROM member WHERE grp = ?)",
                        "i", group);
        if (r == 0)
                r = query_run(
                        sqlite_of(s),
                        "DELETE FROM opening WHERE member IN (SELECT id FROM member WHERE grp = ?)",
                        "i", group);
        if (r == 0)
                r = query_run(
                        sqlite_of(s),
                        "DELETE FROM piece WHERE key IN (SELECT p.key FROM member m JOIN piece p ON"
                        " p.key >= m.id << 20 AND p.key < (m.id + 1) << 20 WHERE m.grp = ?)",
                        "i", group);
        return r;
}

int sqlite_group_delete(Store *s, int64_t id)
{
        int r = groups_delete_deposits(s, id);

        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM message WHERE grp = ?", "i", id);
        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM roster WHERE grp = ?", "i", id);
        if (r == 0)
                r = sqlite_record_leave_group(s, id);
        if (r == 0)
                r = query_run(sqlite_of(s), SPEND " WHERE grp = ?", "ii", (int64_t)SPENT_MS, id);
        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM member WHERE grp = ?", "i", id);
        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM grp WHERE id = ?", "i", id);
        return r;
}

int sqlite_groups_due(Store *s, uint64_t now_ms, RowFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT id FROM grp WHERE deadline_ms > 0 AND deadline_ms <= ?"
                            " ORDER BY deadline_ms",
                            "i", (int64_t)now_ms);

        return r < 0 ? r : groups_walk(&q, func, userdata);
}

int sqlite_groups_looking(Store *s, uint64_t now_ms, RowFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT id FROM grp WHERE look_ms > 0 AND look_ms <= ?"
                            " ORDER BY look_ms",
                            "i", (int64_t)now_ms);

        return r < 0 ? r : groups_walk(&q, func, userdata);
}

int sqlite_groups_cap(Store *s, uint64_t deadline_ms, uint64_t expires_ms, size_t limit,
                      bool *ret_more)
{
        bool more = false;
        int r = sqlite_run_some(s,
                                "UPDATE grp SET deadline_ms = ?1 WHERE id IN"
                                " (SELECT id FROM grp WHERE deadline_ms > ?1 LIMIT ?2)",
                                deadline_ms, limit, &more);

        if (r == 0)
                r = sqlite_run_some(s,
                                    "UPDATE grp SET expires_ms = ?1 WHERE id IN"
                                    " (SELECT id FROM grp WHERE expires_ms > ?1 LIMIT ?2)",
                                    expires_ms, limit, &more);
        if (r == 0)
                *ret_more = more;
        return r;
}

int sqlite_group_put_off(Store *s, int64_t id, uint64_t until_ms)
{
        return query_run(sqlite_of(s),
                         "UPDATE grp SET"
                         " deadline_ms = iif(deadline_ms > 0, max(deadline_ms, ?1), 0),"
                         " look_ms = iif(look_ms > 0, max(look_ms, ?1), 0) WHERE id = ?2",
                         "ii", (int64_t)until_ms, id);
}

int sqlite_group_absorb(Store *s, int64_t into, int64_t from)
{
        int r;

        assert(into != from);
        r = query_run(sqlite_of(s), "UPDATE member SET grp = ? WHERE grp = ?", "ii", into, from);
        return r < 0 ? r : query_run(sqlite_of(s), "DELETE FROM grp WHERE id = ?", "i", from);
}

int sqlite_count_routes(Store *s, size_t n, uint32_t limit, uint32_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT count(*) FROM (SELECT 1 FROM grp WHERE phase = " SQL_GATHERING
                            " AND length(route) = ? LIMIT ?)",
                            "ii", (int64_t)n, (int64_t)limit);

        if (r == 0)
                *ret = (uint32_t)query_int(&q, 0);
        return must(r);
}

int sqlite_route_taken(Store *s, const char *route)
{
        _cleanup_query_ Query q = {0};

        return query_first(&q, sqlite_of(s),
                           "SELECT 1 FROM grp WHERE phase = " SQL_GATHERING
                           " AND length(route) = length(?1) AND route = ?1 LIMIT 1",
                           "t", route);
}

int sqlite_admission_put(Store *s, int64_t group, int64_t other, bool yes)
{
        return query_run(sqlite_of(s),
                         "INSERT OR REPLACE INTO admission (grp, other, yes) VALUES (?, ?, ?)",
                         "iii", group, other, (int64_t)yes);
}

int sqlite_admission_get(Store *s, int64_t group, int64_t other, bool *ret_yes)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT yes FROM admission WHERE grp = ? AND other = ?", "ii", group,
                            other);

        if (r == 0)
                *ret_yes = query_int(&q, 0) != 0;
        return r;
}

int sqlite_tie_add(Store *s, int64_t a, int64_t b)
{
        return query_run(sqlite_of(s), "INSERT OR IGNORE INTO tie (a, b) VALUES (?, ?)", "ii", a,
                         b);
}

int sqlite_ties_walk(Store *s, int64_t member, RowFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, sqlite_of(s),
                "SELECT b FROM tie WHERE a = ?1 UNION ALL SELECT a FROM tie WHERE b = ?1", "i",
                member);

        while (r == 0 && (r = query_step(&q)) > 0)
                r = func(query_int(&q, 0), userdata);
        return r;
}

static int groups_first_expired(Store *s, uint64_t now_ms, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT id FROM grp WHERE expires_ms <= ? ORDER BY expires_ms LIMIT 1",
                            "i", (int64_t)now_ms);

        if (r == 0)
                *ret = query_int(&q, 0);
        return r;
}

/* Runs n statements about the row with that id (?1), each over at most `left` rows (?2), which it
 * counts down. */
static int groups_expire_steps(Store *s, const char *const *steps, size_t n, int64_t id,
                               size_t *left)
{
        int r = 0;

        for (size_t i = 0; r == 0 && *left > 0 && i < n; i++) {
                r = query_run(sqlite_of(s), steps[i], "ii", id, (int64_t)*left);
                if (r == 0)
                        *left -= MIN(*left, (size_t)sql_changes(sqlite_of(s)));
        }
        return r;
}

/* Deleting overwrites, so a piece costs what its bytes do. */
static int member_expire_pieces(Store *s, int64_t member, size_t *left)
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

/* Deletes the deposits of a member and the member, as far as `left` rows go. A group may have
 * thousands of near pairs and pieces. */
static int member_expire(Store *s, int64_t member, size_t *left)
{
        static const char *const steps[] = {
                "DELETE FROM near WHERE member = ?1 AND other IN"
                " (SELECT other FROM near WHERE member = ?1 LIMIT ?2)",
                "DELETE FROM heard WHERE member = ?1 AND nr IN"
                " (SELECT nr FROM heard WHERE member = ?1 LIMIT ?2)",
        };
        int r = groups_expire_steps(s, steps, ARRAY_LEN(steps), member, left);

        if (r == 0)
                r = member_expire_pieces(s, member, left);
        if (r < 0 || *left == 0)
                return r;
        --*left;
        return sqlite_member_remove(s, member);
}

static int group_first_member(Store *s, int64_t group, int64_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT id FROM member WHERE grp = ? ORDER BY id LIMIT 1", "i", group);

        if (r == 0)
                *ret = query_int(&q, 0);
        return r;
}

/* Deletes messages and what belongs to the record, as far as `left` rows go. */
static int group_expire_messages(Store *s, int64_t group, size_t *left)
{
        static const char *const steps[] = {
                "DELETE FROM message WHERE id IN"
                " (SELECT id FROM message WHERE grp = ?1 LIMIT ?2)",
                "DELETE FROM fetch WHERE id IN (SELECT f.id FROM record r"
                " CROSS JOIN fetch f ON f.number = r.number WHERE r.grp = ?1 LIMIT ?2)",
                "UPDATE escrow SET escrow = NULL WHERE id IN (SELECT e.id FROM record r"
                " CROSS JOIN escrow e ON e.number = r.number"
                " WHERE r.grp = ?1 AND e.escrow IS NOT NULL LIMIT ?2)",
        };

        return groups_expire_steps(s, steps, ARRAY_LEN(steps), group, left);
}

/* 1: the group is gone; 0: `left` rows were not enough. */
static int group_expire(Store *s, int64_t group, size_t *left)
{
        int64_t member;
        int r = query_run(sqlite_of(s),
                          "UPDATE grp SET phase = " SQL_EXPIRED ", deadline_ms = 0 WHERE id = ?",
                          "i", group);

        if (r == 0)
                r = group_expire_messages(s, group, left);
        if (r < 0)
                return r;
        while (*left > 0) {
                r = group_first_member(s, group, &member);
                if (r == STORE_E_NOT_FOUND) {
                        r = sqlite_group_delete(s, group);
                        return r < 0 ? r : 1;
                }
                if (r == 0)
                        r = member_expire(s, member, left);
                if (r < 0)
                        return r;
        }
        return 0;
}

int sqlite_groups_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        size_t left = limit;
        int64_t id;
        int n = 0;
        int r = sqlite_run_some(s,
                                "DELETE FROM spent WHERE rowid IN"
                                " (SELECT rowid FROM spent WHERE expires_ms <= ? LIMIT ?)",
                                now_ms, limit, more);

        while (r == 0 && left > 0) {
                r = groups_first_expired(s, now_ms, &id);
                if (r == STORE_E_NOT_FOUND)
                        return n;
                if (r == 0)
                        r = group_expire(s, id, &left);
                if (r < 0)
                        return r;
                n += r;
                r = 0;
        }
        *more |= r == 0;
        return r < 0 ? r : n;
}

int sqlite_next_deadline(Store *s, uint64_t *ret_ms)
{
        _cleanup_query_ Query q = {0};
        int r;

        r = query_first(
                &q, sqlite_of(s),
                "SELECT min(at) FROM (SELECT min(deadline_ms) AS at FROM grp WHERE deadline_ms > 0"
                " UNION ALL SELECT min(look_ms) FROM grp WHERE look_ms > 0"
                " UNION ALL SELECT min(expires_ms) FROM grp"
                " UNION ALL SELECT min(expires_ms) FROM escrow WHERE escrow IS NOT NULL"
                " UNION ALL SELECT min(until_ms) FROM past"
                " UNION ALL SELECT 0 FROM revoking)",
                "");
        if (r != 0)
                return must(r);
        if (query_null(&q, 0))
                return STORE_E_NOT_FOUND;
        *ret_ms = (uint64_t)query_int(&q, 0);
        return 0;
}

/* ---- members ---- */

static int groups_read_place(const Query *q, MemberRow *m)
{
        m->fix.known = !query_null(q, 6);
        m->fix.latitude_e7 = (int32_t)query_int(q, 6);
        m->fix.longitude_e7 = (int32_t)query_int(q, 7);
        m->fix.accuracy_m = (uint32_t)query_int(q, 8);
        return query_null(q, 9) ? 0 : query_blob(q, 9, m->token.b, sizeof m->token.b);
}

int sqlite_member_read(const Query *q, MemberRow *ret)
{
        MemberRow m = {
                .id = query_int(q, 0),
                .group = query_int(q, 1),
                .account = query_int(q, 2),
                .press_ms = (uint64_t)query_int(q, 10),
                .arrival_ms = (uint64_t)query_int(q, 11),
                .revision = (uint64_t)query_int(q, 12),
                .evidence_sequence = (uint32_t)query_int(q, 13),
                .ready = query_int(q, 14) != 0,
                .left = query_int(q, 15) != 0,
                .relayed = query_int(q, 16) != 0,
                .acknowledged = query_int(q, 17) != 0,
                .opening_order = (uint32_t)query_int(q, 18),
                .words = query_int(q, 19) != 0,
                .mark = (GuestMark)query_int(q, 20),
        };
        int r = query_blob(q, 3, m.member_id.b, sizeof m.member_id.b);

        if (r == 0)
                r = query_blob(q, 4, m.commitment.b, sizeof m.commitment.b);
        if (r == 0)
                r = groups_read_place(q, &m);
        if (r < 0)
                return r;
        query_text(q, 5, m.route, sizeof m.route);
        *ret = m;
        return 0;
}

static int members_walk(Query *q, bool search, MemberFunc func, void *userdata)
{
        MemberRow m;
        int64_t last = 0;
        int r;

        while ((r = query_step(q)) > 0) {
                if (query_int(q, 0) == last)
                        continue;
                last = query_int(q, 0);
                r = sqlite_member_read(q, &m);
                if (r == -EBADMSG && search)
                        continue;
                if (r == 0)
                        r = func(&m, userdata);
                if (r != 0)
                        return r;
        }
        return r;
}

int sqlite_members_walk(Query *q, MemberFunc func, void *userdata)
{
        return members_walk(q, false, func, userdata);
}

int sqlite_members_search(Query *q, MemberFunc func, void *userdata)
{
        return members_walk(q, true, func, userdata);
}

int sqlite_member_add(Store *s, MemberRow *m)
{
        Token screen;
        int r;

        screen_token(&screen, &m->token);
        r = query_insert(
                sqlite_of(s),
                "INSERT INTO member (grp, account, member_id, commitment, route, latitude, "
                "longitude,"
                " accuracy, token, press_ms, arrival_ms, revision, evidence_sequence, ready, gone,"
                " relayed, acknowledged, opening_order, words, mark, screen, gathering)"
                " VALUES (?1, ?2, ?3, ?4, ?5, iif(?6, ?7, NULL), iif(?6, ?8, NULL), iif(?6, ?9, "
                "NULL),"
                " ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20,"
                " ?21, iif(?21 = " SQL_WELCOME ", ?22, NULL), 1)",
                "iibbtiiiibiiiiiiiiiiib", m->group, m->account, m->member_id.b,
                sizeof m->member_id.b, m->commitment.b, sizeof m->commitment.b, m->route,
                (int64_t)m->fix.known, (int64_t)m->fix.latitude_e7, (int64_t)m->fix.longitude_e7,
                (int64_t)m->fix.accuracy_m, m->token.b, sizeof m->token.b, (int64_t)m->press_ms,
                (int64_t)m->arrival_ms, (int64_t)m->revision, (int64_t)m->evidence_sequence,
                (int64_t)m->ready, (int64_t)m->left, (int64_t)m->relayed, (int64_t)m->acknowledged,
                (int64_t)m->opening_order, (int64_t)m->words, (int64_t)m->mark, screen.b,
                sizeof screen.b);

        if (r == 0)
                m->id = sql_last_row(sqlite_of(s));
        return r;
}

int sqlite_member_get(Store *s, const Id *member_id, MemberRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m WHERE m.member_id = ?", "b",
                            member_id->b, sizeof member_id->b);

        return r == 0 ? sqlite_member_read(&q, ret) : r;
}

int sqlite_member_by_row(Store *s, int64_t id, MemberRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m WHERE m.id = ?", "i", id);

        return r == 0 ? sqlite_member_read(&q, ret) : r;
}

int sqlite_member_by_screen(Store *s, const Token *screen, MemberRow *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m INDEXED BY member_screen"
                            " WHERE m.screen = ? AND m.screen IS NOT NULL AND m.gathering"
                            " ORDER BY m.id LIMIT 1",
                            "b", screen->b, sizeof screen->b);

        return r == 0 ? sqlite_member_read(&q, ret) : r;
}

int sqlite_member_update(Store *s, const MemberRow *m)
{
        int r = query_run(sqlite_of(s),
                          "UPDATE member SET grp = ?, revision = ?, evidence_sequence = ?, ready = "
                          "?, gone = ?,"
                          " acknowledged = ?, opening_order = ? WHERE id = ?",
                          "iiiiiiii", m->group, (int64_t)m->revision, (int64_t)m->evidence_sequence,
                          (int64_t)m->ready, (int64_t)m->left, (int64_t)m->acknowledged,
                          (int64_t)m->opening_order, m->id);

        if (r == 0 && sql_changes(sqlite_of(s)) == 0)
                return STORE_E_NOT_FOUND;
        return r;
}

int sqlite_member_remove(Store *s, int64_t id)
{
        int r = query_run(sqlite_of(s), "DELETE FROM heard WHERE member = ?", "i", id);

        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM opening WHERE member = ?", "i", id);
        if (r == 0)
                r = sqlite_pieces_drop(s, id);
        if (r == 0)
                r = query_run(sqlite_of(s), SPEND " WHERE id = ?", "ii", (int64_t)SPENT_MS, id);
        if (r == 0)
                r = query_run(sqlite_of(s), "DELETE FROM member WHERE id = ?", "i", id);
        return r;
}

int sqlite_members_of_group(Store *s, int64_t group, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m WHERE m.grp = ? ORDER BY m.id",
                            "i", group);

        return r < 0 ? r : sqlite_members_walk(&q, func, userdata);
}

int sqlite_members_left(Store *s, int64_t group, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS " FROM member m INDEXED BY member_gone"
                            " WHERE m.grp = ? AND m.gone ORDER BY m.id",
                            "i", group);

        return r < 0 ? r : sqlite_members_walk(&q, func, userdata);
}

int sqlite_members_of_account(Store *s, int64_t account, MemberFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MEMBER_COLUMNS
                            " FROM member m WHERE m.account = ? ORDER BY m.id",
                            "i", account);

        return r < 0 ? r : sqlite_members_walk(&q, func, userdata);
}

int sqlite_count_gathering(Store *s, int64_t account, uint32_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r;

        r = query_first(&q, sqlite_of(s),
                        "SELECT count(*) FROM member WHERE account = ? AND gathering", "i",
                        account);
        if (r != 0)
                return must(r);
        *ret = (uint32_t)query_int(&q, 0);
        return 0;
}
