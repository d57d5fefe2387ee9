/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records.c - the members' requests about the record of their group: get it, deposit the escrow,
 * revoke it
 *
 * The cloud keeps escrows and hashes of the tokens that open the way to them; both were made
 * from a password of which it knows four symbols of sixteen (src/protocol/record.h). It cannot
 * tell which members have the group key, so each may deposit, and the token decides which deposit
 * is meant.
 */
#include "handlers.h"
#include "groups.h"
#include "record-tries.h"

#include <assert.h>
#include <string.h>

enum {
        FETCHES_TOLD = 256,
        DEPOSITS_MAX = 4, /* of one member */
};

/* As call_group; WRONG_PHASE unless the group exchanges cards and the member has opened and
 * stayed. */
static int record_exchanging_group(Call *c, ProtobufCBinaryData member_id, MemberRow *ret_member,
                                   GroupRow *ret)
{
        int r = call_group(c, member_id, ret_member, ret);

        if (r != PB_STATUS_OK)
                return r;
        return ret_member->left || ret_member->opening_order == 0 || ret->phase != GROUP_EXCHANGING
                       ? PB_STATUS_WRONG_PHASE
                       : PB_STATUS_OK;
}

/* The number stands in the roster; the rest of the record begins when first asked for. */
static int record_begin(Call *c, const GroupRow *g, RecordRow *ret)
{
        Store *s = c->node->store;
        _cleanup_(roster_freep) Roster *roster = NULL;
        RecordRow record = {
                .group = g->id,
                .expires_ms = g->opened_ms + c->node->settings->record_expiry_ms,
        };
        int r = store_roster_get(s, g->id, &roster);

        if (r != 0)
                return must(r);
        memcpy(record.number, roster->record_number, sizeof record.number);
        record_half_draw(record.half);
        r = store_record_add(s, &record);
        if (r != 0)
                return must(r);
        *ret = record;
        return 0;
}

/* The calling member, its group and the group's record; fails as record_exchanging_group does. */
static int record_of_call(Call *c, ProtobufCBinaryData member_id, MemberRow *ret_member,
                          GroupRow *ret_group, RecordRow *ret)
{
        int r = record_exchanging_group(c, member_id, ret_member, ret_group);

        if (r != PB_STATUS_OK)
                return r;
        r = store_record_of_group(c->node->store, ret_group->id, ret);
        return r == STORE_E_NOT_FOUND ? record_begin(c, ret_group, ret) : r;
}

/* ---- asking ---- */

typedef struct Fetches {
        uint64_t at_ms[FETCHES_TOLD]; /* a ring */
        size_t n;
} Fetches;

static int record_note_fetch(uint64_t at_ms, void *userdata)
{
        Fetches *f = userdata;

        f->at_ms[f->n++ % FETCHES_TOLD] = at_ms;
        return 0;
}

/* Turns the ring so that the oldest comes first. */
static size_t record_order_fetches(uint64_t ret[static FETCHES_TOLD], const Fetches *f)
{
        size_t n = MIN(f->n, (size_t)FETCHES_TOLD);

        for (size_t i = 0; i < n; i++)
                ret[i] = f->at_ms[(f->n - n + i) % FETCHES_TOLD];
        return n;
}

/* Tells about one deposit, or (number empty) about the record alone. */
static int record_answer(Call *c, const RecordRow *record, const EscrowRow *of)
{
        PbRecord w = PB_RECORD_INIT;
        WireResponse response = PB_RESPONSE_INIT;
        uint64_t times[FETCHES_TOLD];
        Fetches fetches = {.n = 0};
        bool locked;
        int r = store_fetches_walk(c->node->store, of, record_note_fetch, &fetches);

        if (r == 0)
                r = record_locked(c, record->number, &locked);
        if (r < 0)
                return r;
        w.number = (char *)record->number;
        w.half = (char *)record->half;
        if (record->expires_ms > c->now_ms)
                w.expires_in_s = (uint32_t)((record->expires_ms - c->now_ms + 999) / 1000);
        w.deposited = of->stands;
        w.revoked = of->revoked;
        w.locked = locked;
        w.max_fetches = c->node->settings->record_fetches;
        w.n_fetched_ms = record_order_fetches(times, &fetches);
        w.fetched_ms = times;
        response.body_case = PB_RESPONSE_BODY_RECORD;
        response.record = &w;
        r = call_answer(c, PB_STATUS_OK, &response);
        return r < 0 ? r : CALL_TAKEN;
}

int handle_get_record(Call *c)
{
        const PbGetRecord *w = c->request->get_record;
        EscrowRow of = {0};
        Bytes32 hash = {0};
        RecordRow record;
        MemberRow m;
        GroupRow g;
        int r = record_of_call(c, w->member_id, &m, &g, &record);

        if (r != PB_STATUS_OK)
                return r;
        if (w->token_hash.len > 0) {
                memcpy(hash.b, w->token_hash.data, sizeof hash.b);
                r = store_escrow_find(c->node->store, record.number, &hash, &of);
        }
        return r < 0 ? r : record_answer(c, &record, &of);
}

/* ---- depositing and revoking ---- */

/* The group must live as long as its record can be fetched. */
static int record_keep_group(Call *c, GroupRow *g, const RecordRow *record)
{
        int r;

        assert(g->id == record->group);
        if (g->expires_ms >= record->expires_ms)
                return PB_STATUS_OK;
        g->expires_ms = record->expires_ms;
        r = store_group_update(c->node->store, g);
        return must(r);
}

/* Notes that this member knows the token. A member has few group keys, and so few tokens. */
static int record_note_deposit(Call *c, const EscrowRow *e)
{
        Store *s = c->node->store;
        uint32_t others;
        int r = store_escrow_count_others(s, e, &others);

        if (r != 0)
                return must(r);
        if (others >= DEPOSITS_MAX)
                return PB_STATUS_CONFLICT;
        r = store_escrow_add(s, e);
        return r == STORE_E_EXISTS ? PB_STATUS_OK : r;
}

/* Revokes the other tokens of the same depositors too: they may have had another group key before,
 * which the revoking member does not know. */
static int record_take_away(Call *c, EscrowRow *e)
{
        int r;

        e->revoked = true;
        e->stands = false;
        r = record_note_deposit(c, e);
        return r != PB_STATUS_OK ? r
                                 : store_escrow_revoke(c->node->store, e->number, &e->token_hash);
}

/* Only a member with the group key can name its token. Rubbish has a token of its own and is in
 * nobody's way. All deposits for one token must be the same. */
static int record_deposit(Call *c, EscrowRow *e)
{
        EscrowRow found;
        int r = store_escrow_find(c->node->store, e->number, &e->token_hash, &found);

        if (r == 0 && found.revoked) {
                r = record_take_away(c, e);
                return r != PB_STATUS_OK ? r : PB_STATUS_RECORD_REVOKED;
        }
        if (r == 0 && memcmp(found.escrow, e->escrow, sizeof e->escrow) != 0)
                return PB_STATUS_CONFLICT;
        return r < 0 ? r : record_note_deposit(c, e);
}

static EscrowRow record_escrow(const RecordRow *record, const MemberRow *m)
{
        EscrowRow e = {.member = m->id, .expires_ms = record->expires_ms};

        memcpy(e.number, record->number, sizeof e.number);
        return e;
}

int handle_put_record(Call *c)
{
        const PbPutRecord *w = c->request->put_record;
        RecordRow record;
        EscrowRow e;
        MemberRow m;
        GroupRow g;
        int r = record_of_call(c, w->member_id, &m, &g, &record);

        if (r != PB_STATUS_OK)
                return r;
        if (record.expires_ms <= c->now_ms)
                return PB_STATUS_RECORD_EXPIRED;
        e = record_escrow(&record, &m);
        e.stands = true;
        memcpy(e.token_hash.b, w->token_hash.data, sizeof e.token_hash.b);
        memcpy(e.escrow, w->escrow.data, sizeof e.escrow);
        r = record_deposit(c, &e);
        return r != PB_STATUS_OK ? r : record_keep_group(c, &g, &record);
}

int handle_revoke_record(Call *c)
{
        const PbRevokeRecord *w = c->request->revoke_record;
        RecordRow record;
        EscrowRow e;
        MemberRow m;
        GroupRow g;
        int r = record_of_call(c, w->member_id, &m, &g, &record);

        if (r != PB_STATUS_OK)
                return r;
        e = record_escrow(&record, &m);
        record_token_hash(&e.token_hash, record.number, w->token.data);
        r = record_take_away(c, &e);
        if (r != PB_STATUS_OK)
                return r;
        /* it was kept for the record alone */
        return group_finish_if_delivered(c->node, &g, c->now_ms);
}
