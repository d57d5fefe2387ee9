/* SPDX-License-Identifier: GPL-2.0-or-later */
/* rows-deposits.c - the encrypted parts that members deposit, in pieces */
#include "rows.h"

#include <assert.h>
#include <string.h>

enum { PIECES_PAGE = 16 }; /* asked for at once: most lists take no more */

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
        _cleanup_found_ Found q = {0};
        int64_t first = (int64_t)piece_key(member, part, 0);
        int r;

        r = db_first(&q, db_of(s),
                     "SELECT key - ?1 + length(bytes), total FROM piece WHERE key BETWEEN ?1 AND ?2"
                     " ORDER BY key DESC LIMIT 1",
                     "ii", first, first + STORE_PIECE_OFFSET_MAX);
        if (r != 0)
                return r;
        *ret_have = (uint32_t)found_int(&q, 0);
        *ret_total = (uint32_t)found_int(&q, 1);
        return 0;
}

/* 0: this very piece is stored. EXISTS: another one. NOT_FOUND: none at this place. */
static int store_compare_piece(Store *s, int64_t key, const PieceRow *p)
{
        _cleanup_found_ Found q = {0};
        int r;

        r = db_first(&q, db_of(s), "SELECT total = ? AND bytes = ? FROM piece WHERE key = ?", "ibi",
                     (int64_t)p->total, p->bytes, p->len, key);
        if (r != 0)
                return r;
        return found_int(&q, 0) ? 0 : STORE_E_EXISTS;
}

int rows_piece_put(Store *s, int64_t member, const PieceRow *p)
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
        r = db_run(db_of(s), "INSERT INTO piece (key, total, bytes) VALUES (?, ?, ?)", "iib", key,
                   (int64_t)p->total, p->bytes, p->len);
        return r == 0 && p->offset == 0 ? set_member_part(s, member, p->part, p->total) : r;
}

/* As card_part_hash, over the pieces in order. */
static int store_hash_part(Store *s, int64_t member, uint32_t part, Bytes32 *ret)
{
        _cleanup_found_ Found q = {0};
        int64_t first = (int64_t)piece_key(member, part, 0);
        crypto_generichash_state state;
        int r;

        (void)crypto_generichash_init(&state, NULL, 0, sizeof ret->b);
        r = db_ask(&q, db_of(s), "SELECT bytes FROM piece WHERE key BETWEEN ? AND ? ORDER BY key",
                   "ii", first, first + STORE_PIECE_OFFSET_MAX);
        while (r == 0 && (r = found_step(&q)) > 0) {
                (void)crypto_generichash_update(&state, found_bytes(&q, 0), found_size(&q, 0));
                r = 0;
        }
        (void)crypto_generichash_final(&state, ret->b, sizeof ret->b);
        return r;
}

int rows_pieces_complete(Store *s, int64_t member, Bytes32 ret_hash[2])
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

static void store_piece_read(const Found *q, PieceRow *ret)
{
        uint64_t key = (uint64_t)found_int(q, 0);

        ret->part = (uint32_t)(key >> 19 & 1) + 1;
        ret->offset = (uint32_t)(key & STORE_PIECE_OFFSET_MAX);
        ret->total = (uint32_t)found_int(q, 1);
        ret->bytes = found_bytes(q, 2);
        ret->len = found_size(q, 2);
}

typedef struct PiecesWalk {
        Store *store;
        int64_t without;
        uint64_t cursor, *ret_cursor;
        PieceFunc func;
        void *userdata;
} PiecesWalk;

/* At most PIECES_PAGE of a member, from *key on, which moves behind them. *ret_n: how many. */
static int pieces_walk_page(const PiecesWalk *walk, const MemberRow *m, int64_t *key, size_t *ret_n)
{
        _cleanup_found_ Found q = {0};
        PieceRow p = {.member_id = m->member_id};
        int r = db_ask(&q, db_of(walk->store),
                       "SELECT key, total, bytes FROM piece"
                       " WHERE key >= ? AND key < ? ORDER BY key LIMIT ?",
                       "iii", *key, (int64_t)piece_key(m->id + 1, 1, 0), (int64_t)PIECES_PAGE);

        *ret_n = 0;
        while (r == 0 && (r = found_step(&q)) > 0) {
                store_piece_read(&q, &p);
                r = walk->func(&p, walk->userdata);
                if (r == 0)
                        *walk->ret_cursor = (uint64_t)found_int(&q, 0);
                *key = found_int(&q, 0) + 1;
                ++*ret_n;
        }
        return r;
}

static int pieces_walk_member(const MemberRow *m, void *userdata)
{
        const PiecesWalk *walk = userdata;
        int64_t first = (int64_t)piece_key(m->id, 1, 0), end = (int64_t)piece_key(m->id + 1, 1, 0);
        int64_t key = MAX(first, (int64_t)walk->cursor + 1);
        size_t n = PIECES_PAGE;
        int r = 0;

        if (m->left || m->id == walk->without || end <= (int64_t)walk->cursor)
                return 0;
        while (r == 0 && n == PIECES_PAGE)
                r = pieces_walk_page(walk, m, &key, &n);
        return r;
}

/* Member by member: in one query a database would sort all pieces of the group for each page. */
int rows_pieces_walk(Store *s, int64_t group, int64_t without, uint64_t cursor,
                     uint64_t *ret_cursor, PieceFunc func, void *userdata)
{
        PiecesWalk walk = {s, without, cursor, ret_cursor, func, userdata};

        return cursor > INT64_MAX ? 0 : set_members_of_group(s, group, pieces_walk_member, &walk);
}

int rows_pieces_forget(Store *s, int64_t member)
{
        return db_run(db_of(s), "DELETE FROM piece WHERE key >= ? AND key < ?", "ii",
                      (int64_t)piece_key(member, 1, 0), (int64_t)piece_key(member + 1, 1, 0));
}

int rows_pieces_drop(Store *s, int64_t member)
{
        int r = rows_pieces_forget(s, member);

        for (uint32_t part = 1; r == 0 && part <= 2; part++)
                r = set_member_part(s, member, part, 0);
        return r;
}
