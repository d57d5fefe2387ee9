/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records.c - what members say about the record of their group: ask for it, deposit the escrow, revoke it
 *
 * The cloud keeps the escrow and a hash of the token that opens the way to it; both were made from a
 * password of which it knows four symbols of sixteen (src/record.h).
 */
#include "call.h"
#include "groups.h"
#include "record-tries.h"

#include <string.h>

enum { FETCHES_TOLD = 256 };

/* A member who has opened and not left, of a group that exchanges keys and cards. */
static int call_exchanging(Call *c, ProtobufCBinaryData member_id, GroupRow *ret)
{
        MemberRow m;
        int r = call_group(c, member_id, &m, ret);

        if (r != STATUS(OK))
                return r;
        return m.left || m.opening_order == 0 || ret->phase != GROUP_EXCHANGING ? STATUS(WRONG_PHASE)
                                                                                : STATUS(OK);
}

/* The number stands in the roster; the rest of the record begins when first asked for. */
static int add_record(Call *c, const GroupRow *g, RecordRow *ret)
{
        Store *s = c->api->store;
        _cleanup_(roster_freep) Roster *roster = NULL;
        RecordRow record = {
                .group = g->id,
                .expires_ms = g->opened_ms + c->api->context.settings->record_expiry_ms,
        };
        int r = s->ops->roster_get(s, g->id, &roster);

        if (r != 0)
                return r < 0 ? r : -EIO;
        memcpy(record.number, roster->record_number, sizeof record.number);
        record_half_draw(record.half);
        r = s->ops->record_add(s, &record);
        if (r != 0)
                return r < 0 ? r : -EIO;
        *ret = record;
        return 0;
}

static int find_record(Call *c, const GroupRow *g, RecordRow *ret)
{
        int r = c->api->store->ops->record_of_group(c->api->store, g->id, ret);

        return r == STORE_E_NOT_FOUND ? add_record(c, g, ret) : r;
}

/* ---- asking ---- */

typedef struct Fetches {
        uint64_t at_ms[FETCHES_TOLD]; /* a ring */
        size_t n;
} Fetches;

static int note_fetch(uint64_t at_ms, void *userdata)
{
        Fetches *f = userdata;

        f->at_ms[f->n++ % FETCHES_TOLD] = at_ms;
        return 0;
}

/* Turns the ring so that the oldest comes first. */
static size_t order_fetches(uint64_t ret[static FETCHES_TOLD], const Fetches *f)
{
        size_t n = MIN(f->n, (size_t)FETCHES_TOLD);

        for (size_t i = 0; i < n; i++)
                ret[i] = f->at_ms[(f->n - n + i) % FETCHES_TOLD];
        return n;
}

static int answer_record(Call *c, const RecordRow *record)
{
        Huddle__V1__Record w = HUDDLE__V1__RECORD__INIT;
        WireResponse response = HUDDLE__V1__RESPONSE__INIT;
        uint64_t times[FETCHES_TOLD];
        Fetches fetches = {.n = 0};
        bool locked;
        int r = c->api->store->ops->fetches_walk(c->api->store, record->number, note_fetch, &fetches);

        if (r == 0)
                r = record_locked(c, record->number, &locked);
        if (r < 0)
                return r;
        w.number = (char *)record->number;
        w.half = (char *)record->half;
        if (record->expires_ms > c->now_ms)
                w.expires_in_s = (uint32_t)((record->expires_ms - c->now_ms + 999) / 1000);
        w.deposited = record->deposited;
        w.revoked = record->revoked;
        w.locked = locked;
        w.max_fetches = c->api->context.settings->record_fetches;
        w.n_fetched_ms = order_fetches(times, &fetches);
        w.fetched_ms = times;
        response.body_case = HUDDLE__V1__RESPONSE__BODY_RECORD;
        response.record = &w;
        r = call_answer(c, STATUS(OK), &response);
        return r < 0 ? r : CALL_TAKEN;
}

int handle_get_record(Call *c)
{
        RecordRow record;
        GroupRow g;
        int r = call_exchanging(c, c->request->get_record->member_id, &g);

        if (r == STATUS(OK))
                r = find_record(c, &g, &record);
        return r != 0 ? r : answer_record(c, &record);
}

/* ---- depositing ---- */

/* What one member deposited and what another says must be the same: they made it from the same group key. */
static int compare_deposit(const RecordRow *stands, const Bytes32 *token_hash, const uint8_t *escrow)
{
        return bytes32_equal(&stands->token_hash, token_hash) &&
                               memcmp(stands->escrow, escrow, sizeof stands->escrow) == 0
                       ? STATUS(OK)
                       : STATUS(CONFLICT);
}

/* What can be fetched must stay as long as it may be. */
static int keep_group(Call *c, GroupRow *g, const RecordRow *record)
{
        int r;

        if (g->expires_ms >= record->expires_ms)
                return STATUS(OK);
        g->expires_ms = record->expires_ms;
        r = c->api->store->ops->group_update(c->api->store, g);
        return r > 0 ? -EIO : r;
}

int handle_put_record(Call *c)
{
        const Huddle__V1__PutRecord *w = c->request->put_record;
        RecordRow record;
        Bytes32 hash;
        GroupRow g;
        int r = call_exchanging(c, w->member_id, &g);

        if (r == STATUS(OK))
                r = find_record(c, &g, &record);
        if (r != STATUS(OK))
                return r;
        memcpy(hash.b, w->token_hash.data, sizeof hash.b);
        if (record.revoked)
                return STATUS(RECORD_REVOKED);
        if (record.expires_ms <= c->now_ms)
                return STATUS(RECORD_EXPIRED);
        if (record.deposited)
                return compare_deposit(&record, &hash, w->escrow.data);
        record.deposited = record.has_escrow = true;
        record.token_hash = hash;
        memcpy(record.escrow, w->escrow.data, sizeof record.escrow);
        r = c->api->store->ops->record_update(c->api->store, &record);
        if (r != 0)
                return r < 0 ? r : -EIO;
        return keep_group(c, &g, &record);
}

/* ---- revoking ---- */

int handle_revoke_record(Call *c)
{
        RecordRow record;
        GroupRow g;
        int r = call_exchanging(c, c->request->revoke_record->member_id, &g);

        if (r == STATUS(OK))
                r = find_record(c, &g, &record);
        if (r != STATUS(OK) || record.revoked)
                return r;
        record.revoked = true;
        record.has_escrow = false;
        r = c->api->store->ops->record_update(c->api->store, &record);
        if (r != 0)
                return r < 0 ? r : -EIO;
        return group_finish_if_delivered(c->api, &g, c->now_ms); /* it was kept for the record alone */
}
