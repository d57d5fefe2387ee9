/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * api.c - the way of one request: envelope, session, ticket, account, handler
 *
 * A handler that fails (negative errno) is undone alone: its call is answered "unavailable", and
 * the rest of the batch stands. Handlers change nothing outside the store that would have to be
 * undone with it, except that they may keep a call waiting.
 */
#include "api.h"

#include "src/base/events.h"
#include "src/base/log.h"
#include "audit.h"
#include "batch.h"
#include "closing.h"
#include "deadlines.h"
#include "handlers.h"
#include "limits.h"
#include "sessions.h"
#include "ticket.h"
#include "watchers.h"

#include <string.h>

struct Api {
        ApiDeps deps;
        Node node;
        Sessions *sessions;
        Batch *batch;
        Watchers *watchers;
        Deadlines *deadlines;
        Limits *limits;
        Audit *audit;
        Closings *closings;
};

/* The account that a request needs: none, any, a confirmed one; a READER is confirmed, or has no
 * account where the operator allows that. */
enum Needs { NOBODY, SOMEBODY, CONFIRMED, READER };

static const struct {
        CallHandler handler;
        enum Needs needs;
        bool writes; /* refused while the store has no room */
        bool guests; /* may ask for it, too */
} handlers[] = {
        [PB_REQUEST_BODY_OPEN_SESSION] = {handle_open_session, NOBODY, false, true},
        [PB_REQUEST_BODY_DESCRIBE] = {handle_describe, NOBODY, false, true},
        [PB_REQUEST_BODY_REGISTER] = {handle_register, NOBODY, true, false},
        [PB_REQUEST_BODY_REGISTER_GUEST] = {handle_register_guest, NOBODY, true, true},
        [PB_REQUEST_BODY_CONFIRM] = {handle_confirm, SOMEBODY, true, false},
        [PB_REQUEST_BODY_UNREGISTER] = {handle_unregister, SOMEBODY, true, true},
        [PB_REQUEST_BODY_PUT_PROFILE] = {handle_put_profile, CONFIRMED, true, false},
        [PB_REQUEST_BODY_GET_PROFILE] = {handle_get_profile, CONFIRMED, false, false},
        [PB_REQUEST_BODY_JOIN] = {handle_join, CONFIRMED, true, true},
        [PB_REQUEST_BODY_AMEND] = {handle_amend, CONFIRMED, true, true},
        [PB_REQUEST_BODY_READY] = {handle_ready, CONFIRMED, true, true},
        [PB_REQUEST_BODY_CLOSE] = {handle_close, CONFIRMED, true, true},
        [PB_REQUEST_BODY_LEAVE] = {handle_leave, CONFIRMED, true, true},
        [PB_REQUEST_BODY_ADMIT] = {handle_admit, CONFIRMED, true, true},
        [PB_REQUEST_BODY_DRAW_ROUTE] = {handle_draw_route, CONFIRMED, false, false},
        [PB_REQUEST_BODY_UPLOAD] = {handle_upload, CONFIRMED, true, true},
        [PB_REQUEST_BODY_OPENING] = {handle_opening, CONFIRMED, true, true},
        [PB_REQUEST_BODY_POST] = {handle_post, CONFIRMED, true, true},
        [PB_REQUEST_BODY_WATCH] = {handle_watch, CONFIRMED, false, true},
        [PB_REQUEST_BODY_GET_LIST] = {handle_get_list, CONFIRMED, false, true},
        [PB_REQUEST_BODY_ACKNOWLEDGE] = {handle_acknowledge, CONFIRMED, true, true},
        [PB_REQUEST_BODY_GET_RECORD] = {handle_get_record, CONFIRMED, true, false},
        [PB_REQUEST_BODY_PUT_RECORD] = {handle_put_record, CONFIRMED, true, false},
        [PB_REQUEST_BODY_REVOKE_RECORD] = {handle_revoke_record, CONFIRMED, true, false},
        [PB_REQUEST_BODY_FETCH_RECORD] = {handle_fetch_record, READER, true, false},
};

/* The newest key has sealed most tickets. A key whose tickets have all expired opens none. */
static int api_open_ticket(Call *c)
{
        const ProtobufCBinaryData *ticket = &c->request->ticket;
        const CloudKeys *keys = c->node->keys;
        int r = TICKET_E_INVALID;

        for (unsigned i = keys->n_tickets; i-- > 0 && r == TICKET_E_INVALID;)
                if (keys->tickets[i].until_ms == 0 || c->wall_ms < keys->tickets[i].until_ms)
                        r = ticket_open(&c->ticket, &keys->tickets[i].key, ticket->data,
                                        ticket->len, &c->session.public_key, c->wall_ms);
        return r;
}

static int api_refuse_ticket(Call *c, AuditEvent event, PbStatus status)
{
        c->event = event;
        return status;
}

/* Status OK, or why the request is refused. */
static int api_check_account(Call *c, enum Needs needs)
{
        const Node *node = c->node;
        int r;

        if (needs == NOBODY ||
            (needs == READER && node->settings->record_readers && c->request->ticket.len == 0))
                return PB_STATUS_OK;
        if (c->ticket_result == TICKET_E_EXPIRED)
                return api_refuse_ticket(c, AUDIT_TICKET_EXPIRED, PB_STATUS_NO_SESSION);
        if (c->ticket_result != 0)
                return api_refuse_ticket(c, AUDIT_TICKET_INVALID, PB_STATUS_NO_SESSION);
        r = store_account_by_id(node->store, c->ticket.account, &c->account);
        if (r < 0)
                return r;
        if (r == STORE_E_NOT_FOUND)
                return api_refuse_ticket(c, AUDIT_TICKET_DELETED, PB_STATUS_NO_ACCOUNT);
        if (c->ticket.epoch != c->account.epoch)
                return api_refuse_ticket(c, AUDIT_TICKET_REVOKED, PB_STATUS_NO_SESSION);
        if (call_is_guest(c) && !handlers[c->request->body_case].guests)
                return PB_STATUS_NO_GUESTS;
        return needs == SOMEBODY || c->account.confirmed ? PB_STATUS_OK : PB_STATUS_NO_ACCOUNT;
}

/* As a handler. A message of a newer version that the table does not have is refused. */
static int api_dispatch(Call *c)
{
        unsigned body = c->request->body_case;
        int r;

        if (body >= ARRAY_LEN(handlers) || !handlers[body].handler)
                return PB_STATUS_MALFORMED;
        c->node->metrics.requests[body]++;
        r = api_check_account(c, handlers[body].needs);
        if (r == PB_STATUS_OK && handlers[body].writes && c->node->metrics.full)
                r = PB_STATUS_UNAVAILABLE;
        return r == PB_STATUS_OK ? handlers[body].handler(c) : r;
}

/* Undoes what a failed call did. 0, or negative errno: the whole batch is lost. */
static int api_undo_call(Call *c, int error)
{
        log_error("A request failed: %s", strerror(-error));
        c->node->metrics.failed_parts++;
        sodium_memzero(c->code, sizeof c->code);
        c->event = AUDIT_NOTHING;
        closings_forget(c->node);
        return node_undo(c->node);
}

/* The call's handler between mark and unmark. Returns as a handler, negative errno for a lost
 * batch. */
static int api_try_call(Call *c)
{
        int r = node_mark(c->node), result;

        if (r < 0)
                return r;
        result = api_dispatch(c);
        r = result < 0 ? api_undo_call(c, result) : node_unmark(c->node);
        if (r < 0)
                return r;
        return result < 0 ? (int)PB_STATUS_UNAVAILABLE : result;
}

static void api_run_call(void *userdata, Call *c)
{
        Batch *batch = c->node->batch;
        int r = batch_failed(batch) ? PB_STATUS_UNAVAILABLE : api_try_call(c);

        if (r >= 0 && r != CALL_TAKEN && !batch_failed(batch))
                r = call_answer(c, (PbStatus)r, NULL);
        if (r < 0)
                batch_fail(batch, r);
        if (r != CALL_TAKEN || c->sealed)
                batch_answer(batch, c);
}

/* ---- the ends of a batch ---- */

/* What is due, before the calls that came since. */
static void api_batch_opened(void *userdata)
{
        Api *a = userdata;

        deadlines_take_turn(a->deadlines);
}

static void api_settle(void *userdata)
{
        Api *a = userdata;

        watchers_settle(a->watchers);
        deadlines_look(a->deadlines);
}

static void api_batch_ended(void *userdata, bool failed)
{
        Api *a = userdata;

        if (failed)
                closings_forget(&a->node);
        deadlines_set(a->deadlines, failed);
        if (watchers_due(a->watchers))
                (void)batch_begin(a->batch); /* without its timer the next request closes it */
}

static void api_send_code(const Api *a, const Call *c)
{
        int r = a->deps.send_code(a->deps.userdata, c->account.handle, c->code);

        if (r < 0)
                log_error("A confirmation code could not be sent: %s", strerror(-r));
}

static void api_count_answer(const Call *c)
{
        Metrics *m = &c->node->metrics;

        m->answers[c->status]++;
        if (!c->waited)
                metrics_latency(m, clock_now(c->node->clock) - c->begun_ms);
}

static void api_finish_call(void *userdata, Call *c, bool failed)
{
        int r = 0;

        if (failed)
                r = call_answer(c, PB_STATUS_UNAVAILABLE, NULL);
        else if (c->code[0])
                api_send_code(userdata, c);
        if (!failed && c->event != AUDIT_NOTHING)
                audit_count(((Api *)userdata)->audit, c->event);
        if (r == 0)
                api_count_answer(c);
        c->func(c->userdata, r, r < 0 ? NULL : TAKE_PTR(c->sealed), c->n_sealed);
        (void)call_free(c);
}

/* ---- other nodes ---- */

static void api_on_change(int64_t group, int64_t member, void *userdata)
{
        Api *a = userdata;

        if (group == 0) {
                watchers_touch_all(a->watchers);
                closings_forget(&a->node);
        } else {
                watchers_touch(a->watchers, group, member);
                closings_forget_one(&a->node, group);
        }
}

/* ---- requests ---- */

static bool api_has_box(const Api *a, const Bytes32 *cloud_key, uint64_t now_ms)
{
        const Bytes32 *public;
        const Key *private;

        for (unsigned i = 0; cloud_keys_box(a->node.keys, i, now_ms, &public, &private); i++)
                if (bytes32_equal(public, cloud_key))
                        return true;
        return false;
}

/* A request does not say for which of our keys it was sealed. */
static int api_unseal_new(Api *a, Call *c, uint8_t **ret, size_t *ret_len,
                          const Bytes32 *session_key, const uint8_t *sealed, size_t len)
{
        const Bytes32 *public;
        const Key *private;
        int r = ENVELOPE_E_NOT_FOR_US;

        for (unsigned i = 0; r == ENVELOPE_E_NOT_FOR_US &&
                             cloud_keys_box(a->node.keys, i, c->wall_ms, &public, &private);
             i++) {
                a->node.metrics.sessions++;
                r = session_accept(&c->session, session_key, public, private);
                if (r == 0)
                        r = envelope_open_request(ret, ret_len, c->nonce, &c->session, sealed, len);
        }
        if (r == 0)
                sessions_add(a->sessions, &c->session);
        return r;
}

/* Outcomes of the envelope. The session of the call is a copy. */
static int api_unseal(Api *a, Call *c, uint8_t **ret, size_t *ret_len, const uint8_t *sealed,
                      size_t len)
{
        const Session *known;
        Bytes32 session_key;
        int r = envelope_session_key(&session_key, sealed, len);

        if (r != 0)
                return r;
        known = sessions_find(a->sessions, &session_key);
        if (!known)
                return api_unseal_new(a, c, ret, ret_len, &session_key, sealed, len);
        if (!api_has_box(a, &known->cloud_key, c->wall_ms))
                return ENVELOPE_E_NOT_FOR_US; /* its key has been replaced */
        c->session = *known;
        return envelope_open_request(ret, ret_len, c->nonce, &c->session, sealed, len);
}

/* Fills in the call. Outcomes of the envelope and of the message become those of api_handle. */
static int api_open_call(Api *a, Call *c, const uint8_t *sealed, size_t len)
{
        _cleanup_free_ uint8_t *plain = NULL;
        size_t n_plain;
        int r = api_unseal(a, c, &plain, &n_plain, sealed, len);

        if (r != 0)
                return r < 0 ? r : r == ENVELOPE_E_NOT_FOR_US ? API_E_NOT_FOR_US : API_E_MALFORMED;
        r = wire_unpack_request(&c->request, plain, n_plain);
        if (r != 0)
                return r < 0 ? r : API_E_MALFORMED;
        wire_id_read(&c->id, c->request->id);
        c->ticket_result = api_open_ticket(c);
        if (c->ticket_result == 0)
                store_expect_account(a->node.store, c->ticket.account);
        return 0;
}

static void api_refuse(Api *a, int r)
{
        a->node.metrics.refused++;
        if (r == API_E_NOT_FOR_US)
                audit_count(a->audit, AUDIT_NOT_FOR_US);
        else if (r == API_E_MALFORMED)
                audit_count(a->audit, AUDIT_MALFORMED);
}

int api_handle_from(Api *a, ApiWay way, const ApiOrigin *origin, const uint8_t *sealed, size_t len,
                    ApiReply func, void *userdata)
{
        _cleanup_(call_freep) Call *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        c->node = &a->node;
        c->func = func;
        c->userdata = userdata;
        c->now_ms = node_time(&a->node);
        c->wall_ms = clock_wall(a->node.clock);
        c->begun_ms = clock_now(a->node.clock);
        c->way = way;
        c->origin = *origin;
        r = api_open_call(a, c, sealed, len);
        if (r == 0)
                r = batch_begin(a->batch);
        if (r != 0) {
                api_refuse(a, r);
                return r;
        }
        batch_take(a->batch, TAKE_PTR(c));
        return 0;
}

int api_handle(Api *a, ApiWay way, const uint8_t *sealed, size_t len, ApiReply func, void *userdata)
{
        static const ApiOrigin unknown;

        return api_handle_from(a, way, &unknown, sealed, len, func, userdata);
}

void api_look(Api *a)
{
        (void)batch_begin(a->batch); /* without its timer the next request closes it */
}

void api_flush(Api *a)
{
        batch_flush(a->batch);
}

void api_flush_if_full(Api *a)
{
        batch_flush_if_full(a->batch);
}

void api_drain(Api *a)
{
        (void)batch_begin(a->batch); /* its timer is of no use: we close it here */
        watchers_drain(a->watchers);
        do
                batch_flush(a->batch);
        while (watchers_due(a->watchers)); /* a batch has begun again */
}

void api_forget_sessions(Api *a)
{
        sessions_clear(a->sessions);
}

const CloudIdentity *api_identity(const Api *a)
{
        return cloud_keys_identity(a->node.keys, clock_wall(a->node.clock));
}

bool api_is_full(const Api *a)
{
        return a->node.metrics.full;
}

const Metrics *api_metrics(const Api *a)
{
        return &a->node.metrics;
}

uint64_t api_work(const Api *a)
{
        return node_work(&a->node);
}

/* ---- the whole ---- */

Api *api_free(Api *a)
{
        if (!a)
                return NULL;
        store_on_change(a->node.store, NULL, NULL);
        (void)deadlines_free(a->deadlines);
        (void)batch_free(a->batch);
        (void)watchers_free(a->watchers);
        (void)sessions_free(a->sessions);
        (void)limits_free(a->limits);
        (void)audit_free(a->audit);
        (void)closings_free(a->closings);
        free(a);
        return NULL;
}

static void api_fill_node(Api *a, const ApiDeps *deps)
{
        uint64_t wall_ms = deps->wall_ms > 0 ? deps->wall_ms : clock_wall(deps->clock);

        a->node = (Node){
                .settings = deps->settings,
                .keys = deps->keys,
                .consent_text = deps->consent_text,
                .clock = deps->clock,
                .store = deps->store,
                .verifies = deps->send_code != NULL,
                .start_ms = wall_ms - clock_now(deps->clock),
        };
}

int api_new(Api **ret, const ApiDeps *deps)
{
        _cleanup_(api_freep) Api *a = calloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->deps = *deps;
        api_fill_node(a, deps);
        store_on_change(deps->store, api_on_change, a);
        r = sessions_new(&a->sessions, deps->settings->session_cache);
        if (r == 0)
                r = batch_new(&a->batch, &a->node,
                              &(BatchHooks){api_batch_opened, api_run_call, api_settle,
                                            api_batch_ended, api_finish_call, a});
        if (r == 0)
                r = watchers_new(&a->watchers, &a->node);
        if (r == 0)
                r = limits_new(&a->limits);
        if (r == 0)
                r = audit_new(&a->audit, deps->clock, &a->node.metrics);
        if (r == 0)
                r = closings_new(&a->closings);
        a->node.batch = a->batch;
        a->node.watchers = a->watchers;
        a->node.limits = a->limits;
        a->node.closings = a->closings;
        if (r == 0) {
                a->node.metrics.full = store_probe(deps->store) < 0;
                if (a->node.metrics.full)
                        log_line(LOG_ERR, EVENT_STORE_FULL,
                                 "The store has no room: what would write is refused until it has");
        }
        if (r == 0)
                r = deadlines_new(&a->deadlines, &a->node);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}
