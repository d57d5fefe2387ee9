/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-sqlite-set.c - the working set in the file: read at the start, written at each commit
 *
 * Rows are found by their number alone, so their tables have no index: a change costs one page. A
 * row that cannot be read stays as it is in the file; of its columns only numbers are written.
 */
#include "store-sqlite.h"

#include <assert.h>
#include <string.h>

/* ---- reading ---- */

typedef int (*SetReader)(WorkingSet *w, const Query *q);

static int set_read_all(Store *s, const char *sql, SetReader read)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s), sql, "");

        while (r == 0 && (r = query_step(&q)) > 0)
                r = read(set_of(s), &q);
        return r;
}

#define GROUP_SELECT                                                                               \
        "SELECT id, route, phase, opened_ms, deadline_ms, expires_ms, revision, closed_revision, " \
        "opener, n_members, n_opened, n_final, look_ms, others, party, passed, "                   \
        "n_guests, n_refusing, window_end_ms FROM grp"

static int set_read_group(WorkingSet *w, const Query *q)
{
        GroupRow *g = calloc(1, sizeof *g);
        int r;

        if (!g)
                return -ENOMEM;
        *g = (GroupRow){
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
                .window_end_ms = (uint64_t)query_int(q, 18),
        };
        query_text(q, 1, g->route, sizeof g->route);
        r = query_blob(q, 8, g->opener.b, sizeof g->opener.b);
        return working_set_load(w, SET_GROUPS, g, sizeof *g, r < 0);
}

#define MEMBER_COLUMNS                                                                             \
        "id, grp, account, member_id, commitment, route, latitude, longitude, accuracy, token, "   \
        "press_ms, arrival_ms, revision, evidence_sequence, ready, gone, relayed, acknowledged, "  \
        "opening_order, words, mark, gathering, part1, part2"

static void set_read_numbers(SetMember *m, const Query *q)
{
        m->row = (MemberRow){
                .id = query_int(q, 0),
                .group = query_int(q, 1),
                .account = query_int(q, 2),
                .fix = {.known = !query_null(q, 6),
                        .latitude_e7 = (int32_t)query_int(q, 6),
                        .longitude_e7 = (int32_t)query_int(q, 7),
                        .accuracy_m = (uint32_t)query_int(q, 8)},
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
        m->gathering = query_int(q, 21) != 0;
        m->parts[0] = (uint32_t)query_int(q, 22);
        m->parts[1] = (uint32_t)query_int(q, 23);
}

/* An id that no member can have drawn, for one that cannot be read. */
static void set_name_damaged(MemberRow *m)
{
        memset(m->member_id.b, 0xff, sizeof m->member_id.b);
        memcpy(m->member_id.b, &m->id, sizeof m->id);
}

static int set_read_member(WorkingSet *w, const Query *q)
{
        SetMember *m = calloc(1, sizeof *m);
        int r;

        if (!m)
                return -ENOMEM;
        set_read_numbers(m, q);
        query_text(q, 5, m->row.route, sizeof m->row.route);
        r = query_blob(q, 3, m->row.member_id.b, sizeof m->row.member_id.b);
        if (r < 0)
                set_name_damaged(&m->row);
        if (r == 0)
                r = query_blob(q, 4, m->row.commitment.b, sizeof m->row.commitment.b);
        if (r == 0 && !query_null(q, 9))
                r = query_blob(q, 9, m->row.token.b, sizeof m->row.token.b);
        set_member_screen(m);
        return working_set_load(w, SET_MEMBERS, m, sizeof *m, r < 0);
}

/* Sightings and near members have a row each in the file, and lie together. */

static int set_load_heard(WorkingSet *w, const SetHeard *heard, bool damaged)
{
        SetHeard *copy;

        if (heard->n == 0 && !damaged)
                return 0;
        copy = malloc(set_heard_size(heard->n));
        if (copy)
                memcpy(copy, heard, set_heard_size(heard->n));
        return working_set_load(w, SET_HEARD, copy, set_heard_size(heard->n), damaged);
}

static int set_read_sighting(const Query *q, Sighting *ret)
{
        *ret = (Sighting){
                .transport = (SightingTransport)query_int(q, 2),
                .rssi_dbm = (int8_t)query_int(q, 3),
                .first_heard_ms = (uint32_t)query_int(q, 4),
                .last_heard_ms = (uint32_t)query_int(q, 5),
        };
        return query_blob(q, 1, ret->token.b, sizeof ret->token.b);
}

static int set_read_heard(Store *s)
{
        _cleanup_query_ Query q = {0};
        SetHeard heard = {.n = 0};
        bool damaged = false;
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT member, token, transport, rssi, first_ms, last_ms FROM heard"
                            " ORDER BY member, nr",
                            "");

        while (r == 0 && (r = query_step(&q)) > 0) {
                r = 0;
                if (query_int(&q, 0) != heard.member) {
                        r = set_load_heard(set_of(s), &heard, damaged);
                        heard = (SetHeard){.member = query_int(&q, 0)};
                        damaged = false;
                }
                if (heard.n == ARRAY_LEN(heard.list) ||
                    set_read_sighting(&q, &heard.list[heard.n]) < 0)
                        damaged = true;
                else
                        heard.n++;
        }
        return r < 0 ? r : set_load_heard(set_of(s), &heard, damaged);
}

static int set_load_near(WorkingSet *w, const SetNear *near)
{
        SetNear *copy;

        if (near->n == 0)
                return 0;
        copy = malloc(set_near_size(near->n));
        if (copy)
                memcpy(copy, near, set_near_size(near->n));
        return working_set_load(w, SET_NEAR, copy, set_near_size(near->n), false);
}

static int set_read_near(Store *s)
{
        _cleanup_query_ Query q = {0};
        SetNear near = {.n = 0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT member, other FROM near ORDER BY member, other", "");

        while (r == 0 && (r = query_step(&q)) > 0) {
                r = 0;
                if (query_int(&q, 0) != near.member) {
                        r = set_load_near(set_of(s), &near);
                        near = (SetNear){.member = query_int(&q, 0)};
                }
                if (near.n < ARRAY_LEN(near.list))
                        near.list[near.n++] = query_int(&q, 1);
        }
        return r < 0 ? r : set_load_near(set_of(s), &near);
}

static int set_read_opening(WorkingSet *w, const Query *q)
{
        SetOpening *o = calloc(1, sizeof *o);
        int r = 0;

        if (!o)
                return -ENOMEM;
        uint8_t *const fields[] = {o->row.box_key.b, o->row.sign_key.b, o->row.part_hash[0].b,
                                   o->row.part_hash[1].b, o->row.nonce.b};
        o->member = query_int(q, 0);
        for (size_t i = 0; r == 0 && i < ARRAY_LEN(fields); i++)
                r = query_blob(q, (int)i + 1, fields[i], sizeof o->row.nonce.b);
        return working_set_load(w, SET_OPENINGS, o, sizeof *o, r < 0);
}

static int set_read_message_blobs(MessageRow *m, const Query *q)
{
        int r = query_blob(q, 2, m->from.b, sizeof m->from.b);

        if (r == 0 && !m->to_all)
                r = query_blob(q, 3, m->to.b, sizeof m->to.b);
        if (r == 0 && m->body_len > 0)
                r = m->body_len <= sizeof m->body ? query_blob(q, 6, m->body, m->body_len)
                                                  : -EBADMSG;
        if (r == 0)
                r = query_blob(q, 7, m->signature, sizeof m->signature);
        if (r == 0 && m->has_key_id)
                r = query_blob(q, 8, m->key_id, sizeof m->key_id);
        return r;
}

static int set_read_message(WorkingSet *w, const Query *q)
{
        SetMessage *m = calloc(1, sizeof *m);

        if (!m)
                return -ENOMEM;
        m->group = query_int(q, 1);
        m->row = (MessageRow){
                .id = query_int(q, 0),
                .to_all = query_size(q, 3) == 0,
                .kind = (uint32_t)query_int(q, 4),
                .run = (uint32_t)query_int(q, 5),
                .body_len = query_size(q, 6),
                .has_key_id = !query_null(q, 8),
        };
        return working_set_load(w, SET_MESSAGES, m, sizeof *m,
                                set_read_message_blobs(&m->row, q) < 0);
}

static int set_read_pair(WorkingSet *w, SetTable table, const Query *q)
{
        SetPair *pair = calloc(1, sizeof *pair);

        if (pair)
                *pair = (SetPair){query_int(q, 0), query_int(q, 1), query_int(q, 2) != 0};
        return working_set_load(w, table, pair, sizeof *pair, false);
}

static int set_read_admission(WorkingSet *w, const Query *q)
{
        return set_read_pair(w, SET_ADMISSIONS, q);
}

static int set_read_tie(WorkingSet *w, const Query *q)
{
        return set_read_pair(w, SET_TIES, q);
}

static int set_read_evidence_left(WorkingSet *w, const Query *q)
{
        return set_read_pair(w, SET_EVIDENCE_LEFT, q);
}

static int set_read_past(WorkingSet *w, const Query *q)
{
        SetPast *past = calloc(1, sizeof *past);
        int r;

        if (!past)
                return -ENOMEM;
        past->member = query_int(q, 0);
        past->until_ms = (uint64_t)query_int(q, 2);
        r = query_blob(q, 1, past->token.b, sizeof past->token.b);
        return working_set_load(w, SET_PAST, past, sizeof *past, r < 0);
}

static int set_read_ids(WorkingSet *w, const Query *q)
{
        *working_set_ids(w) = (SetIds){query_int(q, 0), query_int(q, 1), query_int(q, 2)};
        return 0;
}

static int sqlite_set_load(Store *s)
{
        static const struct {
                const char *sql;
                SetReader read;
        } tables[] = {
                {"SELECT max(grp, coalesce((SELECT max(id) FROM grp), 0)),"
                 " max(member, coalesce((SELECT max(id) FROM member), 0)),"
                 " max(message, coalesce((SELECT max(id) FROM message), 0)) FROM working_set",
                 set_read_ids},
                {GROUP_SELECT, set_read_group},
                {"SELECT " MEMBER_COLUMNS " FROM member", set_read_member},
                {"SELECT member, box_key, sign_key, hash1, hash2, nonce FROM opening",
                 set_read_opening},
                {"SELECT id, grp, sender, receiver, kind, run, body, signature, key_id"
                 " FROM message",
                 set_read_message},
                {"SELECT grp, other, yes FROM admission", set_read_admission},
                {"SELECT a, b, 1 FROM tie", set_read_tie},
                {"SELECT grp, 0, 0 FROM evidence_left", set_read_evidence_left},
                {"SELECT member, token, until_ms FROM past", set_read_past},
        };
        int r = 0;

        for (size_t i = 0; r == 0 && i < ARRAY_LEN(tables); i++)
                r = set_read_all(s, tables[i].sql, tables[i].read);
        if (r == 0)
                r = set_read_heard(s);
        return r < 0 ? r : set_read_near(s);
}

/* ---- writing ---- */

/* Always "or replace": a row that was removed in a part of the batch that has been undone is
 * written again. */

static int set_write_group(Sql *sql, const GroupRow *g)
{
        return query_run(
                sql,
                "INSERT OR REPLACE INTO grp (id, route, phase, opened_ms, deadline_ms, expires_ms,"
                " revision, closed_revision, opener, n_members, n_opened, n_final, look_ms, others,"
                " party, passed, n_guests, n_refusing, window_end_ms)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                "itiiiiiibiiiiiiiiii", g->id, g->route, (int64_t)g->phase, (int64_t)g->opened_ms,
                (int64_t)g->deadline_ms, (int64_t)g->expires_ms, (int64_t)g->revision,
                (int64_t)g->closed_revision, g->opener.b, sizeof g->opener.b, (int64_t)g->n_members,
                (int64_t)g->n_opened, (int64_t)g->n_final, (int64_t)g->look_ms, (int64_t)g->others,
                (int64_t)g->party, (int64_t)g->passed, (int64_t)g->n_guests, (int64_t)g->n_refusing,
                (int64_t)g->window_end_ms);
}

static int set_write_damaged_group(Sql *sql, const GroupRow *g)
{
        return query_run(sql,
                         "UPDATE grp SET phase = ?, deadline_ms = ?, expires_ms = ?, look_ms = ?,"
                         " n_guests = ?, n_refusing = ? WHERE id = ?",
                         "iiiiiii", (int64_t)g->phase, (int64_t)g->deadline_ms,
                         (int64_t)g->expires_ms, (int64_t)g->look_ms, (int64_t)g->n_guests,
                         (int64_t)g->n_refusing, g->id);
}

static int set_write_member(Sql *sql, const SetMember *member)
{
        const MemberRow *m = &member->row;

        return query_run(
                sql,
                "INSERT OR REPLACE INTO member (" MEMBER_COLUMNS ")"
                " VALUES (?1, ?2, ?3, ?4, ?5, ?6, iif(?7, ?8, NULL), iif(?7, ?9, NULL),"
                " iif(?7, ?10, NULL), iif(?23, ?11, NULL), ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19,"
                " ?20, ?21, ?22, ?23, ?24, ?25)",
                "iiibbtiiiibiiiiiiiiiiiiii", m->id, m->group, m->account, m->member_id.b,
                sizeof m->member_id.b, m->commitment.b, sizeof m->commitment.b, m->route,
                (int64_t)m->fix.known, (int64_t)m->fix.latitude_e7, (int64_t)m->fix.longitude_e7,
                (int64_t)m->fix.accuracy_m, m->token.b, sizeof m->token.b, (int64_t)m->press_ms,
                (int64_t)m->arrival_ms, (int64_t)m->revision, (int64_t)m->evidence_sequence,
                (int64_t)m->ready, (int64_t)m->left, (int64_t)m->relayed, (int64_t)m->acknowledged,
                (int64_t)m->opening_order, (int64_t)m->words, (int64_t)m->mark,
                (int64_t)member->gathering, (int64_t)member->parts[0], (int64_t)member->parts[1]);
}

static int set_write_damaged_member(Sql *sql, const SetMember *m)
{
        return query_run(
                sql,
                "UPDATE member SET grp = ?1, account = ?2, gone = ?3, gathering = ?4,"
                " latitude = iif(?4, latitude, NULL), longitude = iif(?4, longitude, NULL),"
                " accuracy = iif(?4, accuracy, NULL), token = iif(?4, token, NULL)"
                " WHERE id = ?5",
                "iiiii", m->row.group, m->row.account, (int64_t)m->row.left, (int64_t)m->gathering,
                m->row.id);
}

static int set_write_heard(Sql *sql, const SetHeard *heard)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < heard->n; i++)
                r = query_run(sql,
                              "INSERT OR REPLACE INTO heard (member, nr, token, transport, rssi, "
                              "first_ms, last_ms)"
                              " VALUES (?, ?, ?, ?, ?, ?, ?)",
                              "iibiiii", heard->member, (int64_t)i, heard->list[i].token.b,
                              sizeof heard->list[i].token.b, (int64_t)heard->list[i].transport,
                              (int64_t)heard->list[i].rssi_dbm,
                              (int64_t)heard->list[i].first_heard_ms,
                              (int64_t)heard->list[i].last_heard_ms);
        return r;
}

/* It only grows. */
static int set_write_near(Sql *sql, const SetNear *near)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < near->n; i++)
                r = query_run(sql, "INSERT OR IGNORE INTO near (member, other) VALUES (?, ?)", "ii",
                              near->member, near->list[i]);
        return r;
}

static int set_write_opening(Sql *sql, const SetOpening *o)
{
        return query_run(
                sql,
                "INSERT OR REPLACE INTO opening (member, box_key, sign_key, hash1, hash2, nonce)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                "ibbbbb", o->member, o->row.box_key.b, sizeof o->row.box_key.b, o->row.sign_key.b,
                sizeof o->row.sign_key.b, o->row.part_hash[0].b, sizeof o->row.part_hash[0].b,
                o->row.part_hash[1].b, sizeof o->row.part_hash[1].b, o->row.nonce.b,
                sizeof o->row.nonce.b);
}

/* A message to all has an empty receiver. */
static int set_write_message(Sql *sql, const SetMessage *message)
{
        const MessageRow *m = &message->row;

        return query_run(
                sql,
                "INSERT OR REPLACE INTO message (id, grp, sender, receiver, kind, run, body,"
                " signature, key_id) VALUES (?, ?, ?, ?, ?, ?, ?, ?, iif(?, ?, NULL))",
                "iibbiibbib", m->id, message->group, m->from.b, sizeof m->from.b, m->to.b,
                m->to_all ? (size_t)0 : sizeof m->to.b, (int64_t)m->kind, (int64_t)m->run, m->body,
                m->body_len, m->signature, sizeof m->signature, (int64_t)m->has_key_id, m->key_id,
                sizeof m->key_id);
}

static int set_write_past(Sql *sql, const SetPast *past)
{
        return query_run(
                sql, "INSERT OR REPLACE INTO past (member, token, until_ms) VALUES (?, ?, ?)",
                "ibi", past->member, past->token.b, sizeof past->token.b, (int64_t)past->until_ms);
}

static int set_write_row(Sql *sql, const SetRow *row)
{
        const SetPair *pair = row->data;

        if (row->damaged && row->table > SET_MEMBERS)
                return 0; /* its removal was undone */
        switch (row->table) {
        case SET_GROUPS:
                return row->damaged ? set_write_damaged_group(sql, row->data)
                                    : set_write_group(sql, row->data);
        case SET_MEMBERS:
                return row->damaged ? set_write_damaged_member(sql, row->data)
                                    : set_write_member(sql, row->data);
        case SET_HEARD:
                return set_write_heard(sql, row->data);
        case SET_NEAR:
                return set_write_near(sql, row->data);
        case SET_OPENINGS:
                return set_write_opening(sql, row->data);
        case SET_MESSAGES:
                return set_write_message(sql, row->data);
        case SET_ADMISSIONS:
                return query_run(sql,
                                 "INSERT OR REPLACE INTO admission (grp, other, yes)"
                                 " VALUES (?, ?, ?)",
                                 "iii", pair->a, pair->b, (int64_t)pair->yes);
        case SET_PAST:
                return set_write_past(sql, row->data);
        case SET_TIES:
                return query_run(sql, "INSERT OR REPLACE INTO tie (a, b) VALUES (?, ?)", "ii",
                                 pair->a, pair->b);
        default:
                return query_run(sql, "INSERT OR REPLACE INTO evidence_left (grp) VALUES (?)", "i",
                                 pair->a);
        }
}

/* The first number of each row is what it is found by; messages have their own. */
static int set_delete_row(Sql *sql, const SetRow *row)
{
        static const char *const deletes[SET_TABLES] = {
                [SET_GROUPS] = "DELETE FROM grp WHERE id = ?",
                [SET_MEMBERS] = "DELETE FROM member WHERE id = ?",
                [SET_HEARD] = "DELETE FROM heard WHERE member = ?",
                [SET_NEAR] = "DELETE FROM near WHERE member = ?",
                [SET_OPENINGS] = "DELETE FROM opening WHERE member = ?",
                [SET_MESSAGES] = "DELETE FROM message WHERE id = ?",
                [SET_ADMISSIONS] = "DELETE FROM admission WHERE grp = ? AND other = ?",
                [SET_TIES] = "DELETE FROM tie WHERE a = ? AND b = ?",
                [SET_EVIDENCE_LEFT] = "DELETE FROM evidence_left WHERE grp = ?",
                [SET_PAST] = "DELETE FROM past WHERE member = ?",
        };
        const SetPair *pair = row->data;
        int64_t id = row->table == SET_GROUPS    ? ((const GroupRow *)row->data)->id
                     : row->table == SET_MEMBERS ? set_member_of(row)->row.id
                     : row->table == SET_MESSAGES
                             ? ((const SetMessage *)row->data)->row.id
                             : *(const int64_t *)row->data; /* the first of the others */

        if (row->table == SET_ADMISSIONS || row->table == SET_TIES)
                return query_run(sql, deletes[row->table], "ii", pair->a, pair->b);
        return query_run(sql, deletes[row->table], "i", id);
}

/* What has gone first: what came may be found by the same number. */
static int sqlite_set_save(Store *s, const SetRows *changed, const SetIds *ids)
{
        Sql *sql = sqlite_of(s);
        int r = 0;

        for (size_t i = 0; r == 0 && i < changed->n; i++)
                if (!changed->list[i]->live && changed->list[i]->stored)
                        r = set_delete_row(sql, changed->list[i]);
        for (size_t i = 0; r == 0 && i < changed->n; i++)
                if (changed->list[i]->live)
                        r = set_write_row(sql, changed->list[i]);
        return r < 0 ? r
                     : query_run(sql,
                                 "UPDATE working_set SET generation = generation + 1,"
                                 " grp = ?, member = ?, message = ?",
                                 "iii", ids->group, ids->member, ids->message);
}

const SetEngine sqlite_set_engine = {
        .load = sqlite_set_load,
        .save = sqlite_set_save,
        .spend = rows_spend,
        .next_deadline = rows_next_deadline,
        .shrink = sqlite_shrink,
        ROWS_ENGINE,
};
