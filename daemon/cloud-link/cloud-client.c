/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-client.h"

#include "backoff.h"
#include "cloud-outcome.h"
#include "pace.h"
#include "sealed-call.h"

#include <assert.h>
#include <string.h>
#include <sys/queue.h>

enum {
        SESSION_ANSWER_MS = 10000,
        TICKET_MAX = 128,
        SKEW_NEWS_MS = 1000,
        TRIES_MAX = 4,     /* of one call, under way beside each other */
        LARGE = 2000,      /* bytes of a request */
        SILENT_MS = 30000, /* so long a slow way may give no sign of life */
};

/* The session of a try, and the nonce that its answer is bound to. */
typedef struct Try {
        CloudCall *call;
        Carriage *carriage; /* NULL: not under way */
        uint64_t sent_ms;
        Session session;
        uint8_t nonce[ENVELOPE_NONCE];
} Try;

/* A call is on its way (some try), backing off (retry), or, with neither, waiting for a session. */
struct CloudCall {
        CloudClient *client;
        LIST_ENTRY(CloudCall) list;
        Id id;
        uint8_t *packed; /* the request without its ticket */
        size_t n_packed;
        bool needs_ticket;
        bool large; /* the request, or its answer */
        bool waits; /* for news: the time of its answer says nothing of the way */
        uint32_t answer_ms;
        CloudFunc func;
        void *userdata;
        Timer *deadline;
        uint32_t more_ms;  /* that it may take after its deadline on a slow way */
        uint64_t moved_ms; /* when it was last seen to move; 0: never */
        Timer *retry;
        unsigned failures; /* in a row */
        CloudResult failure;
        PbStatus refusal; /* the cloud's status, if it gives this account no session */
        Timer *beside;
        unsigned n_beside; /* tries that were begun beside others, since the last failure */
        Try tries[TRIES_MAX];
        int (*before_try)(void *userdata);
};

struct CloudClient {
        CloudClientDeps deps;
        LIST_HEAD(, CloudCall) calls; /* all but the opening one */
        CloudCall *opening;           /* asks for a ticket while calls wait for one */
        bool has_session;
        Session session;
        uint8_t ticket[TICKET_MAX];
        size_t n_ticket; /* 0: none */
        bool told;
        CloudResult line;
        int64_t skew_ms;
        Pace pace;
        uint64_t answered_ms;
};

static void client_report(CloudClient *c, CloudResult result, int64_t skew_ms)
{
        if (c->told && result == c->line && llabs(skew_ms - c->skew_ms) < SKEW_NEWS_MS)
                return;
        c->told = true;
        c->line = result;
        c->skew_ms = skew_ms;
        if (c->deps.state)
                c->deps.state(c->deps.userdata, result, skew_ms);
}

static void try_stop(Try *t)
{
        t->carriage = carriage_cancel(t->carriage);
        session_done(&t->session);
}

static void cloud_call_stop_tries(CloudCall *call)
{
        call->beside = timer_free(call->beside);
        call->n_beside = 0;
        for (size_t i = 0; i < TRIES_MAX; i++)
                try_stop(&call->tries[i]);
}

static bool cloud_call_is_under_way(const CloudCall *call)
{
        for (size_t i = 0; i < TRIES_MAX; i++)
                if (call->tries[i].carriage)
                        return true;
        return false;
}

/* Its bytes come and go: the way is slow. */
static bool cloud_call_moves(CloudCall *call)
{
        for (size_t i = 0; i < TRIES_MAX; i++)
                if (carriage_moves(call->tries[i].carriage)) {
                        call->moved_ms = clock_now(call->client->deps.clock);
                        return true;
                }
        return false;
}

static CloudCall *cloud_call_free(CloudCall *call)
{
        if (!call)
                return NULL;
        cloud_call_stop_tries(call);
        timer_free(call->deadline);
        timer_free(call->retry);
        if (call->packed)
                sodium_memzero(call->packed, call->n_packed);
        free(call->packed);
        free(call);
        return NULL;
}
DEFINE_CLEANUP(CloudCall *, cloud_call_free);

static bool cloud_call_waits_for_session(const CloudCall *call)
{
        return call->needs_ticket && !cloud_call_is_under_way(call) && !call->retry;
}

/* Removes the call from the client. When no call is left, none needs a ticket; but on a slow way
 * one that is nearly there is for the next. */
static void cloud_call_detach(CloudCall *call)
{
        CloudClient *c = call->client;

        if (call == c->opening) {
                c->opening = NULL;
                return;
        }
        LIST_REMOVE(call, list);
        if (LIST_EMPTY(&c->calls) && c->opening && !cloud_call_moves(c->opening))
                c->opening = cloud_call_free(c->opening);
}

/* Nothing may follow this: the func may free the client. */
static void cloud_call_finish(CloudCall *taken, CloudResult result, const WireResponse *response)
{
        _cleanup_(cloud_call_freep) CloudCall *call = taken;

        cloud_call_detach(call);
        call->func(call->userdata, result, response);
}

/* What waits in a full queue, for a connection or for its next try shows no sign for a while. Where
 * answers are known to take long, those to other calls are signs, too. */
static bool cloud_call_may_go_on(CloudCall *call)
{
        const CloudClient *c = call->client;
        uint64_t sign_ms = cloud_client_slow(c) ? c->answered_ms : 0;

        (void)cloud_call_moves(call);
        if (cloud_call_waits_for_session(call) && c->opening && cloud_call_moves(c->opening))
                call->moved_ms = c->opening->moved_ms;
        sign_ms = MAX(sign_ms, call->moved_ms);
        return sign_ms > 0 && clock_now(c->deps.clock) - sign_ms < SILENT_MS;
}

static void on_call_deadline(void *userdata)
{
        CloudCall *call = userdata;
        uint32_t more = MIN(call->more_ms, (uint32_t)CARRIER_LOOK_MS);

        call->more_ms -= more;
        if (more > 0 && cloud_call_may_go_on(call) &&
            clock_restart(call->client->deps.clock, &call->deadline, more, on_call_deadline,
                          call) == 0)
                return;
        cloud_call_finish(call, call->failure, NULL);
}

static void cloud_call_pursue(CloudCall *call);
static int cloud_call_expect(CloudCall *call);
static void on_call_beside(void *userdata);

static void on_call_retry(void *userdata)
{
        CloudCall *call = userdata;
        WireResponse refused = PB_RESPONSE_INIT;

        call->retry = timer_free(call->retry);
        if (call->refusal == PB_STATUS_OK) {
                cloud_call_pursue(call);
                return;
        }
        refused.status = call->refusal;
        cloud_call_finish(call, CLOUD_STATUS, &refused);
}

/* If there is no memory for the timer, the call stays until its deadline. */
static void cloud_call_later(CloudCall *call, uint64_t delay_ms)
{
        (void)clock_restart(call->client->deps.clock, &call->retry, delay_ms, on_call_retry, call);
}

static void cloud_call_failed(CloudCall *call, CloudResult failure)
{
        CloudClient *c = call->client;
        CloudCall *other;

        call->failure = failure;
        if (call == c->opening)
                LIST_FOREACH (other, &c->calls, list)
                        if (cloud_call_waits_for_session(other))
                                other->failure = failure;
        cloud_call_later(call, backoff_ms(call->failures));
        call->failures++;
        client_report(c, failure, c->skew_ms);
}

/* ---- the answer to one try ---- */

/* The ticket of this try has expired, and the next try gets a new session. Only the first such
 * answer ends the session; calls sent under an older one are just repeated. Without a ticket the
 * cloud wants an account, which no other session has. */
static void cloud_call_no_session(CloudCall *call, const Bytes32 *session,
                                  const WireResponse *response)
{
        CloudClient *c = call->client;

        if (call == c->opening) {
                cloud_call_failed(call, CLOUD_UNREACHABLE);
                return;
        }
        if (!call->needs_ticket) {
                cloud_call_finish(call, CLOUD_STATUS, response);
                return;
        }
        if (bytes32_equal(session, &c->session.public_key)) {
                c->has_session = false;
                c->n_ticket = 0;
        }
        call->failure = CLOUD_UNREACHABLE;
        if (call->failures++ == 0)
                cloud_call_pursue(call);
        else
                cloud_call_later(call, backoff_ms(call->failures));
}

static void cloud_call_response(CloudCall *call, const Bytes32 *session,
                                const WireResponse *response)
{
        switch (response->status) {
        case PB_STATUS_NO_SESSION:
                cloud_call_no_session(call, session, response);
                break;
        case PB_STATUS_UNAVAILABLE:
        case PB_STATUS_BUSY:
                cloud_call_failed(call, CLOUD_BUSY);
                break;
        default:
                cloud_call_finish(call, response->status == PB_STATUS_OK ? CLOUD_OK : CLOUD_STATUS,
                                  response);
                break;
        }
}

/* Long polls under way may be lost, too, and the cloud need not have news for long. */
static void client_note_loss(CloudClient *c)
{
        bool known = cloud_client_lossy(c);
        CloudCall *call;

        pace_note_loss(&c->pace, c->answered_ms);
        LIST_FOREACH (call, &c->calls, list)
                if (!known && call->waits && call->beside)
                        (void)cloud_call_expect(call);
}

/* For the answer to a try that was sent before then. */
static bool cloud_call_waits_since(const CloudCall *call, uint64_t before_ms)
{
        for (size_t i = 0; i < TRIES_MAX; i++)
                if (call->tries[i].carriage && call->tries[i].sent_ms < before_ms)
                        return true;
        return false;
}

static void on_try_carried(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        _cleanup_(wire_response_freep) WireResponse *response = NULL;
        Try *t = userdata;
        CloudCall *call = t->call;
        CloudClient *c = call->client;
        CloudResult r = cloud_failure(result);
        Bytes32 session = t->session.public_key;
        bool lost; /* a try that was sent before it has no answer */

        t->carriage = NULL;
        if (result == CARRIER_ANSWERED)
                r = sealed_answer_open(&response, &(SealedFor){&t->session, t->nonce, &call->id},
                                       answer, len);
        if (result == CARRIER_ANSWERED && r != CLOUD_OK && carrier_reject(c->deps.carrier))
                r = CLOUD_UNREACHABLE;
        session_done(&t->session);
        if (r != CLOUD_OK && cloud_call_is_under_way(call))
                return; /* another try may have more luck */
        lost = cloud_call_waits_since(call, t->sent_ms);
        cloud_call_stop_tries(call);
        if (r != CLOUD_OK) {
                cloud_call_failed(call, r);
                return;
        }
        c->answered_ms = clock_now(c->deps.clock);
        if (lost)
                client_note_loss(c);
        if (!call->waits && !call->large)
                pace_note(&c->pace, c->answered_ms - t->sent_ms);
        client_report(c, CLOUD_OK,
                      (int64_t)clock_wall(c->deps.clock) - (int64_t)response->cloud_time_ms);
        cloud_call_response(call, &session, response);
}

/* ---- one try ---- */

static int try_send(Try *t)
{
        CloudCall *call = t->call;
        CloudClient *c = call->client;
        _cleanup_free_ uint8_t *sealed = NULL;
        size_t n_sealed;
        int r = call->before_try ? call->before_try(call->userdata) : 0;

        if (r < 0)
                return r;
        t->session = c->session;
        t->sent_ms = clock_now(c->deps.clock);
        r = sealed_request(&sealed, &n_sealed, t->nonce,
                           &(SealedParts){&t->session, c->ticket,
                                          call->needs_ticket ? c->n_ticket : 0, call->packed,
                                          call->n_packed});
        if (r < 0)
                return r;
        return carrier_send(c->deps.carrier, &t->carriage, sealed, n_sealed, call->answer_ms,
                            on_try_carried, t);
}

/* A long poll is with one try as long as the cloud may wait for news: two would end each other
 * there. Then its answer is late. Where much is lost, the end of one brings us an answer. */
static uint32_t cloud_call_late_ms(const CloudCall *call)
{
        const Pace *p = &call->client->pace;
        uint64_t now = clock_now(call->client->deps.clock);

        if (!carrier_is_poll(call->answer_ms))
                return pace_beside_ms(p, now, call->large, call->n_beside);
        return pace_late_ms(p) + (pace_is_lossy(p, now) ? 0 : call->answer_ms - CARRIER_ANSWER_MS);
}

static int cloud_call_expect(CloudCall *call)
{
        const CloudClient *c = call->client;

        if (carrier_is_poll(call->answer_ms) && (!call->waits || cloud_client_slow(c)))
                return 0;
        return clock_restart(c->deps.clock, &call->beside, cloud_call_late_ms(call), on_call_beside,
                             call);
}

/* Where there is no room, those under way go on: some may be in the middle of a long answer. */
static int cloud_call_send(CloudCall *call)
{
        Try *room = NULL;
        int r = 0;

        for (size_t i = 0; i < TRIES_MAX; i++)
                if (!call->tries[i].carriage)
                        room = &call->tries[i];
        if (room)
                r = try_send(room);
        return r < 0 ? r : cloud_call_expect(call);
}

/* The cloud's key has been replaced since the session began. */
static bool client_session_outdated(const CloudClient *c)
{
        return c->has_session && !bytes32_equal(&c->session.cloud_key, &c->deps.cloud->box_key);
}

static int client_begin_session(CloudClient *c)
{
        int r = c->has_session ? 0 : session_begin(&c->session, &c->deps.cloud->box_key);

        c->has_session = r == 0;
        return r;
}

int cloud_call_pack(CloudCall *call, WireRequest *request)
{
        uint8_t *packed;
        size_t n;
        int r;

        request->id = wire_bytes(call->id.b, sizeof call->id.b);
        request->ticket = wire_bytes(NULL, 0);
        r = wire_pack_request(&packed, &n, request);
        if (r < 0)
                return r;
        if (call->packed)
                sodium_memzero(call->packed, call->n_packed);
        free(call->packed);
        call->packed = packed;
        call->n_packed = n;
        return 0;
}

void cloud_call_before_try(CloudCall *call, int (*func)(void *userdata))
{
        call->before_try = func;
}

void cloud_call_be_patient(CloudCall *call, uint32_t more_ms)
{
        call->more_ms = more_ms;
}

static int cloud_call_new(CloudCall **ret, CloudClient *c, WireRequest *request, uint32_t answer_ms,
                          CloudFunc func, void *userdata)
{
        _cleanup_(cloud_call_freep) CloudCall *call = calloc(1, sizeof *call);
        int r;

        if (!call)
                return -ENOMEM;
        call->client = c;
        call->answer_ms = answer_ms;
        call->func = func;
        call->userdata = userdata;
        call->failure = CLOUD_UNREACHABLE;
        call->waits = request->body_case == PB_REQUEST_BODY_WATCH;
        for (size_t i = 0; i < TRIES_MAX; i++)
                call->tries[i].call = call;
        call->needs_ticket = sealed_call_needs_ticket(request, c->deps.account);
        id_random(&call->id);
        r = cloud_call_pack(call, request);
        if (r < 0)
                return r;
        call->large = sealed_call_is_large(request) || call->n_packed > LARGE;
        *ret = TAKE_PTR(call);
        return 0;
}

/* Wakes each waiting call from the loop, because the first may free the client. */
static void client_wake_waiting(CloudClient *c, PbStatus refusal)
{
        CloudCall *call;

        LIST_FOREACH (call, &c->calls, list)
                if (cloud_call_waits_for_session(call)) {
                        call->refusal = refusal;
                        cloud_call_later(call, 0);
                }
}

static void on_client_session(void *userdata, CloudResult result, const WireResponse *response)
{
        CloudClient *c = userdata;
        const PbSessionOpened *opened;

        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_SESSION_OPENED) {
                client_wake_waiting(c, result == CLOUD_OK ? PB_STATUS_MALFORMED : response->status);
                return;
        }
        opened = response->session_opened;
        c->n_ticket = MIN(opened->ticket.len, sizeof c->ticket);
        memcpy(c->ticket, opened->ticket.data, c->n_ticket);
        if (opened->succession.len > 0 && c->deps.succession)
                c->deps.succession(c->deps.userdata, opened->succession.data,
                                   opened->succession.len);
        client_wake_waiting(c, PB_STATUS_OK);
}

/* True: the call opened this session, and has gone with it; those that wait will open the next. */
static bool client_drop_session(CloudClient *c, const CloudCall *call)
{
        bool gone = call == c->opening;

        c->has_session = false;
        c->n_ticket = 0;
        c->opening = cloud_call_free(c->opening);
        if (gone)
                client_wake_waiting(c, PB_STATUS_OK);
        return gone;
}

static int client_open_session(CloudClient *c)
{
        PbOpenSession body = PB_OPEN_SESSION_INIT;
        WireRequest request = PB_REQUEST_INIT;
        uint8_t signature[64];
        int r;

        assert(c->deps.account); /* without one, no call needs a ticket */
        account_sign_session(signature, c->deps.account, &c->session.cloud_key,
                             &c->session.public_key);
        body.account_key =
                wire_bytes(c->deps.account->public_key.b, sizeof c->deps.account->public_key.b);
        body.signature = wire_bytes(signature, sizeof signature);
        request.body_case = PB_REQUEST_BODY_OPEN_SESSION;
        request.open_session = &body;
        r = cloud_call_new(&c->opening, c, &request, SESSION_ANSWER_MS, on_client_session, c);
        if (r == 0)
                cloud_call_pursue(c->opening);
        return r;
}

/* Takes the next step of a call: a session where it needs one, else the request itself. */
static void cloud_call_pursue(CloudCall *call)
{
        CloudClient *c = call->client;
        bool must_wait;
        int r;

        if (client_session_outdated(c) && client_drop_session(c, call))
                return;
        must_wait = call->needs_ticket && c->n_ticket == 0;
        r = client_begin_session(c);
        if (r == 0 && !must_wait)
                r = cloud_call_send(call);
        else if (r == 0 && !c->opening)
                r = client_open_session(c);
        if (r < 0)
                cloud_call_failed(call, CLOUD_UNREACHABLE);
}

/* What is under way may be lost, or only slow: the first answer counts. */
static void on_call_beside(void *userdata)
{
        CloudCall *call = userdata;
        CloudClient *c = call->client;

        call->beside = timer_free(call->beside);
        if (cloud_call_moves(call)) {
                (void)clock_restart(c->deps.clock, &call->beside, CARRIER_LOOK_MS, on_call_beside,
                                    call);
                return;
        }
        if (client_session_outdated(c) || !c->has_session ||
            (call->needs_ticket && c->n_ticket == 0))
                return; /* what is under way fails, and is begun anew */
        call->n_beside++;
        (void)cloud_call_send(call);
}

int cloud_client_call(CloudClient *c, CloudCall **ret, WireRequest *request, uint64_t deadline_ms,
                      uint32_t answer_ms, CloudFunc func, void *userdata)
{
        _cleanup_(cloud_call_freep) CloudCall *call = NULL;
        int r = cloud_call_new(&call, c, request, answer_ms, func, userdata);

        if (r == 0 && deadline_ms != UINT64_MAX)
                r = clock_timer(c->deps.clock, &call->deadline, deadline_ms, on_call_deadline,
                                call);
        if (r == 0)
                r = clock_restart(c->deps.clock, &call->retry, 0, on_call_retry, call);
        if (r < 0)
                return r;
        LIST_INSERT_HEAD(&c->calls, call, list);
        if (ret)
                *ret = call;
        call = NULL;
        return 0;
}

CloudCall *cloud_call_cancel(CloudCall *call)
{
        if (call)
                cloud_call_detach(call);
        return cloud_call_free(call);
}

int cloud_client_new(CloudClient **ret, const CloudClientDeps *deps)
{
        CloudClient *c = secret_alloc(1, sizeof *c);

        assert(deps->carrier && deps->cloud);
        if (!c)
                return -ENOMEM;
        c->deps = *deps;
        LIST_INIT(&c->calls);
        *ret = c;
        return 0;
}

CloudClient *cloud_client_free(CloudClient *c)
{
        CloudCall *call;

        if (!c)
                return NULL;
        while ((call = LIST_FIRST(&c->calls)))
                cloud_call_cancel(call);
        cloud_call_free(c->opening);
        session_done(&c->session);
        sodium_memzero(c->ticket, sizeof c->ticket);
        secret_release(c);
        return NULL;
}

void cloud_client_warm(CloudClient *c)
{
        carrier_warm(c->deps.carrier);
}

static void client_walk(CloudClient *c, void (*func)(CloudCall *call))
{
        CloudCall *call;

        if (c->opening)
                func(c->opening);
        LIST_FOREACH (call, &c->calls, list)
                func(call);
}

static void cloud_call_nudge(CloudCall *call)
{
        if (!call->retry)
                return;
        call->failures = 0;
        cloud_call_later(call, 0);
}

void cloud_client_nudge(CloudClient *c)
{
        client_walk(c, cloud_call_nudge);
}

static void cloud_call_renew(CloudCall *call)
{
        if (!cloud_call_is_under_way(call) && !call->retry)
                return; /* waits for a session */
        cloud_call_stop_tries(call);
        call->failures = 0;
        cloud_call_later(call, 0);
}

void cloud_client_renew(CloudClient *c)
{
        c->told = false; /* what was told was of another way */
        client_walk(c, cloud_call_renew);
}

uint64_t cloud_client_answered_ms(const CloudClient *c)
{
        return c->answered_ms;
}

bool cloud_client_lossy(const CloudClient *c)
{
        return pace_is_lossy(&c->pace, clock_now(c->deps.clock));
}

bool cloud_client_slow(const CloudClient *c)
{
        return pace_is_slow(&c->pace, clock_now(c->deps.clock));
}

uint32_t cloud_client_gather_ms(const CloudClient *c)
{
        return pace_gather_ms(&c->pace);
}

uint64_t cloud_client_allow_ms(const CloudClient *c, uint64_t usual_ms)
{
        return pace_allow_ms(&c->pace, clock_now(c->deps.clock), usual_ms);
}

uint32_t cloud_client_patience(const CloudClient *c)
{
        return carrier_patience(c->deps.carrier);
}

int cloud_client_session_key(CloudClient *c, Bytes32 *ret, Bytes32 *ret_cloud_key)
{
        int r;

        if (client_session_outdated(c))
                (void)client_drop_session(c, NULL);
        r = client_begin_session(c);
        if (r < 0)
                return r;
        *ret = c->session.public_key;
        *ret_cloud_key = c->session.cloud_key;
        return 0;
}
