/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"
#include "record-outcome.h"

#include "src/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum { ANSWER_MS = 8 * 1000 };

struct RecordRequest {
        RecordWish wish;
        CloudAccess cloud;
        Clock *clock;
        DaemonStore *store;
        uint64_t until_ms;
        RecordSecret secret;
        Bytes32 token_hash;
        RecordShown shown;
        uint64_t *fetched_ms;
        CloudCall *call;
        RecordFunc func;
        void *userdata;
};

/* ---- the ending ---- */

static bool record_is_final(Outcome outcome)
{
        return outcome == OUTCOME_EXPIRED || outcome == OUTCOME_REVOKED ||
               outcome == OUTCOME_RECORD_REFUSED;
}

/* Erases the secret if the record is over: a password that opens nothing is not made again. */
static void record_request_finish(RecordRequest *q, Outcome outcome)
{
        bool shows = outcome == OUTCOME_OK && q->wish != RECORD_REVOKE;
        int r = 0;

        assert(!q->call);
        if (record_is_final(outcome) || (q->wish == RECORD_REVOKE && outcome == OUTCOME_OK))
                r = daemon_store_secret_erase(q->store, q->secret.number);
        if (r < 0)
                log_error("the secret of a record is not erased: %s", strerror(-r));
        q->func(q->userdata, outcome, shows ? &q->shown : NULL);
}

static void record_request_fail(RecordRequest *q, int r)
{
        log_error("a record cannot be made: %s", strerror(-r));
        record_request_finish(q, OUTCOME_FAILED);
}

static int record_call_cloud(RecordRequest *q, WireRequest *request, CloudFunc func)
{
        return cloud_client_call(q->cloud.client, &q->call, request, q->until_ms, ANSWER_MS, func,
                                 q);
}

static ProtobufCBinaryData record_own_id(const RecordRequest *q)
{
        return wire_bytes(q->secret.member.b, sizeof q->secret.member);
}

/* ---- fetches ---- */

static int record_take_fetches(RecordRequest *q, const PbRecord *w)
{
        q->fetched_ms = calloc(w->n_fetched_ms + 1, sizeof *q->fetched_ms);
        if (!q->fetched_ms)
                return -ENOMEM;
        if (w->n_fetched_ms > 0)
                memcpy(q->fetched_ms, w->fetched_ms, w->n_fetched_ms * sizeof *q->fetched_ms);
        q->shown.fetched_ms = q->fetched_ms;
        q->shown.n_fetched = w->n_fetched_ms;
        q->shown.max_fetches = w->max_fetches;
        return 0;
}

static void on_record_fetches(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;
        int r;

        q->call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_RECORD) {
                record_request_finish(q, record_refusal(result, response));
                return;
        }
        r = response->record->revoked ? (int)OUTCOME_REVOKED
                                      : record_take_fetches(q, response->record);
        if (r < 0)
                record_request_fail(q, r);
        else
                record_request_finish(q, (Outcome)r);
}

/* token_hash: NULL while we do not know the cloud's half. */
static int record_get(RecordRequest *q, const Bytes32 *token_hash, CloudFunc func)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetRecord body = PB_GET_RECORD_INIT;

        body.member_id = record_own_id(q);
        if (token_hash)
                body.token_hash = wire_bytes(token_hash->b, sizeof token_hash->b);
        request.body_case = PB_REQUEST_BODY_GET_RECORD;
        request.get_record = &body;
        return record_call_cloud(q, &request, func);
}

/* ---- deposit ---- */

static void on_record_put(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;
        int r;

        q->call = NULL;
        if (result != CLOUD_OK) {
                record_request_finish(q, record_refusal(result, response));
                return;
        }
        r = daemon_store_secret_deposited(q->store, q->secret.number, q->secret.erase_s);
        if (r == 0 && q->wish == RECORD_READ)
                r = record_get(q, &q->token_hash, on_record_fetches);
        if (r < 0)
                record_request_fail(q, r);
        else if (q->wish != RECORD_READ)
                record_request_finish(q, OUTCOME_OK);
}

static int record_put(RecordRequest *q, const RecordKeys *keys)
{
        WireRequest request = PB_REQUEST_INIT;
        PbPutRecord body = PB_PUT_RECORD_INIT;
        uint8_t escrow[RECORD_ESCROW_SIZE];

        record_escrow_seal(escrow, keys, q->shown.number, &q->secret.group_key,
                           &q->secret.transcript);
        body.member_id = record_own_id(q);
        body.token_hash = wire_bytes(q->token_hash.b, sizeof q->token_hash.b);
        body.escrow = wire_bytes(escrow, sizeof escrow);
        request.body_case = PB_REQUEST_BODY_PUT_RECORD;
        request.put_record = &body;
        return record_call_cloud(q, &request, on_record_put);
}

/* ---- revoke ---- */

static void on_record_revoked(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;

        q->call = NULL;
        record_request_finish(q,
                              result == CLOUD_OK ? OUTCOME_OK : record_refusal(result, response));
}

static int record_revoke(RecordRequest *q, const RecordKeys *keys)
{
        WireRequest request = PB_REQUEST_INIT;
        PbRevokeRecord body = PB_REVOKE_RECORD_INIT;

        body.member_id = record_own_id(q);
        body.token = wire_bytes(keys->token.b, sizeof keys->token.b);
        request.body_case = PB_REQUEST_BODY_REVOKE_RECORD;
        request.revoke_record = &body;
        return record_call_cloud(q, &request, on_record_revoked);
}

/* ---- the start: the cloud's half of the password gives, with ours, the token ---- */

/* A page of the cloud's own host could read the password: it gets none. */
static void record_choose_page(HuddleLink *link, const char *page)
{
        if (!link->has_cloud || !page || !huddle_link_set_page(link, page))
                return;
        if (link->page[0] && cloud_url_same_host(link->page, link->url)) {
                log_warning("GuestPage is at the host of the cloud: links are for terminals only");
                (void)huddle_link_set_page(link, "");
        }
}

static void record_write_link(RecordRequest *q, const RecordPassword *password)
{
        _cleanup_huddle_link_ HuddleLink link = {.kind = HUDDLE_LINK_RECORD, .password = *password};

        memcpy(link.number, q->shown.number, sizeof link.number);
        link.has_cloud = q->cloud.url && cloud_url_normalise(link.url, q->cloud.url);
        if (link.has_cloud)
                link.identity = q->cloud.pin->identity;
        record_choose_page(&link, q->cloud.guest_page);
        huddle_link_format(q->shown.link, &link);
}

/* Argon2id blocks the loop for 60-120 ms (measured on two cores, busy and idle). Radios and the
 * network wait longer than that. It runs once an exchange and once a request, and each user has one
 * request at a time. A helper process would cost more code and memory than it saves. */
static int record_take_half(RecordRequest *q, const char *half)
{
        _cleanup_record_password_ RecordPassword password;
        _cleanup_record_keys_ RecordKeys keys = {};
        int r;

        record_password_make(&password, half, &q->secret.group_key);
        r = record_keys_derive(&keys, q->shown.number, &password);
        if (r < 0)
                return r;
        record_token_hash(&q->token_hash, q->shown.number, keys.token.b);
        switch (q->wish) {
        case RECORD_SHOW:
        case RECORD_READ:
                record_password_format(q->shown.password, &password);
                record_write_link(q, &password);
                return record_put(q, &keys);
        case RECORD_FETCHES:
                return record_get(q, &q->token_hash, on_record_fetches);
        case RECORD_REVOKE:
                return record_revoke(q, &keys);
        }
        return -EINVAL;
}

/* Another number than that of the signed roster is a lie. */
static Outcome record_judge(const RecordRequest *q, const PbRecord *w)
{
        if (strcmp(w->number, q->shown.number) != 0)
                return OUTCOME_RECORD_REFUSED;
        return w->expires_in_s == 0 ? OUTCOME_EXPIRED : OUTCOME_OK;
}

static void on_record_got(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordRequest *q = userdata;
        Outcome outcome;
        int r;

        q->call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_RECORD) {
                record_request_finish(q, record_refusal(result, response));
                return;
        }
        outcome = record_judge(q, response->record);
        if (outcome != OUTCOME_OK) {
                record_request_finish(q, outcome);
                return;
        }
        q->secret.erase_s = clock_wall(q->clock) / 1000 + response->record->expires_in_s;
        q->shown.expires_s = q->secret.erase_s;
        r = record_take_half(q, response->record->half);
        if (r < 0)
                record_request_fail(q, r);
}

/* ---- life ---- */

int record_request_new(RecordRequest **ret, RecordWish wish, const CloudAccess *cloud, Clock *clock,
                       DaemonStore *store, uint64_t number, RecordFunc func, void *userdata)
{
        _cleanup_(record_request_freep) RecordRequest *q = secret_alloc(1, sizeof *q);
        int r;

        if (!q)
                return -ENOMEM;
        *q = (RecordRequest){.wish = wish,
                             .cloud = *cloud,
                             .clock = clock,
                             .store = store,
                             .until_ms = clock_now(clock) + RECORD_WAIT_MS,
                             .func = func,
                             .userdata = userdata};
        r = daemon_store_secret_get(store, number, &q->secret);
        if (r != 0)
                return r < 0 ? r : OUTCOME_NOT_FOUND;
        memcpy(q->shown.number, q->secret.record_number, sizeof q->shown.number);
        r = record_get(q, NULL, on_record_got);
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
