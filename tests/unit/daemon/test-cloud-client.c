/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The line to the cloud against a carrier that holds the cloud's key and does as the case says. */
#include "daemon/cloud-link/cloud-client.h"
#include "src/protocol/envelope.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

#include <sodium.h>

typedef enum Act { /* what becomes of one try */
                   ANSWER_OK,
                   ANSWER_UNAVAILABLE,
                   ANSWER_NO_SESSION,
                   ANSWER_NO_ACCOUNT,
                   ANSWER_WRONG_ID,
                   ANSWER_GARBAGE,
                   ANSWER_OF_BEFORE, /* the sealed answer to the last request again */
                   FAIL_NETWORK,
                   FAIL_UNREACHABLE,
                   FAIL_TLS,
                   FAIL_REFUSED,
                   FAIL_BUSY,
                   SILENCE, /* until the time-out */
} Act;

enum { DELAY_MS = 10 };

typedef struct Line {
        Carrier carrier;
        Clock *clock;
        CloudIdentity identity;
        Key box_private;
        AccountKey account;
        CloudClient *client;
        const Act *acts; /* the last one stays */
        size_t n_acts;
        unsigned tries, sessions; /* sessions: requests to open one */
        uint8_t ticket[4], last_ticket[4];
        uint64_t times[64]; /* of the tries */
        uint64_t cloud_ms;  /* what its clock says; 0: 5 s less than ours */
        uint8_t *before;
        size_t n_before;
        CloudResult told;
        unsigned tellings;
        int64_t skew_ms;
        bool moves;
        uint32_t delay_ms; /* of its answers; 0: DELAY_MS */
} Line;

typedef struct FakeCarriage {
        Carriage carriage;
        Line *line;
        Timer *timer;
        CarrierFunc func;
        void *userdata;
        CarrierResult result;
        uint8_t *answer;
        size_t n_answer;
} FakeCarriage;

typedef struct Outcome {
        unsigned calls;
        CloudResult result;
        int status; /* -1: no response */
} Outcome;

static void carriage_end(FakeCarriage *g)
{
        timer_free(g->timer);
        free(g->answer);
        free(g);
}

static void on_arrival(void *userdata)
{
        FakeCarriage *g = userdata;

        g->func(g->userdata, g->result, g->result == CARRIER_ANSWERED ? g->answer : NULL,
                g->n_answer);
        carriage_end(g);
}

static Act next_act(Line *l)
{
        size_t i = l->tries < l->n_acts ? l->tries : l->n_acts - 1;

        l->times[l->tries % ARRAY_LEN(l->times)] = clock_now(l->clock);
        l->tries++;
        return l->acts[i];
}

static PbStatus status_of(Act act)
{
        switch (act) {
        case ANSWER_UNAVAILABLE:
                return PB_STATUS_UNAVAILABLE;
        case ANSWER_NO_SESSION:
                return PB_STATUS_NO_SESSION;
        case ANSWER_NO_ACCOUNT:
                return PB_STATUS_NO_ACCOUNT;
        default:
                return PB_STATUS_OK;
        }
}

/* Sealed as the cloud does; opening a session is always granted, with another ticket each time. */
static void make_answer(FakeCarriage *g, const uint8_t *sealed, size_t len, Act *act)
{
        Line *l = g->line;
        WireResponse response = PB_RESPONSE_INIT;
        PbSessionOpened opened = PB_SESSION_OPENED_INIT;
        _cleanup_(wire_request_freep) WireRequest *request = NULL;
        _cleanup_(session_done) Session session;
        _cleanup_free_ uint8_t *plain = NULL, *packed = NULL;
        uint8_t nonce[ENVELOPE_NONCE];
        Bytes32 session_key;
        size_t n;

        assert_int_equal(envelope_session_key(&session_key, sealed, len), 0);
        assert_int_equal(
                session_accept(&session, &session_key, &l->identity.box_key, &l->box_private), 0);
        assert_int_equal(envelope_open_request(&plain, &n, nonce, &session, sealed, len), 0);
        assert_int_equal(wire_unpack_request(&request, plain, n), 0);
        response.id = request->id;
        if (request->body_case == PB_REQUEST_BODY_OPEN_SESSION) {
                l->sessions++;
                l->ticket[0]++;
                opened.ticket = wire_bytes(l->ticket, sizeof l->ticket);
                response.body_case = PB_RESPONSE_BODY_SESSION_OPENED;
                response.session_opened = &opened;
                *act = *act == ANSWER_NO_ACCOUNT ? *act : ANSWER_OK;
        } else {
                *act = next_act(l);
                memset(l->last_ticket, 0, sizeof l->last_ticket);
                memcpy(l->last_ticket, request->ticket.data ? request->ticket.data : (uint8_t *)"",
                       MIN(request->ticket.len, sizeof l->last_ticket));
        }
        if (*act == ANSWER_WRONG_ID)
                response.id.data[0] ^= 1;
        response.status = status_of(*act);
        response.cloud_time_ms = l->cloud_ms ? l->cloud_ms : clock_wall(l->clock) - 5000;
        assert_int_equal(wire_pack_response(&packed, &n, &response), 0);
        assert_int_equal(
                envelope_seal_response(&g->answer, &g->n_answer, nonce, &session, packed, n), 0);
}

static void swap_answer(FakeCarriage *g, Act act)
{
        Line *l = g->line;
        uint8_t *own = malloc(g->n_answer);
        size_t n_own = g->n_answer;

        memcpy(own, g->answer, n_own);
        if (act == ANSWER_OF_BEFORE && l->before) {
                free(g->answer);
                g->answer = l->before;
                g->n_answer = l->n_before;
                l->before = NULL;
        }
        free(l->before);
        l->before = own;
        l->n_before = n_own;
        if (act == ANSWER_GARBAGE)
                g->answer[g->n_answer / 2] ^= 1;
}

static int fake_send(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                     uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        static const CarrierResult failures[] = {
                [FAIL_NETWORK] = CARRIER_NO_NETWORK,
                [FAIL_UNREACHABLE] = CARRIER_UNREACHABLE,
                [FAIL_TLS] = CARRIER_TLS,
                [FAIL_REFUSED] = CARRIER_REFUSED,
                [FAIL_BUSY] = CARRIER_BUSY,
                [SILENCE] = CARRIER_UNREACHABLE,
        };
        Line *l = (Line *)c;
        FakeCarriage *g = calloc(1, sizeof *g);
        Act act = l->acts[MIN(l->tries, l->n_acts - 1)];
        uint32_t delay_ms;

        assert_non_null(g);
        *g = (FakeCarriage){.carriage.carrier = c, .line = l, .func = func, .userdata = userdata};
        if (act >= FAIL_NETWORK) {
                (void)next_act(l);
                g->result = failures[act];
        } else {
                make_answer(g, sealed, len, &act);
                swap_answer(g, act);
        }
        delay_ms = l->delay_ms ? l->delay_ms : DELAY_MS;
        assert_int_equal(clock_restart(l->clock, &g->timer, act == SILENCE ? timeout_ms : delay_ms,
                                       on_arrival, g),
                         0);
        *ret = &g->carriage;
        return 0;
}

static void fake_cancel(Carriage *g)
{
        carriage_end((FakeCarriage *)g);
}

static bool fake_moves(const Carriage *g)
{
        return ((const FakeCarriage *)g)->line->moves;
}

static const CarrierOps fake_ops = {.send = fake_send, .cancel = fake_cancel, .moves = fake_moves};

static void on_state(void *userdata, CloudResult result, int64_t skew_ms)
{
        Line *l = userdata;

        l->told = result;
        l->skew_ms = skew_ms;
        l->tellings++;
}

static void line_begin(Line *l, const Act *acts, size_t n, bool account)
{
        CloudClientDeps settings;

        memset(l, 0, sizeof *l);
        l->carrier.ops = &fake_ops;
        l->acts = acts;
        l->n_acts = n;
        assert_int_equal(crypto_kx_keypair(l->identity.box_key.b, l->box_private.b), 0);
        account_key_draw(&l->account);
        assert_int_equal(step_clock_new(&l->clock, 1000000), 0);
        settings =
                (CloudClientDeps){.clock = l->clock, .carrier = &l->carrier, .cloud = &l->identity};
        settings.account = account ? &l->account : NULL;
        settings.state = on_state;
        settings.userdata = l;
        assert_int_equal(cloud_client_new(&l->client, &settings), 0);
}

static void line_end(Line *l)
{
        cloud_client_free(l->client);
        step_clock_free(l->clock); /* asserts that no timer is left */
        free(l->before);
}

static void on_outcome(void *userdata, CloudResult result, const WireResponse *response)
{
        Outcome *o = userdata;

        o->calls++;
        o->result = result;
        o->status = response ? (int)response->status : -1;
}

static CloudCall *ask(Line *l, Outcome *o, uint64_t deadline_ms, uint32_t answer_ms)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetProfile profile = PB_GET_PROFILE_INIT;
        CloudCall *call = NULL;

        *o = (Outcome){0};
        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &profile;
        assert_int_equal(cloud_client_call(l->client, &call, &request, deadline_ms, answer_ms,
                                           on_outcome, o),
                         0);
        assert_int_equal(o->calls, 0);
        return call;
}

static const struct {
        const char *name;
        Act acts[3];
        size_t n;
        CloudResult result; /* after 20 s */
        int status;
        unsigned min_tries;
} rows[] = {
        {"answered at once", {ANSWER_OK}, 1, CLOUD_OK, PB_STATUS_OK, 1},
        {"no session for this account",
         {ANSWER_NO_ACCOUNT},
         1,
         CLOUD_STATUS,
         PB_STATUS_NO_ACCOUNT,
         0},
        {"store failed twice",
         {ANSWER_UNAVAILABLE, ANSWER_UNAVAILABLE, ANSWER_OK},
         3,
         CLOUD_OK,
         0,
         3},
        {"answer lost", {SILENCE, ANSWER_OK}, 2, CLOUD_OK, 0, 2},
        {"ticket expired", {ANSWER_NO_SESSION, ANSWER_OK}, 2, CLOUD_OK, 0, 2},
        {"never a session", {ANSWER_NO_SESSION}, 1, CLOUD_UNREACHABLE, -1, 4},
        {"no network", {FAIL_NETWORK}, 1, CLOUD_NO_NETWORK, -1, 4},
        {"cloud down", {FAIL_UNREACHABLE}, 1, CLOUD_UNREACHABLE, -1, 4},
        {"certificate", {FAIL_TLS}, 1, CLOUD_TLS, -1, 4},
        {"other key", {FAIL_REFUSED}, 1, CLOUD_OTHER_KEY, -1, 4},
        {"busy", {FAIL_BUSY}, 1, CLOUD_BUSY, -1, 4},
        {"silence", {SILENCE}, 1, CLOUD_UNREACHABLE, -1, 2},
        {"altered answer", {ANSWER_GARBAGE}, 1, CLOUD_OTHER_KEY, -1, 4},
        {"answer to another id", {ANSWER_WRONG_ID}, 1, CLOUD_UNREACHABLE, -1, 4},
        {"replayed answer", {ANSWER_OF_BEFORE, ANSWER_OK}, 2, CLOUD_OK, 0, 2},
        {"the last failure is told", {FAIL_NETWORK, FAIL_NETWORK, FAIL_TLS}, 3, CLOUD_TLS, -1, 4},
};

static void call_comes_to_its_end(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Line l;
                Outcome o;

                line_begin(&l, rows[i].acts, rows[i].n, true);
                (void)ask(&l, &o, clock_now(l.clock) + 20000, 2000);
                step_clock_advance(l.clock, 20000);
                assert_case(rows[i].name, o.calls == 1 && o.result == rows[i].result &&
                                                  o.status == rows[i].status &&
                                                  l.tries >= rows[i].min_tries);
                line_end(&l);
        }
}

static void expired_ticket_is_renewed_once(void **state)
{
        static const Act acts[] = {ANSWER_OK, ANSWER_NO_SESSION, ANSWER_OK};
        Outcome a, b;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        (void)ask(&l, &a, UINT64_MAX, 2000);
        step_clock_advance(l.clock, 100);
        assert_int_equal(l.sessions, 1);
        assert_int_equal(l.last_ticket[0], 1);
        (void)ask(&l, &b, UINT64_MAX, 2000);
        step_clock_advance(l.clock, 100);
        assert_int_equal(b.result, CLOUD_OK);
        assert_int_equal(l.sessions, 2);
        assert_int_equal(l.last_ticket[0], 2);
        line_end(&l);
}

static void calls_share_a_session(void **state)
{
        static const Act acts[] = {ANSWER_OK};
        Outcome o[5];
        Line l;

        line_begin(&l, acts, 1, true);
        for (size_t i = 0; i < ARRAY_LEN(o); i++)
                (void)ask(&l, &o[i], UINT64_MAX, 2000);
        step_clock_advance(l.clock, 100);
        for (size_t i = 0; i < ARRAY_LEN(o); i++)
                assert_int_equal(o[i].result + (int)o[i].calls, CLOUD_OK + 1);
        assert_int_equal(l.sessions, 1);
        line_end(&l);
}

/* Doubling, jittered between half and all of 0.25 s … 2 s, and after 40 of them of 15 s. */
static void back_off_grows_to_its_limit(void **state)
{
        static const Act acts[] = {FAIL_UNREACHABLE};
        Outcome o;
        Line l;

        line_begin(&l, acts, 1, true);
        (void)ask(&l, &o, UINT64_MAX, 2000);
        step_clock_advance(l.clock, 200 * 1000);
        for (unsigned i = 1; i < l.tries; i++) {
                uint64_t pause = l.times[i] - l.times[i - 1] - DELAY_MS;
                uint64_t limit = MIN(250ULL << MIN(i - 1, 8U), i <= 40 ? 2000ULL : 15000ULL);

                assert_in_range(pause, limit / 2, limit);
        }
        assert_in_range(l.tries, 45, 65);
        assert_int_equal(o.calls, 0);
        line_end(&l);
}

static void nudge_ends_the_back_off(void **state)
{
        static const Act acts[] = {FAIL_NETWORK};
        static const Act good[] = {ANSWER_OK};
        Outcome o;
        Line l;

        line_begin(&l, acts, 1, true);
        (void)ask(&l, &o, UINT64_MAX, 2000);
        step_clock_advance(l.clock, 60 * 1000);
        l.acts = good;
        cloud_client_nudge(l.client);
        step_clock_advance(l.clock, 100);
        assert_int_equal(o.calls, 1);
        assert_int_equal(o.result, CLOUD_OK);
        line_end(&l);
}

/* On a line whose bytes move a second copy would only take room. */
static void what_moves_is_not_sent_twice(void **state)
{
        static const Act acts[] = {ANSWER_OK, SILENCE};
        Outcome o;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        (void)ask(&l, &o, UINT64_MAX, 9000);
        step_clock_advance(l.clock, 100);
        assert_int_equal(o.calls, 1);
        assert_int_equal(l.tries, 1);
        l.moves = true;
        cloud_call_cancel(ask(&l, &o, UINT64_MAX, 9000));
        (void)ask(&l, &o, UINT64_MAX, 9000);
        step_clock_advance(l.clock, 8000);
        assert_int_equal(l.tries, 2);
        l.moves = false;
        step_clock_advance(l.clock, CARRIER_LOOK_MS);
        assert_int_equal(l.tries, 3);
        line_end(&l);
}

static void watch(Line *l, Outcome *o, uint32_t answer_ms)
{
        static uint8_t member[16];
        WireRequest request = PB_REQUEST_INIT;
        PbWatch body = PB_WATCH_INIT;

        *o = (Outcome){0};
        body.member_id = wire_bytes(member, sizeof member);
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &body;
        assert_int_equal(
                cloud_client_call(l->client, NULL, &request, UINT64_MAX, answer_ms, on_outcome, o),
                0);
}

/* Two would end each other while the cloud waits for news; afterwards the answer is late. */
static void a_long_poll_is_sent_again_when_its_answer_is_late(void **state)
{
        enum { WAIT_MS = 25 * 1000, LATE_MS = 2 * 1000 };
        static const Act acts[] = {ANSWER_OK, SILENCE, ANSWER_OK};
        Outcome o;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        (void)ask(&l, &o, UINT64_MAX, 9000);
        step_clock_advance(l.clock, 100);
        assert_int_equal(o.calls, 1);
        watch(&l, &o, WAIT_MS + CARRIER_ANSWER_MS);
        step_clock_advance(l.clock, WAIT_MS);
        assert_int_equal(l.tries, 2);
        step_clock_advance(l.clock, LATE_MS);
        assert_int_equal(l.tries, 3);
        assert_int_equal(o.calls, 1);
        assert_true(cloud_client_lossy(l.client));
        line_end(&l);
}

/* As soon as something is known to be lost, the long poll may be lost, too. */
static void a_long_poll_does_not_wait_where_much_is_lost(void **state)
{
        enum { WAIT_MS = 25 * 1000, SOON_MS = 2 * 1000 };
        static const Act acts[] = {ANSWER_OK, SILENCE, SILENCE, ANSWER_OK, SILENCE, ANSWER_OK};
        Outcome polled, asked;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        (void)ask(&l, &asked, UINT64_MAX, 9000);
        step_clock_advance(l.clock, 100);
        watch(&l, &polled, WAIT_MS + CARRIER_ANSWER_MS);
        step_clock_advance(l.clock, 100);
        (void)ask(&l, &asked, UINT64_MAX, 9000);
        step_clock_advance(l.clock, SOON_MS);
        assert_int_equal(asked.calls, 1);
        assert_true(cloud_client_lossy(l.client));
        for (unsigned tries = 4; tries <= 6; tries++, step_clock_advance(l.clock, SOON_MS))
                assert_int_equal(l.tries, tries);
        assert_int_equal(polled.calls, 1);
        line_end(&l);
}

/* The time that a call takes which is never answered. It moves until then, from its begin on. */
static uint64_t call_ends_after(Line *l, uint64_t moves_ms, uint32_t more_ms)
{
        uint64_t began = clock_now(l->clock);
        CloudCall *call;
        Outcome o;

        call = ask(l, &o, began + 2000, 9000);
        cloud_call_be_patient(call, more_ms);
        while (o.calls == 0) {
                l->moves = clock_now(l->clock) - began < moves_ms;
                step_clock_advance(l->clock, 100);
        }
        assert_int_equal(o.result, CLOUD_UNREACHABLE);
        return clock_now(l->clock) - began;
}

static uint64_t ends_after(uint64_t moves_ms, uint32_t more_ms)
{
        static const Act acts[] = {SILENCE};
        uint64_t took;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        took = call_ends_after(&l, moves_ms, more_ms);
        line_end(&l);
        return took;
}

enum { SILENT_MS = 30 * 1000, LONG_MS = 95 * 1000 };

static void a_patient_call_outlives_its_deadline_while_it_moves(void **state)
{
        assert_int_equal(ends_after(0, 3000), 2000);
        assert_int_equal(ends_after(UINT64_MAX, 0), 2000);
        assert_int_equal(ends_after(UINT64_MAX, 3000), 5000);
        assert_int_equal(ends_after(UINT64_MAX, LONG_MS), 2000 + LONG_MS);
}

/* What waits in a full queue does not always show that it moves. */
static void a_patient_call_outlives_silence(void **state)
{
        assert_in_range(ends_after(2500, LONG_MS), 2500 + SILENT_MS - CARRIER_LOOK_MS,
                        2500 + SILENT_MS + CARRIER_LOOK_MS);
        assert_in_range(ends_after(9000, LONG_MS), 9000 + SILENT_MS - CARRIER_LOOK_MS,
                        9000 + SILENT_MS + CARRIER_LOOK_MS);
        assert_int_equal(ends_after(9000, 3000), 5000);
}

/* The answer to another request takes so long, and then the cloud is silent. */
static uint64_t ends_after_an_answer(uint32_t delay_ms)
{
        static const Act acts[] = {ANSWER_OK, SILENCE};
        uint64_t took;
        Outcome o;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        l.delay_ms = delay_ms;
        l.moves = true; /* so that it is sent once */
        (void)ask(&l, &o, UINT64_MAX, 9000);
        while (o.calls == 0)
                step_clock_advance(l.clock, 10);
        took = call_ends_after(&l, 0, LONG_MS);
        line_end(&l);
        return took;
}

/* Where answers take long, that one has come to somebody else tells that the way lives. */
static void a_patient_call_outlives_silence_after_a_slow_answer(void **state)
{
        assert_int_equal(ends_after_an_answer(10), 2000);
        assert_in_range(ends_after_an_answer(4000), SILENT_MS - CARRIER_LOOK_MS,
                        SILENT_MS + CARRIER_LOOK_MS);
}

static void cancelled_call_is_silent(void **state)
{
        static const Act acts[] = {ANSWER_OK};
        /* queued, session asked for, request on its way */
        static const uint64_t moments[] = {0, 5, 15};
        Outcome o;
        Line l;

        for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
                CloudCall *call;

                line_begin(&l, acts, 1, true);
                call = ask(&l, &o, UINT64_MAX, 2000);
                step_clock_advance(l.clock, moments[i]);
                cloud_call_cancel(call);
                step_clock_advance(l.clock, 10 * 1000);
                assert_int_equal(o.calls, 0);
                line_end(&l);
        }
}

/* Idle: no timer is set, nothing is on its way. */
static void idle_line_is_still(void **state)
{
        static const Act acts[] = {ANSWER_OK};
        Outcome o;
        Line l;

        line_begin(&l, acts, 1, true);
        assert_false(step_clock_next(l.clock));
        (void)ask(&l, &o, UINT64_MAX, 2000);
        while (step_clock_next(l.clock))
                ;
        assert_int_equal(o.calls, 1);
        line_end(&l);
}

static void line_is_told_when_it_changes(void **state)
{
        static const Act acts[] = {FAIL_NETWORK, FAIL_NETWORK, ANSWER_OK};
        Outcome o;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), true);
        (void)ask(&l, &o, UINT64_MAX, 2000);
        step_clock_advance(l.clock, 5000);
        assert_int_equal(o.result, CLOUD_OK);
        assert_int_equal(l.told, CLOUD_OK);
        assert_in_range(l.skew_ms, 4900, 5100);
        assert_int_equal(l.tellings, 2);
        line_end(&l);
}

/* The difference of two clocks and the change of that difference stay within an int64_t. */
static void impossible_cloud_time_is_no_answer(void **state)
{
        static const struct {
                const char *name;
                uint64_t first_ms, then_ms;
                CloudResult result;
        } cases[] = {
                {"end of the year 9999", 1, UINT64_C(253402300799999), CLOUD_OK},
                {"one millisecond later", 1, UINT64_C(253402300800000), CLOUD_UNREACHABLE},
                {"smallest int64_t", 1, UINT64_C(1) << 63, CLOUD_UNREACHABLE},
                {"largest int64_t", 1, INT64_MAX, CLOUD_UNREACHABLE},
                {"largest uint64_t", 1, UINT64_MAX, CLOUD_UNREACHABLE},
        };
        static const Act acts[] = {ANSWER_OK};

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Outcome o;
                Line l;

                line_begin(&l, acts, ARRAY_LEN(acts), true);
                l.cloud_ms = cases[i].first_ms;
                (void)ask(&l, &o, clock_now(l.clock) + 5000, 2000);
                step_clock_advance(l.clock, 5000);
                assert_case(cases[i].name, o.result == CLOUD_OK);
                l.cloud_ms = cases[i].then_ms;
                (void)ask(&l, &o, clock_now(l.clock) + 5000, 2000);
                step_clock_advance(l.clock, 5000);
                assert_case(cases[i].name, o.calls == 1 && o.result == cases[i].result);
                line_end(&l);
        }
}

static void stranger_asks(Line *l, WireRequest *request)
{
        Outcome o = {0};

        assert_int_equal(
                cloud_client_call(l->client, NULL, request, UINT64_MAX, 2000, on_outcome, &o), 0);
        step_clock_advance(l->clock, 5000);
        assert_int_equal(o.result, CLOUD_OK);
        assert_int_equal(l->sessions, 0);
}

/* Without an account: what needs no ticket goes at once; the session key that was signed is the one
 * in use. */
static void strangers_need_no_ticket(void **state)
{
        static const Act acts[] = {ANSWER_UNAVAILABLE, ANSWER_OK, ANSWER_OK};
        WireRequest request = PB_REQUEST_INIT;
        PbDescribe describe = PB_DESCRIBE_INIT;
        PbFetchRecord fetch = PB_FETCH_RECORD_INIT;
        uint8_t token[32] = {};
        Bytes32 before, after, cloud;
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), false);
        assert_int_equal(cloud_client_session_key(l.client, &before, &cloud), 0);
        request.body_case = PB_REQUEST_BODY_DESCRIBE;
        request.describe = &describe;
        stranger_asks(&l, &request);
        request.body_case = PB_REQUEST_BODY_FETCH_RECORD;
        request.fetch_record = &fetch;
        fetch.number = (char *)"12345678903";
        fetch.token = wire_bytes(token, sizeof token);
        fetch.max_bytes = 8192;
        stranger_asks(&l, &request);
        assert_int_equal(cloud_client_session_key(l.client, &after, &cloud), 0);
        assert_memory_equal(&before, &after, sizeof before);
        assert_true(bytes32_equal(&cloud, &l.identity.box_key));
        line_end(&l);
}

/* A cloud that wants readers with an account says so at once: no session would change that. */
static void strangers_are_refused_at_once(void **state)
{
        static const Act acts[] = {ANSWER_NO_SESSION};
        WireRequest request = PB_REQUEST_INIT;
        PbFetchRecord fetch = PB_FETCH_RECORD_INIT;
        uint8_t token[32] = {};
        Outcome o = {0};
        Line l;

        line_begin(&l, acts, ARRAY_LEN(acts), false);
        fetch.number = (char *)"12345678903";
        fetch.token = wire_bytes(token, sizeof token);
        fetch.max_bytes = 8192;
        request.body_case = PB_REQUEST_BODY_FETCH_RECORD;
        request.fetch_record = &fetch;
        assert_int_equal(
                cloud_client_call(l.client, NULL, &request, UINT64_MAX, 2000, on_outcome, &o), 0);
        step_clock_advance(l.clock, 100);
        assert_int_equal(o.result, CLOUD_STATUS);
        assert_int_equal(o.status, PB_STATUS_NO_SESSION);
        assert_int_equal(l.tries, 1);
        line_end(&l);
}

/* The cloud's key is replaced: the next try is of a new session, and for the new key. */
static void a_replaced_key_ends_the_session(void **state)
{
        Bytes32 before, after, cloud;
        Line l;

        line_begin(&l, NULL, 0, false);
        assert_int_equal(cloud_client_session_key(l.client, &before, &cloud), 0);
        assert_int_equal(crypto_kx_keypair(l.identity.box_key.b, l.box_private.b), 0);
        assert_int_equal(cloud_client_session_key(l.client, &after, &cloud), 0);
        assert_false(bytes32_equal(&before, &after));
        assert_true(bytes32_equal(&cloud, &l.identity.box_key));
        line_end(&l);
}

static void on_last(void *userdata, CloudResult result, const WireResponse *response)
{
        Line *l = userdata;

        l->client = cloud_client_free(l->client);
}

static void client_may_be_freed_by_its_answer(void **state)
{
        static const Act acts[] = {ANSWER_OK};
        WireRequest request = PB_REQUEST_INIT;
        PbGetProfile profile = PB_GET_PROFILE_INIT;
        Outcome o;
        Line l;

        line_begin(&l, acts, 1, true);
        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &profile;
        assert_int_equal(cloud_client_call(l.client, NULL, &request, UINT64_MAX, 2000, on_last, &l),
                         0);
        (void)ask(&l, &o, UINT64_MAX, 2000);
        step_clock_advance(l.clock, 1000);
        assert_null(l.client);
        line_end(&l);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(call_comes_to_its_end),
                cmocka_unit_test(expired_ticket_is_renewed_once),
                cmocka_unit_test(calls_share_a_session),
                cmocka_unit_test(back_off_grows_to_its_limit),
                cmocka_unit_test(nudge_ends_the_back_off),
                cmocka_unit_test(what_moves_is_not_sent_twice),
                cmocka_unit_test(a_long_poll_is_sent_again_when_its_answer_is_late),
                cmocka_unit_test(a_long_poll_does_not_wait_where_much_is_lost),
                cmocka_unit_test(a_patient_call_outlives_its_deadline_while_it_moves),
                cmocka_unit_test(a_patient_call_outlives_silence),
                cmocka_unit_test(a_patient_call_outlives_silence_after_a_slow_answer),
                cmocka_unit_test(cancelled_call_is_silent),
                cmocka_unit_test(idle_line_is_still),
                cmocka_unit_test(line_is_told_when_it_changes),
                cmocka_unit_test(impossible_cloud_time_is_no_answer),
                cmocka_unit_test(strangers_need_no_ticket),
                cmocka_unit_test(strangers_are_refused_at_once),
                cmocka_unit_test(a_replaced_key_ends_the_session),
                cmocka_unit_test(client_may_be_freed_by_its_answer),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
