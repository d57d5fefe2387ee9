/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-failing.h"

#include <assert.h>
#include <string.h>

typedef struct FailingStore {
        Store store;
        Store *inner;
        unsigned left; /* calls until the one that fails */
} FailingStore;

static bool strike(FailingStore *f)
{
        return f->left > 0 && --f->left == 0;
}

#define OP(name, parameters, ...)                                                                  \
        static int failing_##name parameters                                                       \
        {                                                                                          \
                FailingStore *f = (FailingStore *)s;                                               \
                                                                                                   \
                return strike(f) ? -EIO : f->inner->ops->name(f->inner, ##__VA_ARGS__);            \
        }

/* clang-format off */
OP(begin, (Store *s))
OP(mark, (Store *s))
OP(unmark, (Store *s))
OP(undo, (Store *s))
OP(probe, (Store *s))
OP(spent, (Store *s, const Id *id), id)
OP(account_add, (Store *s, AccountRow *a), a)
OP(account_by_id, (Store *s, int64_t id, AccountRow *ret), id, ret)
OP(account_by_key, (Store *s, const Bytes32 *key, AccountRow *ret), key, ret)
OP(account_by_handle, (Store *s, const char *handle, AccountRow *ret), handle, ret)
OP(account_confirm, (Store *s, int64_t id), id)
OP(account_keep, (Store *s, int64_t id, uint64_t until), id, until)
OP(account_revoke, (Store *s, int64_t id), id)
OP(account_delete, (Store *s, int64_t id), id)
OP(code_put, (Store *s, int64_t a, const Bytes32 *hash, uint64_t now, uint64_t expires), a, hash, now, expires)
OP(code_try, (Store *s, int64_t a, const Bytes32 *hash, uint64_t now), a, hash, now)
OP(profile_put, (Store *s, int64_t a, uint64_t rev, const uint8_t *bytes, size_t len), a, rev, bytes, len)
OP(profile_get, (Store *s, int64_t a, uint64_t *rev, uint8_t **ret, size_t *len), a, rev, ret, len)
OP(group_add, (Store *s, GroupRow *g), g)
OP(group_get, (Store *s, int64_t id, GroupRow *ret), id, ret)
OP(group_update, (Store *s, const GroupRow *g), g)
OP(group_delete, (Store *s, int64_t id), id)
OP(groups_due, (Store *s, uint64_t now, RowFunc func, void *data), now, func, data)
OP(next_deadline, (Store *s, uint64_t *ret), ret)
OP(member_add, (Store *s, MemberRow *m), m)
OP(member_get, (Store *s, const Id *id, MemberRow *ret), id, ret)
OP(member_by_row, (Store *s, int64_t id, MemberRow *ret), id, ret)
OP(member_by_screen, (Store *s, const Token *t, MemberRow *ret), t, ret)
OP(member_update, (Store *s, const MemberRow *m), m)
OP(member_remove, (Store *s, int64_t id), id)
OP(members_of_group, (Store *s, int64_t g, MemberFunc func, void *data), g, func, data)
OP(members_left, (Store *s, int64_t g, MemberFunc func, void *data), g, func, data)
OP(members_of_account, (Store *s, int64_t a, MemberFunc func, void *data), a, func, data)
OP(count_gathering, (Store *s, int64_t a, uint32_t *ret), a, ret)
OP(fix_set, (Store *s, int64_t m, const Fix *fix), m, fix)
OP(heard_set, (Store *s, int64_t m, const Sighting *heard, size_t n), m, heard, n)
OP(heard_get, (Store *s, int64_t m, SightingFunc func, void *data), m, func, data)
OP(members_by_token, (Store *s, const Token *t, MemberFunc func, void *data), t, func, data)
OP(members_hearing, (Store *s, const Token *t, size_t limit, MemberFunc func, void *data), t, limit, func, data)
OP(member_has_radio, (Store *s, const MemberRow *m), m)
OP(groups_looking, (Store *s, uint64_t now, RowFunc func, void *data), now, func, data)
OP(groups_cap, (Store *s, uint64_t deadline, uint64_t expires, size_t limit, bool *more), deadline, expires, limit, more)
OP(group_put_off, (Store *s, int64_t id, uint64_t until), id, until)
OP(group_absorb, (Store *s, int64_t into, int64_t from), into, from)
OP(count_routes, (Store *s, size_t n, uint32_t limit, uint32_t *ret), n, limit, ret)
OP(route_taken, (Store *s, const char *route), route)
OP(admission_put, (Store *s, int64_t g, int64_t other, bool yes), g, other, yes)
OP(admission_get, (Store *s, int64_t g, int64_t other, bool *ret), g, other, ret)
OP(tie_add, (Store *s, int64_t a, int64_t b), a, b)
OP(ties_walk, (Store *s, int64_t m, RowFunc func, void *data), m, func, data)
OP(mutual_walk, (Store *s, const MemberRow *m, TokenFunc func, void *data), m, func, data)
OP(near_keep, (Store *s, int64_t g, int64_t after, int64_t *ret), g, after, ret)
OP(near_walk, (Store *s, int64_t m, MemberFunc func, void *data), m, func, data)
OP(evidence_drop, (Store *s, int64_t g, uint64_t until, size_t limit), g, until, limit)
OP(past_heard_set, (Store *s, int64_t m, const Sighting *h, size_t n), m, h, n)
OP(past_missed, (Store *s, const MemberRow *m), m)
OP(past_missed_walk, (Store *s, const MemberRow *m, MemberFunc func, void *u), m, func, u)
OP(evidence_left, (Store *s, int64_t *ret), ret)
OP(plan_put, (Store *s, int64_t g, const uint8_t *bytes, size_t len), g, bytes, len)
OP(plan_get, (Store *s, int64_t g, uint8_t **ret, size_t *len), g, ret, len)
OP(escrow_revoke_more, (Store *s))
OP(plan_drop, (Store *s, int64_t g), g)
OP(members_near, (Store *s, const char *route, const int32_t box[4], size_t limit, MemberFunc func, void *data),
   route, box, limit, func, data)
OP(members_vague, (Store *s, const char *route, const int32_t box[4], size_t limit, MemberFunc func, void *data),
   route, box, limit, func, data)
OP(members_recent, (Store *s, const char *route, size_t limit, MemberFunc func, void *data),
   route, limit, func, data)
OP(piece_put, (Store *s, int64_t m, const PieceRow *p), m, p)
OP(pieces_complete, (Store *s, int64_t m, Bytes32 ret[2]), m, ret)
OP(pieces_walk, (Store *s, int64_t g, int64_t without, uint64_t cursor, uint64_t *ret, PieceFunc func, void *data),
   g, without, cursor, ret, func, data)
OP(pieces_drop, (Store *s, int64_t m), m)
OP(opening_put, (Store *s, int64_t m, const MemberOpening *o, uint32_t order), m, o, order)
OP(opening_get, (Store *s, int64_t m, MemberOpening *ret), m, ret)
OP(openings_walk, (Store *s, int64_t g, uint32_t after, OpeningFunc func, void *data), g, after, func, data)
OP(roster_put, (Store *s, int64_t g, const Roster *r), g, r)
OP(roster_get, (Store *s, int64_t g, Roster **ret), g, ret)
OP(message_add, (Store *s, int64_t g, MessageRow *m, bool room), g, m, room)
OP(messages_walk, (Store *s, int64_t g, const Id *to, int64_t after, size_t limit, MessageFunc func, void *data),
   g, to, after, limit, func, data)
OP(span_to_all, (Store *s, int64_t g, uint32_t *ret), g, ret)
OP(record_add, (Store *s, const RecordRow *r), r)
OP(record_of_group, (Store *s, int64_t g, RecordRow *ret), g, ret)
OP(record_by_number, (Store *s, const char *number, RecordRow *ret), number, ret)
OP(escrow_add, (Store *s, const EscrowRow *e), e)
OP(escrow_find, (Store *s, const char *number, const Bytes32 *hash, EscrowRow *ret), number, hash, ret)
OP(escrow_count_others, (Store *s, const EscrowRow *e, uint32_t *ret), e, ret)
OP(escrow_any, (Store *s, const char *number), number)
OP(escrow_revoke, (Store *s, const char *number, const Bytes32 *hash), number, hash)
OP(fetch_add, (Store *s, const EscrowRow *of, const uint8_t *reader, size_t len, uint64_t now),
   of, reader, len, now)
OP(fetch_find, (Store *s, const EscrowRow *of, const uint8_t *reader, size_t len), of, reader, len)
OP(fetches_walk, (Store *s, const EscrowRow *of, TimeFunc func, void *data), of, func, data)
OP(tries_get, (Store *s, const char *what, TriesRow *ret), what, ret)
OP(tries_put, (Store *s, const char *what, const TriesRow *t), what, t)
OP(card_keys_walk, (Store *s, int64_t g, int64_t after, size_t limit, MessageFunc func, void *data),
   g, after, limit, func, data)
OP(card_key_given, (Store *s, int64_t g, const Id *from), g, from)
OP(count_messages, (Store *s, int64_t g, const Id *from, uint32_t limit, uint32_t *ret, uint32_t *ret_to_all),
   g, from, limit, ret, ret_to_all)
OP(account_leaving, (Store *s, int64_t *ret), ret)
OP(account_left, (Store *s, int64_t id), id)
OP(account_use, (Store *s, int64_t a, uint32_t limit, uint32_t *ret_members, uint64_t *ret_bytes),
   a, limit, ret_members, ret_bytes)
OP(expire, (Store *s, uint64_t now, size_t limit, bool *more), now, limit, more)
OP(count, (Store *s, StoreCounts *ret), ret)
/* clang-format on */

static int failing_commit(Store *s)
{
        FailingStore *f = (FailingStore *)s;

        if (!strike(f))
                return store_commit(f->inner);
        store_rollback(f->inner);
        return -EIO;
}

static void failing_rollback(Store *s)
{
        FailingStore *f = (FailingStore *)s;

        store_rollback(f->inner);
}

static void failing_on_change(Store *s, ChangeFunc func, void *userdata)
{
        FailingStore *f = (FailingStore *)s;

        store_on_change(f->inner, func, userdata);
}

static void failing_expect_account(Store *s, int64_t id)
{
        FailingStore *f = (FailingStore *)s;

        store_expect_account(f->inner, id);
}

static uint64_t failing_steps(Store *s)
{
        FailingStore *f = (FailingStore *)s;

        return store_steps(f->inner);
}

static Store *failing_free(Store *s)
{
        FailingStore *f = (FailingStore *)s;

        (void)store_free(f->inner);
        free(f);
        return NULL;
}

#define FAILING(name) .name = failing_##name

static const StoreOps failing_ops = {
        FAILING(free),
        FAILING(begin),
        FAILING(commit),
        FAILING(rollback),
        FAILING(mark),
        FAILING(unmark),
        FAILING(undo),
        FAILING(probe),
        FAILING(steps),
        FAILING(on_change),
        FAILING(spent),
        FAILING(expect_account),
        FAILING(account_add),
        FAILING(account_by_id),
        FAILING(account_by_key),
        FAILING(account_by_handle),
        FAILING(account_confirm),
        FAILING(account_keep),
        FAILING(account_revoke),
        FAILING(account_delete),
        FAILING(code_put),
        FAILING(code_try),
        FAILING(profile_put),
        FAILING(profile_get),
        FAILING(group_add),
        FAILING(group_get),
        FAILING(group_update),
        FAILING(group_delete),
        FAILING(groups_due),
        FAILING(next_deadline),
        FAILING(member_add),
        FAILING(member_get),
        FAILING(member_by_row),
        FAILING(member_by_screen),
        FAILING(member_update),
        FAILING(member_remove),
        FAILING(members_of_group),
        FAILING(members_left),
        FAILING(members_of_account),
        FAILING(count_gathering),
        FAILING(fix_set),
        FAILING(heard_set),
        FAILING(heard_get),
        FAILING(members_by_token),
        FAILING(members_hearing),
        FAILING(member_has_radio),
        FAILING(groups_looking),
        FAILING(groups_cap),
        FAILING(group_put_off),
        FAILING(group_absorb),
        FAILING(count_routes),
        FAILING(route_taken),
        FAILING(admission_put),
        FAILING(admission_get),
        FAILING(tie_add),
        FAILING(ties_walk),
        FAILING(mutual_walk),
        FAILING(near_keep),
        FAILING(near_walk),
        FAILING(evidence_drop),
        FAILING(past_heard_set),
        FAILING(past_missed),
        FAILING(past_missed_walk),
        FAILING(evidence_left),
        FAILING(plan_put),
        FAILING(plan_get),
        FAILING(plan_drop),
        FAILING(escrow_revoke_more),
        FAILING(members_near),
        FAILING(members_vague),
        FAILING(members_recent),
        FAILING(piece_put),
        FAILING(pieces_complete),
        FAILING(pieces_walk),
        FAILING(pieces_drop),
        FAILING(opening_put),
        FAILING(opening_get),
        FAILING(openings_walk),
        FAILING(roster_put),
        FAILING(roster_get),
        FAILING(message_add),
        FAILING(messages_walk),
        FAILING(span_to_all),
        FAILING(record_add),
        FAILING(record_of_group),
        FAILING(record_by_number),
        FAILING(escrow_add),
        FAILING(escrow_find),
        FAILING(escrow_count_others),
        FAILING(escrow_any),
        FAILING(escrow_revoke),
        FAILING(fetch_add),
        FAILING(fetch_find),
        FAILING(fetches_walk),
        FAILING(tries_get),
        FAILING(tries_put),
        FAILING(card_keys_walk),
        FAILING(card_key_given),
        FAILING(count_messages),
        FAILING(account_leaving),
        FAILING(account_left),
        FAILING(account_use),
        FAILING(expire),
        FAILING(count),
};

int store_failing_new(Store **ret, Store *inner)
{
        FailingStore *f = calloc(1, sizeof *f);
        void *ops[sizeof failing_ops / sizeof(void *)];

        memcpy(ops, &failing_ops, sizeof ops);
        for (size_t i = 0; i < ARRAY_LEN(ops); i++)
                assert(ops[i]); /* an operation that came later is missing above */
        if (!f)
                return -ENOMEM;
        f->store.ops = &failing_ops;
        f->inner = inner;
        *ret = &f->store;
        return 0;
}

void store_failing_set(Store *s, unsigned n)
{
        FailingStore *f = (FailingStore *)s;

        f->left = n;
}
