/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * api.c - the way of one request: envelope, session, ticket, account, handler; and the batch it
 * is part of
 *
 * A handler that fails (negative errno) fails the batch: nothing of it is kept and all its calls
 * are answered "unavailable", because some of what they did may have rested on what is now
 * undone. Handlers change nothing outside the store that a rollback would have to undo, but for
 * who waits.
 */
#include "api.h"

#include "src/base/log.h"
#include "ticket.h"
#include "call.h"
#include "groups.h"
#include "watchers.h"

#include <assert.h>
#include <string.h>

enum {
        MAX_DUE = 256,            /* groups moved on in one batch */
        MAX_EXPIRED = 64,         /* groups deleted in one batch */
        MAX_PAUSE_MS = 60 * 1000, /* the wall clock may be set: look again after this */
        RETRY_MS = 1000,          /* after a batch that failed */
};

/* ---- one call ---- */

static Call *call_free(Call *c)
{
        if (!c)
                return NULL;
        (void)timer_free(c->timer);
        (void)wire_request_free(c->request);
        session_done(&c->session);
        sodium_memzero(c->code, sizeof c->code);
        free(c->sealed);
        free(c);
        return NULL;
}
DEFINE_CLEANUP(Call *, call_free);

/* Whom a request needs: no account, any, a confirmed one; or one who may read a record: confirmed,
 * unless the operator lets those without an account too. */
enum Needs { NOBODY, SOMEBODY, CONFIRMED, READER };

static const struct {
        CallHandler handler;
        enum Needs needs;
} handlers[] = {
        [PB_REQUEST_BODY_OPEN_SESSION] = {handle_open_session, NOBODY},
        [PB_REQUEST_BODY_DESCRIBE] = {handle_describe, NOBODY},
        [PB_REQUEST_BODY_REGISTER] = {handle_register, NOBODY},
        [PB_REQUEST_BODY_CONFIRM] = {handle_confirm, SOMEBODY},
        [PB_REQUEST_BODY_UNREGISTER] = {handle_unregister, SOMEBODY},
        [PB_REQUEST_BODY_PUT_PROFILE] = {handle_put_profile, CONFIRMED},
        [PB_REQUEST_BODY_GET_PROFILE] = {handle_get_profile, CONFIRMED},
        [PB_REQUEST_BODY_JOIN] = {handle_join, CONFIRMED},
        [PB_REQUEST_BODY_AMEND] = {handle_amend, CONFIRMED},
        [PB_REQUEST_BODY_READY] = {handle_ready, CONFIRMED},
        [PB_REQUEST_BODY_CLOSE] = {handle_close, CONFIRMED},
        [PB_REQUEST_BODY_LEAVE] = {handle_leave, CONFIRMED},
        [PB_REQUEST_BODY_UPLOAD] = {handle_upload, CONFIRMED},
        [PB_REQUEST_BODY_OPENING] = {handle_opening, CONFIRMED},
        [PB_REQUEST_BODY_POST] = {handle_post, CONFIRMED},
        [PB_REQUEST_BODY_WATCH] = {handle_watch, CONFIRMED},
        [PB_REQUEST_BODY_GET_LIST] = {handle_get_list, CONFIRMED},
        [PB_REQUEST_BODY_ACKNOWLEDGE] = {handle_acknowledge, CONFIRMED},
        [PB_REQUEST_BODY_GET_RECORD] = {handle_get_record, CONFIRMED},
        [PB_REQUEST_BODY_PUT_RECORD] = {handle_put_record, CONFIRMED},
        [PB_REQUEST_BODY_REVOKE_RECORD] = {handle_revoke_record, CONFIRMED},
        [PB_REQUEST_BODY_FETCH_RECORD] = {handle_fetch_record, READER},
};

static int api_check_account(Call *c, enum Needs needs)
{
        const ProtobufCBinaryData *ticket = &c->request->ticket;
        Api *a = c->api;
        int64_t id;
        int r;

        if (needs == NOBODY ||
            (needs == READER && a->context.settings->record_readers && ticket->len == 0))
                return PB_STATUS_OK;
        r = ticket_open(&id, &a->context.keys->ticket, ticket->data, ticket->len,
                        &c->session.public_key, c->now_ms);
        if (r != 0)
                return r < 0 ? r : PB_STATUS_NO_SESSION;
        r = store_account_by_id(a->store, id, &c->account);
        if (r < 0)
                return r;
        if (r == STORE_E_NOT_FOUND || (needs != SOMEBODY && !c->account.confirmed))
                return PB_STATUS_NO_ACCOUNT;
        return PB_STATUS_OK;
}

/* As a handler; wire_unpack_request has let through only bodies that the table has. */
static int api_dispatch(Call *c)
{
        unsigned body = c->request->body_case;
        int r;

        assert(body < ARRAY_LEN(handlers) && handlers[body].handler);
        c->api->metrics.requests[body]++;
        r = api_check_account(c, handlers[body].needs);
        return r == PB_STATUS_OK ? handlers[body].handler(c) : r;
}

/* ---- the batch ---- */

void api_fail(Api *a, int error)
{
        if (!a->batch_failed)
                log_error("The store failed; a batch is undone: %s", strerror(-error));
        a->batch_failed = true;
}

void api_begin(Api *a)
{
        int r;

        if (a->batch_open)
                return;
        a->batch_open = true;
        a->batch_failed = false;
        r = store_begin(a->store);
        if (r != 0)
                api_fail(a, r < 0 ? r : -EIO);
}

static void batch_end(Api *a)
{
        int r;

        if (a->batch_failed)
                store_rollback(a->store);
        else {
                r = store_commit(a->store);
                if (r != 0)
                        api_fail(a, r < 0 ? r : -EIO);
        }
        a->metrics.batches++;
        a->metrics.failed_batches += a->batch_failed;
        a->batch_open = false;
}

static void api_send_code(Call *c)
{
        const ApiContext *x = &c->api->context;
        int r = x->send_code(x->userdata, c->account.handle, c->code);

        if (r < 0)
                log_error("A confirmation code could not be sent: %s", strerror(-r));
}

static void call_finish(Call *c, bool failed)
{
        int r = 0;

        if (failed)
                r = call_answer(c, PB_STATUS_UNAVAILABLE, NULL);
        else if (c->code[0])
                api_send_code(c);
        c->func(c->userdata, r, r < 0 ? NULL : TAKE_PTR(c->sealed), c->n_sealed);
        (void)call_free(c);
}

static void api_on_deadline(void *userdata);

/* How long until something is due: the store knows. */
static uint64_t api_next_pause(Api *a)
{
        uint64_t wall = clock_wall(a->context.clock), next = UINT64_MAX;
        int r = a->batch_failed ? 0 : store_next_deadline(a->store, &next);

        if (r < 0)
                api_fail(a, r);
        return next <= wall ? 0 : MIN(next - wall, (uint64_t)MAX_PAUSE_MS);
}

static void api_set_deadline(Api *a, uint64_t pause)
{
        uint64_t at = clock_now(a->context.clock) + pause;

        if (a->deadline_timer && a->deadline_ms == at)
                return;
        a->deadline_ms = at;
        if (clock_restart(a->context.clock, &a->deadline_timer, pause, api_on_deadline, a) < 0)
                log_error("No memory for the timer of groups"); /* the next batch sets it */
}

void api_flush(Api *a)
{
        Calls answered;
        uint64_t pause;
        bool failed;
        Call *c;

        if (!a->batch_open)
                return;
        watchers_settle(a);
        pause = api_next_pause(a);
        batch_end(a);
        failed = a->batch_failed;
        a->batch_timer = timer_free(a->batch_timer);
        api_set_deadline(a, failed ? RETRY_MS : pause);
        /* whoever is answered may ask again at once: that is the next batch */
        answered = a->answered;
        a->answered = (Calls){0};
        a->n_asked = a->n_last = 0;
        while ((c = calls_take(&answered))) {
                a->n_last++;
                call_finish(c, failed);
        }
}

void api_flush_if_full(Api *a)
{
        if (a->n_asked >= a->n_last)
                api_flush(a);
}

static void api_on_batch(void *userdata)
{
        api_flush(userdata);
}

/* ---- what is due ---- */

typedef struct Due {
        GroupRow groups[MAX_DUE];
        size_t n;
} Due;

static int api_take_due(const GroupRow *g, void *userdata)
{
        Due *d = userdata;

        d->groups[d->n++] = *g;
        return d->n == MAX_DUE;
}

/* Read anew: another group that closed may have taken its members. */
static int api_end_phase(Api *a, int64_t group, uint64_t now_ms)
{
        GroupRow g;
        int r = store_group_get(a->store, group, &g);

        if (r == STORE_E_NOT_FOUND)
                return 0;
        if (r != 0)
                return r < 0 ? r : -EIO;
        return g.deadline_ms > 0 && g.deadline_ms <= now_ms ? group_deadline(a, &g, now_ms) : 0;
}

static int api_move_on(Api *a, uint64_t now_ms)
{
        _cleanup_free_ Due *due = calloc(1, sizeof *due);
        int r;

        if (!due)
                return -ENOMEM;
        r = store_groups_due(a->store, now_ms, api_take_due, due);
        for (size_t i = 0; r >= 0 && i < due->n; i++)
                r = api_end_phase(a, due->groups[i].id, now_ms);
        return r < 0 ? r : store_expire(a->store, now_ms, MAX_EXPIRED);
}

static void api_on_deadline(void *userdata)
{
        Api *a = userdata;
        int r;

        a->deadline_timer = timer_free(a->deadline_timer);
        api_begin(a);
        r = a->batch_failed ? 0 : api_move_on(a, clock_wall(a->context.clock));
        if (r < 0)
                api_fail(a, r);
        api_flush(a);
}

/* ---- requests ---- */

static int api_find_session(Api *a, const uint8_t *sealed, size_t len, Session *ret, bool *ret_new)
{
        const Session *known;
        Bytes32 public_key;
        int r;

        r = envelope_session_key(&public_key, sealed, len);
        if (r != 0)
                return r;
        known = sessions_find(a->sessions, &public_key);
        *ret_new = !known;
        if (known) {
                *ret = *known;
                return 0;
        }
        a->metrics.sessions++;
        return session_accept(ret, &public_key, &a->context.keys->identity.box_key,
                              &a->context.keys->box_private);
}

/* Fills in the call. Outcomes of the envelope and of the message become those of api_handle. */
static int api_open_call(Call *c, const uint8_t *sealed, size_t len)
{
        _cleanup_free_ uint8_t *plain = NULL;
        size_t n_plain;
        bool fresh;
        int r;

        r = api_find_session(c->api, sealed, len, &c->session, &fresh);
        if (r == 0)
                r = envelope_open_request(&plain, &n_plain, c->nonce, &c->session, sealed, len);
        if (r != 0)
                return r < 0 ? r : r == ENVELOPE_E_NOT_FOR_US ? API_E_NOT_FOR_US : API_E_MALFORMED;
        if (fresh)
                sessions_add(c->api->sessions, &c->session);
        r = wire_unpack_request(&c->request, plain, n_plain);
        if (r != 0)
                return r < 0 ? r : API_E_MALFORMED;
        wire_id_read(&c->id, c->request->id);
        return 0;
}

static void api_run_call(Call *c)
{
        Api *a = c->api;
        int r = 0;

        api_begin(a);
        if (!a->batch_failed)
                r = api_dispatch(c);
        if (r >= 0 && r != CALL_TAKEN && !a->batch_failed)
                r = call_answer(c, (PbStatus)r, NULL);
        if (r < 0)
                api_fail(a, r);
        if (r != CALL_TAKEN || c->sealed)
                calls_append(&a->answered, c);
}

int api_handle(Api *a, ApiWay way, const uint8_t *sealed, size_t len, ApiReply func, void *userdata)
{
        _cleanup_(call_freep) Call *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        c->api = a;
        c->func = func;
        c->userdata = userdata;
        c->now_ms = clock_wall(a->context.clock);
        c->way = way;
        r = api_open_call(c, sealed, len);
        if (r == 0 && !a->batch_timer)
                r = clock_restart(a->context.clock, &a->batch_timer, API_BATCH_MS, api_on_batch, a);
        if (r != 0) {
                a->metrics.refused++;
                return r;
        }
        a->n_asked++;
        api_run_call(TAKE_PTR(c));
        return 0;
}

void api_drain(Api *a)
{
        api_begin(a);
        watchers_drain(a);
        api_flush(a);
}

const Metrics *api_metrics(const Api *a)
{
        return &a->metrics;
}

/* ---- the whole ---- */

Api *api_free(Api *a)
{
        Call *c;

        if (!a)
                return NULL;
        (void)timer_free(a->batch_timer);
        (void)timer_free(a->deadline_timer);
        if (a->batch_open)
                store_rollback(a->store);
        while ((c = calls_take(&a->answered)))
                (void)call_free(c);
        while ((c = watchers_take(a)))
                (void)call_free(c);
        (void)sessions_free(a->sessions);
        free(a->waiting);
        free(a);
        return NULL;
}

int api_new(Api **ret, const ApiContext *context)
{
        _cleanup_(api_freep) Api *a = calloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->context = *context;
        a->store = context->store;
        a->waiting = calloc(WATCH_BUCKETS, sizeof(Call *));
        if (!a->waiting)
                return -ENOMEM;
        r = sessions_new(&a->sessions, context->settings->session_cache);
        if (r == 0) /* what became due while we were down is seen to at once */
                r = clock_restart(context->clock, &a->deadline_timer, 0, api_on_deadline, a);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}
