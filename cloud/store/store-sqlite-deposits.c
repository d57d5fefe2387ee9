/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-sqlite-deposits.c - what members deposit: encrypted parts, openings, messages; and the
 * roster */
#include "store-sqlite.h"

#include <assert.h>
#include <string.h>

/* ---- pieces ---- */

static uint64_t piece_key(int64_t member, uint32_t part, uint32_t offset)
{
        assert((part == 1 || part == 2) && offset <= STORE_PIECE_OFFSET_MAX);
        return (uint64_t)member << 20 | (uint64_t)(part - 1) << 19 | offset;
}

/* Bytes of a part that are stored, and its size. NOT_FOUND: none. */
static int piece_part_state(Store *s, int64_t member, uint32_t part, uint32_t *ret_have,
                            uint32_t *ret_total)
{
        _cleanup_query_ Query q = {0};
        int64_t first = (int64_t)piece_key(member, part, 0);
        int r;

        r = query_first(
                &q, sqlite_of(s),
                "SELECT key - ?1 + length(bytes), total FROM piece WHERE key BETWEEN ?1 AND ?2"
                " ORDER BY key DESC LIMIT 1",
                "ii", first, first + STORE_PIECE_OFFSET_MAX);
        if (r != 0)
                return r;
        *ret_have = (uint32_t)query_int(&q, 0);
        *ret_total = (uint32_t)query_int(&q, 1);
        return 0;
}

/* 0: this very piece is stored. EXISTS: another one. NOT_FOUND: none at this place. */
static int store_compare_piece(Store *s, int64_t key, const PieceRow *p)
{
        _cleanup_query_ Query q = {0};
        int r;

        r = query_first(&q, sqlite_of(s), "SELECT total = ? AND bytes = ? FROM piece WHERE key = ?",
                        "ibi", (int64_t)p->total, p->bytes, p->len, key);
        if (r != 0)
                return r;
        return query_int(&q, 0) ? 0 : STORE_E_EXISTS;
}

int sqlite_piece_put(Store *s, int64_t member, const PieceRow *p)
{
        int64_t key = (int64_t)piece_key(member, p->part, p->offset);
        uint32_t have = 0, total = p->total;
        int r;

        r = store_compare_piece(s, key, p);
        if (r != STORE_E_NOT_FOUND)
                return r;
        r = piece_part_state(s, member, p->part, &have, &total);
        if (r < 0)
                return r;
        if (total != p->total || p->offset < have)
                return STORE_E_EXISTS;
        if (p->offset > have)
                return STORE_E_NOT_FOUND;
        r = query_run(sqlite_of(s), "INSERT INTO piece (key, total, bytes) VALUES (?, ?, ?)", "iib",
                      key, (int64_t)p->total, p->bytes, p->len);
        return r;
}

/* As card_part_hash, over the pieces in order. */
static int store_hash_part(Store *s, int64_t member, uint32_t part, Bytes32 *ret)
{
        _cleanup_query_ Query q = {0};
        int64_t first = (int64_t)piece_key(member, part, 0);
        crypto_generichash_state state;
        int r;

        (void)crypto_generichash_init(&state, NULL, 0, sizeof ret->b);
        r = query_begin(&q, sqlite_of(s),
                        "SELECT bytes FROM piece WHERE key BETWEEN ? AND ? ORDER BY key", "ii",
                        first, first + STORE_PIECE_OFFSET_MAX);
        while (r == 0 && (r = query_step(&q)) > 0) {
                (void)crypto_generichash_update(&state, query_borrow_blob(&q, 0),
                                                query_size(&q, 0));
                r = 0;
        }
        (void)crypto_generichash_final(&state, ret->b, sizeof ret->b);
        return r;
}

int sqlite_pieces_complete(Store *s, int64_t member, Bytes32 ret_hash[2])
{
        uint32_t have, total;
        int r;

        for (uint32_t part = 1; part <= 2; part++) {
                r = piece_part_state(s, member, part, &have, &total);
                if (r != 0)
                        return r;
                if (have != total)
                        return STORE_E_NOT_FOUND;
                r = store_hash_part(s, member, part, &ret_hash[part - 1]);
                if (r < 0)
                        return r;
        }
        return 0;
}

static int store_piece_read(const Query *q, PieceRow *ret, uint64_t *ret_key)
{
        uint64_t key = (uint64_t)query_int(q, 1);
        PieceRow p = {
                .part = (uint32_t)(key >> 19 & 1) + 1,
                .offset = (uint32_t)(key & STORE_PIECE_OFFSET_MAX),
                .total = (uint32_t)query_int(q, 2),
                .bytes = query_borrow_blob(q, 3),
                .len = query_size(q, 3),
        };
        int r = query_blob(q, 0, p.member_id.b, sizeof p.member_id.b);

        if (r < 0)
                return r;
        *ret = p;
        *ret_key = key;
        return 0;
}

/* As pieces_walk, of one member. */
static int pieces_walk_member(Store *s, int64_t member, uint64_t cursor, uint64_t *ret_cursor,
                              PieceFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        uint64_t key;
        PieceRow p;
        int64_t first = (int64_t)piece_key(member, 1, 0),
                end = (int64_t)piece_key(member + 1, 1, 0);
        int r = query_begin(
                &q, sqlite_of(s),
                "SELECT (SELECT member_id FROM member WHERE id = ?1), key, total, bytes FROM piece"
                " WHERE key >= ?2 AND key < ?3 ORDER BY key",
                "iii", member, MAX(first, (int64_t)cursor + 1), end);

        while (r == 0 && (r = query_step(&q)) > 0) {
                r = store_piece_read(&q, &p, &key);
                if (r == 0)
                        r = func(&p, userdata);
                if (r == 0)
                        *ret_cursor = key;
        }
        return r;
}

/* Member by member: in one query SQLite would sort all pieces of the group for each page. */
int sqlite_pieces_walk(Store *s, int64_t group, int64_t without, uint64_t cursor,
                       uint64_t *ret_cursor, PieceFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r;

        if (cursor > INT64_MAX)
                return 0;
        r = query_begin(&q, sqlite_of(s),
                        "SELECT id FROM member WHERE grp = ?1 AND id >= ?3 >> 20 AND id <> ?2"
                        " AND NOT gone ORDER BY id",
                        "iii", group, without, (int64_t)cursor);
        while (r == 0 && (r = query_step(&q)) > 0)
                r = pieces_walk_member(s, query_int(&q, 0), cursor, ret_cursor, func, userdata);
        return r;
}

int sqlite_pieces_drop(Store *s, int64_t member)
{
        int r = query_run(sqlite_of(s), "DELETE FROM piece WHERE key >= ? AND key < ?", "ii",
                          (int64_t)piece_key(member, 1, 0), (int64_t)piece_key(member + 1, 1, 0));

        return r;
}

/* ---- openings ---- */

/* Columns: member id, box key, sign key, hash1, hash2, nonce. */
static int store_opening_read(const Query *q, MemberOpening *ret)
{
        MemberOpening o;
        int r = query_blob(q, 0, o.id.b, sizeof o.id.b);

        if (r == 0)
                r = query_blob(q, 1, o.box_key.b, sizeof o.box_key.b);
        if (r == 0)
                r = query_blob(q, 2, o.sign_key.b, sizeof o.sign_key.b);
        if (r == 0)
                r = query_blob(q, 3, o.part_hash[0].b, sizeof o.part_hash[0].b);
        if (r == 0)
                r = query_blob(q, 4, o.part_hash[1].b, sizeof o.part_hash[1].b);
        if (r == 0)
                r = query_blob(q, 5, o.nonce.b, sizeof o.nonce.b);
        if (r == 0)
                *ret = o;
        return r;
}

int sqlite_opening_get(Store *s, int64_t member, MemberOpening *ret)
{
        _cleanup_query_ Query q = {0};
        int r;

        r = query_first(&q, sqlite_of(s),
                        "SELECT m.member_id, o.box_key, o.sign_key, o.hash1, o.hash2, o.nonce"
                        " FROM opening o JOIN member m ON m.id = o.member WHERE o.member = ?",
                        "i", member);
        if (r != 0)
                return r;
        return store_opening_read(&q, ret);
}

int sqlite_opening_put(Store *s, int64_t member, const MemberOpening *o, uint32_t order)
{
        int r = query_insert(sqlite_of(s),
                             "INSERT INTO opening (member, box_key, sign_key, hash1, hash2, nonce)"
                             " VALUES (?, ?, ?, ?, ?, ?)",
                             "ibbbbb", member, o->box_key.b, sizeof o->box_key.b, o->sign_key.b,
                             sizeof o->sign_key.b, o->part_hash[0].b, sizeof o->part_hash[0].b,
                             o->part_hash[1].b, sizeof o->part_hash[1].b, o->nonce.b,
                             sizeof o->nonce.b);

        if (r != 0)
                return r;
        r = query_run(sqlite_of(s), "UPDATE member SET opening_order = ? WHERE id = ?", "ii",
                      (int64_t)order, member);
        return r;
}

int sqlite_openings_walk(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        MemberOpening o;
        int r;

        r = query_begin(&q, sqlite_of(s),
                        "SELECT m.member_id, o.box_key, o.sign_key, o.hash1, o.hash2, o.nonce, "
                        "m.opening_order"
                        " FROM member m JOIN opening o ON o.member = m.id"
                        " WHERE m.grp = ?1 AND m.opening_order > ?2 AND m.opening_order > 0"
                        " ORDER BY m.opening_order",
                        "ii", group, (int64_t)after);
        while (r == 0 && (r = query_step(&q)) > 0) {
                r = store_opening_read(&q, &o);
                if (r == 0)
                        r = func(&o, (uint32_t)query_int(&q, 6), userdata);
        }
        return r;
}

/* ---- roster ---- */

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

/* ---- messages ---- */

/* 0: this very message is stored. EXISTS: one of its kind with other content. NOT_FOUND: none. */
static int store_compare_message(Store *s, int64_t group, const MessageRow *m, size_t to_len)
{
        _cleanup_query_ Query q = {0};
        int r;

        r = query_first(
                &q, sqlite_of(s),
                "SELECT body = ? AND signature = ? AND key_id IS iif(?, ?, NULL) FROM message"
                " WHERE grp = ? AND sender = ? AND receiver = ? AND kind = ? AND run = ?",
                "bbibibbii", m->body, m->body_len, m->signature, sizeof m->signature,
                (int64_t)m->has_key_id, m->key_id, sizeof m->key_id, group, m->from.b,
                sizeof m->from.b, m->to.b, to_len, (int64_t)m->kind, (int64_t)m->run);
        if (r != 0)
                return r;
        return query_int(&q, 0) ? 0 : STORE_E_EXISTS;
}

int sqlite_message_add(Store *s, int64_t group, MessageRow *m, bool room)
{
        size_t to_len = m->to_all ? 0 : sizeof m->to.b; /* a message to all has an empty receiver */
        int r;

        r = store_compare_message(s, group, m, to_len);
        if (r != STORE_E_NOT_FOUND) {
                m->id = 0;
                return r;
        }
        if (!room)
                return STORE_E_FULL;
        r = query_run(
                sqlite_of(s),
                "INSERT INTO message (grp, sender, receiver, kind, run, body, signature, key_id)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, iif(?, ?, NULL))",
                "ibbiibbib", group, m->from.b, sizeof m->from.b, m->to.b, to_len, (int64_t)m->kind,
                (int64_t)m->run, m->body, m->body_len, m->signature, sizeof m->signature,
                (int64_t)m->has_key_id, m->key_id, sizeof m->key_id);
        if (r == 0)
                m->id = sql_last_row(sqlite_of(s));
        return r;
}

static int store_message_read(const Query *q, MessageRow *ret)
{
        size_t to_len = query_size(q, 2);
        size_t body_len = query_size(q, 4);
        MessageRow m = {
                .id = query_int(q, 0),
                .to_all = to_len == 0,
                .kind = (uint32_t)query_int(q, 3),
                .body_len = body_len,
                .has_key_id = !query_null(q, 6),
                .run = (uint32_t)query_int(q, 7),
        };
        int r = query_blob(q, 1, m.from.b, sizeof m.from.b);

        if (r == 0 && !m.to_all)
                r = query_blob(q, 2, m.to.b, sizeof m.to.b);
        if (r == 0 && body_len > 0)
                r = body_len <= sizeof m.body ? query_blob(q, 4, m.body, body_len) : -EBADMSG;
        if (r == 0)
                r = query_blob(q, 5, m.signature, sizeof m.signature);
        if (r == 0 && m.has_key_id)
                r = query_blob(q, 6, m.key_id, sizeof m.key_id);
        if (r == 0)
                *ret = m;
        return r;
}

#define MESSAGE_COLUMNS "id, sender, receiver, kind, body, signature, key_id, run"

static int messages_each(Query *q, MessageFunc func, void *userdata)
{
        MessageRow m;
        int r = 0;

        while (r == 0 && (r = query_step(q)) > 0) {
                r = store_message_read(q, &m);
                if (r == 0)
                        r = func(&m, userdata);
        }
        return r;
}

/* Each receiver in its own order by the index, so that a limit bounds the work. */
int sqlite_messages_walk(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                         MessageFunc func, void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(
                &q, sqlite_of(s),
                "SELECT * FROM (SELECT " MESSAGE_COLUMNS " FROM message INDEXED BY message_told"
                "  WHERE grp = ?1 AND receiver = x'' AND kind <> " SQL_CARD_KEY " AND id > ?3"
                "  ORDER BY id LIMIT ?4)"
                " UNION ALL SELECT * FROM (SELECT " MESSAGE_COLUMNS
                "  FROM message INDEXED BY message_told"
                "  WHERE ?2 <> x'' AND grp = ?1 AND receiver = ?2 AND kind <> " SQL_CARD_KEY
                "  AND id > ?3 ORDER BY id LIMIT ?4)"
                " ORDER BY id LIMIT ?4",
                "ibii", group, to ? to->b : NULL, to ? sizeof to->b : (size_t)0, after,
                (int64_t)limit);

        return r < 0 ? r : messages_each(&q, func, userdata);
}

int sqlite_card_keys_walk(Store *s, int64_t group, int64_t after, size_t limit, MessageFunc func,
                          void *userdata)
{
        _cleanup_query_ Query q = {0};
        int r = query_begin(&q, sqlite_of(s),
                            "SELECT " MESSAGE_COLUMNS " FROM message INDEXED BY message_card_key"
                            " WHERE grp = ? AND kind = " SQL_CARD_KEY " AND id > ?"
                            " AND receiver = x'' ORDER BY id LIMIT ?",
                            "iii", group, after, (int64_t)limit);

        return r < 0 ? r : messages_each(&q, func, userdata);
}

int sqlite_card_key_given(Store *s, int64_t group, const Id *from)
{
        _cleanup_query_ Query q = {0};

        return query_first(&q, sqlite_of(s),
                           "SELECT 1 FROM message WHERE grp = ? AND sender = ? AND receiver = x''"
                           " AND kind = " SQL_CARD_KEY " LIMIT 1",
                           "ib", group, from->b, sizeof from->b);
}

int sqlite_count_messages(Store *s, int64_t group, const Id *from, uint32_t limit, uint32_t *ret,
                          uint32_t *ret_to_all)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, sqlite_of(s),
                "SELECT (SELECT count(*) FROM (SELECT 1 FROM message WHERE grp = ?1 AND sender = ?2"
                "  LIMIT ?3)),"
                " (SELECT count(*) FROM (SELECT 1 FROM message WHERE grp = ?1 AND sender = ?2"
                "  AND receiver = x'' LIMIT ?3))",
                "ibi", group, from->b, sizeof from->b, (int64_t)limit);

        if (r != 0)
                return must(r);
        *ret = (uint32_t)query_int(&q, 0);
        *ret_to_all = (uint32_t)query_int(&q, 1);
        return 0;
}

/* Ids of messages grow, and the first of a group stays the first: their distance grows with each,
 * and is found at the ends of two indexes, however many lie between. */
int sqlite_span_to_all(Store *s, int64_t group, uint32_t *ret)
{
        _cleanup_query_ Query q = {0};
        int r = query_first(
                &q, sqlite_of(s),
                "SELECT coalesce(max(last) - min(first) + 1, 0) FROM ("
                "SELECT (SELECT id FROM message INDEXED BY message_told WHERE grp = ?1"
                "  AND receiver = x'' AND kind <> " SQL_CARD_KEY " ORDER BY id LIMIT 1) AS first,"
                " (SELECT id FROM message INDEXED BY message_told WHERE grp = ?1"
                "  AND receiver = x'' AND kind <> " SQL_CARD_KEY
                " ORDER BY id DESC LIMIT 1) AS last"
                " UNION ALL SELECT (SELECT id FROM message INDEXED BY message_card_key"
                "  WHERE grp = ?1 AND kind = " SQL_CARD_KEY " ORDER BY id LIMIT 1),"
                " (SELECT id FROM message INDEXED BY message_card_key"
                "  WHERE grp = ?1 AND kind = " SQL_CARD_KEY " ORDER BY id DESC LIMIT 1))",
                "i", group);

        if (r != 0)
                return must(r);
        *ret = (uint32_t)MIN(query_int(&q, 0), (int64_t)UINT32_MAX / 2);
        return 0;
}
