/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include "src/base/log.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 8 * 1000 };

struct RecordRequest {
        RecordWish wish;
        CloudClient *cloud;
        Clock *clock;
        DaemonStore *store;
        uint64_t until_ms;
        RecordSecret secret;
        RecordShown shown;
        uint64_t *fetched_ms;
        CloudCall *call;
        RecordFunc func;
        void *userdata;
};

Outcome record_refusal(CloudResult result, const WireResponse *response)
{
        if (result != CLOUD_STATUS && result != CLOUD_OK)
                return cloud_outcome(result);
        switch (response->status) {
        case PB_STATUS_WRONG_RECORD:
                return OUTCOME_WRONG_PASSWORD;
        case PB_STATUS_RECORD_LOCKED:
                return OUTCOME_LOCKED;
        case PB_STATUS_NO_MEMBER: /* the group is gone, and with it the record */
        case PB_STATUS_RECORD_EXPIRED:
                return OUTCOME_EXPIRED;
        case PB_STATUS_RECORD_REVOKED:
                return OUTCOME_REVOKED;
        case PB_STATUS_RECORD_USED_UP:
                return OUTCOME_USED_UP;
        case PB_STATUS_CONFLICT:
                return OUTCOME_RECORD_REFUSED;
        case PB_STATUS_WRONG_PHASE:
                return OUTCOME_WRONG_STATE;
        case PB_STATUS_NO_ACCOUNT:
                return OUTCOME_NOT_REGISTERED;
        case PB_STATUS_BUSY:
        case PB_STATUS_UNAVAILABLE:
                return OUTCOME_CLOUD_BUSY;
        default:
                return OUTCOME_CLOUD_REFUSED;
        }
}

/* ---- the ending ---- */

static bool is_final(Outcome outcome)
{
        return outcome == OUTCOME_EXPIRED || outcome == OUTCOME_REVOKED ||
               outcome == OUTCOME_RECORD_REFUSED;
}

/* A password that opens nothing any more is not made again. */
static void finish(RecordRequest *q, Outcome outcome)
{
        bool shows = outcome == OUTCOME_OK && q->wish != RECORD_REVOKE;
        int r = 0;

        if (is_final(outcome) || (q->wish == RECORD_REVOKE && outcome == OUTCOME_OK))
                r = daemon_store_secret_erase(q->store, q->secret.number);
        if (r < 0)
                log_error("the secret of a record is not erased: %s", strerror(-r));
        q->func(q->userdata, outcome, shows ? &q->shown : NULL);
}

static void fail(RecordRequest *q, int r)
{
        log_error("a record cannot be made: %s", strerror(-r));
        finish(q, OUTCOME_FAILED);
}

static int call_cloud(RecordRequest *q, WireRequest *request, CloudFunc func)
{
        return cloud_client_call(q->cloud, &q->call, request, q->until_ms, ANSWER_MS, func, q);
}

static ProtobufCBinaryData own_id(const RecordRequest *q)
{
        return wire_bytes(q->secret.member.b, sizeof q->secret.member);
}

/* ---- deposit ---- */

static void on_put(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;
        int r;

        q->call = NULL;
        if (result != CLOUD_OK) {
                finish(q, record_refusal(result, response));
                return;
        }
        r = daemon_store_secret_deposited(q->store, q->secret.number, q->secret.erase_s);
        if (r < 0)
                fail(q, r);
        else
                finish(q, OUTCOME_OK);
}

static int put(RecordRequest *q, const RecordKeys *keys, const Bytes32 *token_hash)
{
        WireRequest request = PB_REQUEST_INIT;
        PbPutRecord body = PB_PUT_RECORD_INIT;
        uint8_t escrow[RECORD_ESCROW_SIZE];

        record_escrow_seal(escrow, keys, q->shown.number, &q->secret.group_key,
                           &q->secret.transcript);
        body.member_id = own_id(q);
        body.token_hash = wire_bytes(token_hash->b, sizeof token_hash->b);
        body.escrow = wire_bytes(escrow, sizeof escrow);
        request.body_case = PB_REQUEST_BODY_PUT_RECORD;
        request.put_record = &body;
        return call_cloud(q, &request, on_put);
}

/* ---- fetches ---- */

static int take_fetches(RecordRequest *q, const PbRecord *w)
{
        q->fetched_ms = calloc(w->n_fetched_ms + 1, sizeof *q->fetched_ms);
        if (!q->fetched_ms)
                return -ENOMEM;
        if (w->n_fetched_ms > 0)
                memcpy(q->fetched_ms, w->fetched_ms, w->n_fetched_ms * sizeof *q->fetched_ms);
        q->shown.fetched_ms = q->fetched_ms;
        q->shown.n_fetched = w->n_fetched_ms;
        return 0;
}

static void on_fetches(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;
        int r;

        q->call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_RECORD) {
                finish(q, record_refusal(result, response));
                return;
        }
        r = response->record->revoked ? (int)OUTCOME_REVOKED : take_fetches(q, response->record);
        if (r < 0)
                fail(q, r);
        else
                finish(q, (Outcome)r);
}

/* token_hash: NULL while the cloud's half is not known. */
static int ask(RecordRequest *q, const Bytes32 *token_hash, CloudFunc func)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetRecord body = PB_GET_RECORD_INIT;

        body.member_id = own_id(q);
        if (token_hash)
                body.token_hash = wire_bytes(token_hash->b, sizeof token_hash->b);
        request.body_case = PB_REQUEST_BODY_GET_RECORD;
        request.get_record = &body;
        return call_cloud(q, &request, func);
}

/* ---- revoke ---- */

static void on_revoked(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;

        q->call = NULL;
        finish(q, result == CLOUD_OK ? OUTCOME_OK : record_refusal(result, response));
}

static int revoke_by(RecordRequest *q, const RecordKeys *keys)
{
        WireRequest request = PB_REQUEST_INIT;
        PbRevokeRecord body = PB_REVOKE_RECORD_INIT;

        body.member_id = own_id(q);
        body.token = wire_bytes(keys->token.b, sizeof keys->token.b);
        request.body_case = PB_REQUEST_BODY_REVOKE_RECORD;
        request.revoke_record = &body;
        return call_cloud(q, &request, on_revoked);
}

/* ---- the start: the cloud's half of the password, and the token it gives with ours ---- */

/* Argon2id holds the loop for 60-120 ms (measured on two cores, busy and idle). That is less than a
 * radio or the network ever waits for us, comes once an exchange and once whenever a user asks, of
 * whom one request runs at a time; a process beside us for it would cost more code and more memory
 * than it saves. */
static int take_half(RecordRequest *q, const char *half)
{
        _cleanup_record_password_ RecordPassword password;
        _cleanup_record_keys_ RecordKeys keys = {};
        Bytes32 hash;
        int r;

        record_password_make(&password, half, &q->secret.group_key);
        r = record_keys_derive(&keys, q->shown.number, &password);
        if (r < 0)
                return r;
        record_token_hash(&hash, q->shown.number, keys.token.b);
        switch (q->wish) {
        case RECORD_SHOW:
                record_password_format(q->shown.password, &password);
                return put(q, &keys, &hash);
        case RECORD_FETCHES:
                return ask(q, &hash, on_fetches);
        case RECORD_REVOKE:
                return revoke_by(q, &keys);
        }
        return -EINVAL;
}

/* The number is that of the signed roster, or somebody lies. */
static Outcome judge(const RecordRequest *q, const PbRecord *w)
{
        if (strcmp(w->number, q->shown.number) != 0)
                return OUTCOME_RECORD_REFUSED;
        return w->expires_in_s == 0 ? OUTCOME_EXPIRED : OUTCOME_OK;
}

static void on_record(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;
        Outcome outcome;
        int r;

        q->call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_RECORD) {
                finish(q, record_refusal(result, response));
                return;
        }
        outcome = judge(q, response->record);
        if (outcome != OUTCOME_OK) {
                finish(q, outcome);
                return;
        }
        q->secret.erase_s = clock_wall(q->clock) / 1000 + response->record->expires_in_s;
        r = take_half(q, response->record->half);
        if (r < 0)
                fail(q, r);
}

/* ---- life ---- */

int record_request_new(RecordRequest **ret, RecordWish wish, CloudClient *cloud, Clock *clock,
                       DaemonStore *store, uint64_t number, RecordFunc func, void *userdata)
{
        _cleanup_(record_request_freep) RecordRequest *q = secret_alloc(1, sizeof *q);
        int r;

        if (!q)
                return -ENOMEM;
        *q = (RecordRequest){.wish = wish,
                             .cloud = cloud,
                             .clock = clock,
                             .store = store,
                             .until_ms = clock_now(clock) + RECORD_WAIT_MS,
                             .func = func,
                             .userdata = userdata};
        r = daemon_store_secret_get(store, number, &q->secret);
        if (r != 0)
                return r < 0 ? r : OUTCOME_NOT_FOUND;
        memcpy(q->shown.number, q->secret.record_number, sizeof q->shown.number);
        r = ask(q, NULL, on_record);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(q);
        return 0;
}

RecordRequest *record_request_free(RecordRequest *q)
{
        if (!q)
                return NULL;
        cloud_call_cancel(q->call);
        record_secret_done(&q->secret);
        sodium_memzero(&q->shown, sizeof q->shown);
        free(q->fetched_ms);
        secret_release(q);
        return NULL;
}
