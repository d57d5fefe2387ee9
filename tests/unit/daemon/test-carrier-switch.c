/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The choice between two carriers. The test sets their states. */
#include "daemon/cloud-link/carrier-switch.h"
#include "src/protocol/envelope.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

enum {
        DELAY_MS = 10,
        ANSWER_LEN = ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        SHORT_MS = CARRIER_ANSWER_MS,
        POLL_MS = CARRIER_ANSWER_MS + 8000
};

typedef enum WayState { WORKS, FAILS, SILENT, PORTAL } WayState;

typedef struct Way {
        Carrier carrier;
        Clock *clock;
        WayState state;
        CarrierResult failure;
        uint32_t delay_ms, patience_ms;
        uint8_t mark;
        unsigned tries, waiting, rejected;
        bool moves;
} Way;

typedef struct WayCarriage {
        Carriage carriage;
        Timer *timer;
        uint32_t poll_ms; /* until what there is to answer is answered */
        CarrierFunc func;
        void *userdata;
} WayCarriage;

static void carriage_end(WayCarriage *g)
{
        ((Way *)g->carriage.carrier)->waiting--;
        timer_free(g->timer);
        free(g);
}

static void on_way_done(void *userdata)
{
        static const uint8_t portal[600] = "<html>";
        uint8_t answer[ANSWER_LEN] = {ENVELOPE_SUITE};
        WayCarriage *g = userdata;
        Way *w = (Way *)g->carriage.carrier;
        CarrierFunc func = g->func;
        void *data = g->userdata;

        answer[ANSWER_LEN - 1] = w->mark;
        carriage_end(g);
        if (w->state == WORKS)
                func(data, CARRIER_ANSWERED, answer, sizeof answer);
        else if (w->state == PORTAL)
                func(data, CARRIER_ANSWERED, portal, sizeof portal);
        else
                func(data, w->state == FAILS ? w->failure : CARRIER_UNREACHABLE, NULL, 0);
}

static int way_send(Carrier *carrier, Carriage **ret, const uint8_t *bytes, size_t len,
                    uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        Way *w = (Way *)carrier;
        WayCarriage *g = calloc(1, sizeof *g);
        uint32_t poll_ms = carrier_is_poll(timeout_ms) ? timeout_ms - CARRIER_ANSWER_MS : 0;

        *g = (WayCarriage){{carrier}, NULL, poll_ms, func, userdata};
        w->tries++;
        w->waiting++;
        *ret = &g->carriage;
        return clock_restart(w->clock, &g->timer,
                             w->state == SILENT  ? timeout_ms
                             : w->state == WORKS ? w->delay_ms + poll_ms
                                                 : w->delay_ms,
                             on_way_done, g);
}

static void way_cancel(Carriage *g)
{
        carriage_end((WayCarriage *)g);
}

static bool way_moves(const Carriage *g)
{
        return ((const Way *)g->carrier)->moves;
}

static bool way_reject(Carrier *c)
{
        ((Way *)c)->rejected++;
        return true;
}

static uint32_t way_patience(const Carrier *c)
{
        return ((const Way *)c)->patience_ms;
}

static Carrier *way_free(Carrier *c)
{
        assert_int_equal(((Way *)c)->waiting, 0);
        return NULL;
}

static const CarrierOps direct_ops = {
        .send = way_send, .cancel = way_cancel, .moves = way_moves, .free = way_free};
static const CarrierOps relay_ops = {.send = way_send,
                                     .cancel = way_cancel,
                                     .reject = way_reject,
                                     .patience = way_patience,
                                     .free = way_free};

typedef struct Scene {
        Clock *clock;
        Way direct, relay;
        bool neighbours;
        Carrier *carrier;
        unsigned changes;
} Scene;

typedef struct Result {
        unsigned calls;
        CarrierResult result;
        uint64_t at_ms;
        uint8_t mark;
        Scene *scene;
        bool rejects, neighbours_fault;
} Result;

static bool relay_ready(const Carrier *c)
{
        return ((const Scene *)((const char *)c - offsetof(Scene, relay)))->neighbours;
}

static void on_changed(void *userdata)
{
        ((Scene *)userdata)->changes++;
}

static void scene_begin(Scene *s, WayState direct, bool neighbours)
{
        *s = (Scene){.neighbours = neighbours};
        assert_int_equal(step_clock_new(&s->clock, 1000000), 0);
        s->direct = (Way){{&direct_ops},
                          s->clock,
                          direct,
                          CARRIER_NO_NETWORK,
                          DELAY_MS,
                          UINT32_MAX,
                          'd',
                          0,
                          0,
                          0,
                          false};
        s->relay = (Way){
                {&relay_ops}, s->clock, WORKS, CARRIER_UNREACHABLE, DELAY_MS, 8000, 'r', 0, 0, 0,
                false};
        assert_int_equal(
                carrier_switch_new(&s->carrier, &(CarrierSwitchDeps){s->clock, &s->direct.carrier,
                                                                     &s->relay.carrier, relay_ready,
                                                                     on_changed, s}),
                0);
}

static void scene_end(Scene *s)
{
        carrier_free(s->carrier);
        step_clock_free(s->clock);
}

static void on_result(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Result *r = userdata;

        r->calls++;
        r->result = result;
        r->at_ms = clock_now(r->scene->clock);
        r->mark = answer ? answer[len - 1] : 0;
        if (r->rejects)
                r->neighbours_fault = carrier_reject(r->scene->carrier);
}

static Carriage *send(Scene *s, Result *r, uint32_t timeout_ms)
{
        static const uint8_t sealed[600] = {ENVELOPE_SUITE};
        Carriage *g;

        *r = (Result){.scene = s, .rejects = r->rejects};
        assert_int_equal(
                carrier_send(s->carrier, &g, sealed, sizeof sealed, timeout_ms, on_result, r), 0);
        assert_int_equal(r->calls, 0);
        return g;
}

static uint64_t ask(Scene *s, Result *r, uint32_t timeout_ms)
{
        uint64_t start = clock_now(s->clock);

        (void)send(s, r, timeout_ms);
        while (r->calls == 0)
                step_clock_advance(s->clock, 1);
        assert_int_equal(r->calls, 1);
        return r->at_ms - start;
}

/* ---- */

static void directly_where_that_works(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s, WORKS, true);
        for (unsigned i = 0; i < 3; i++) {
                (void)ask(&s, &r, i == 2 ? POLL_MS : SHORT_MS);
                assert_int_equal(r.mark, 'd');
        }
        assert_int_equal(s.relay.tries, 0); /* also not of a long poll that takes its time */
        assert_int_equal(s.changes, 0);
        assert_int_equal(carrier_patience(s.carrier), UINT32_MAX);
        scene_end(&s);
}

static const struct {
        const char *name;
        WayState direct;
        CarrierResult failure;
        uint64_t within_ms;
} no_way[] = {
        {"no network", FAILS, CARRIER_NO_NETWORK, 3 * DELAY_MS},
        {"unreachable", FAILS, CARRIER_UNREACHABLE, 3 * DELAY_MS},
        {"a certificate of somebody else", FAILS, CARRIER_TLS, 3 * DELAY_MS},
        {"a log-in page", PORTAL, CARRIER_ANSWERED, 3 * DELAY_MS},
        {"silence", SILENT, CARRIER_UNREACHABLE, SWITCH_SLOW_MS + 3 * DELAY_MS},
        {"a portal", FAILS, CARRIER_PORTAL, 3 * DELAY_MS},
        {"somebody who refuses", FAILS, CARRIER_REFUSED, 3 * DELAY_MS},
        {"somebody who is busy", FAILS, CARRIER_BUSY, 3 * DELAY_MS},
};

static void through_a_neighbour_where_not(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(no_way); i++) {
                Scene s;
                Result r = {0};

                scene_begin(&s, no_way[i].direct, true);
                s.direct.failure = no_way[i].failure;
                assert_case(no_way[i].name, ask(&s, &r, SHORT_MS) <= no_way[i].within_ms);
                assert_case(no_way[i].name, r.result == CARRIER_ANSWERED && r.mark == 'r');
                assert_case(no_way[i].name, carrier_switch_relayed(s.carrier) && s.changes == 1);
                assert_case(no_way[i].name, carrier_patience(s.carrier) == 8000);
                assert_case(no_way[i].name,
                            ask(&s, &r, SHORT_MS) == DELAY_MS && r.mark == 'r'); /* at once now */
                assert_case(no_way[i].name, s.direct.tries == 1);
                scene_end(&s);
        }
}

static void without_neighbours_the_direct_failure_counts(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(no_way); i++) {
                Scene s;
                Result r = {0};

                scene_begin(&s, no_way[i].direct, false);
                s.direct.failure = no_way[i].failure;
                (void)ask(&s, &r, SHORT_MS);
                assert_case(no_way[i].name, r.result == (no_way[i].failure == CARRIER_ANSWERED
                                                                 ? CARRIER_UNREACHABLE
                                                                 : no_way[i].failure));
                assert_case(no_way[i].name, s.relay.tries == 0 && s.changes == 0);
                scene_end(&s);
        }
}

/* The reason is that of the direct way also where neighbours cannot help. */
static void neither_way(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s, FAILS, true);
        s.relay.state = FAILS;
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.result, CARRIER_NO_NETWORK);
        assert_int_equal(s.changes, 0);
        scene_end(&s);
}

static void back_to_the_direct_way(void **state)
{
        Scene s;
        Result r = {0};
        uint64_t start;

        scene_begin(&s, FAILS, true);
        (void)ask(&s, &r, SHORT_MS);
        s.direct.state = WORKS;
        start = clock_now(s.clock);
        while (r.mark == 'r') {
                (void)ask(&s, &r, SHORT_MS);
                step_clock_advance(s.clock, 100);
        }
        assert_in_range(clock_now(s.clock) - start, SWITCH_TRY_MS / 2, SWITCH_TRY_MS + 500);
        assert_false(carrier_switch_relayed(s.carrier));
        assert_int_equal(s.changes, 2);
        scene_end(&s);
}

/* The neighbour's link is of the network before. */
static void in_another_network_the_direct_way_is_tried_at_once(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s, FAILS, true);
        (void)ask(&s, &r, SHORT_MS);
        assert_true(carrier_switch_relayed(s.carrier));
        s.direct.state = WORKS;
        carrier_renew(s.carrier);
        assert_false(carrier_switch_relayed(s.carrier));
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.mark, 'd');
        scene_end(&s);
}

static void a_dead_way_is_tried_less_and_less(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s, FAILS, true);
        for (unsigned i = 0; i < 600; i++) {
                (void)ask(&s, &r, SHORT_MS);
                step_clock_advance(s.clock, 200);
        }
        assert_in_range(s.direct.tries, 4, 8); /* in two minutes: after 4, 8, 16, 32, 32 s */
        scene_end(&s);
}

/* A long poll waits on a way that dies without a word: another request finds out, and it is taken
 * along. */
static void a_long_poll_is_taken_along(void **state)
{
        Scene s;
        Result poll = {0}, r = {0};

        scene_begin(&s, SILENT, true);
        (void)send(&s, &poll, POLL_MS);
        step_clock_advance(s.clock, 100);
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.mark, 'r');
        assert_int_equal(s.relay.tries, 2);
        step_clock_advance(s.clock, POLL_MS);
        assert_int_equal(poll.calls, 1);
        assert_int_equal(poll.mark, 'r');
        scene_end(&s);
}

static void a_cloud_that_comes_back_is_not_missed(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s, FAILS, true);
        s.relay.state = SILENT;
        (void)send(&s, &r, SHORT_MS);
        step_clock_advance(s.clock, 3 * DELAY_MS);
        s.direct.state = WORKS;
        step_clock_advance(s.clock, SWITCH_SLOW_MS);
        assert_int_equal(r.calls, 1);
        assert_int_equal(r.mark, 'd');
        scene_end(&s);
}

/* While requests are relayed, too, a way that is slow is not the only one. */
static void a_slow_neighbour_is_not_waited_for(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s, FAILS, true);
        (void)ask(&s, &r, SHORT_MS);
        s.direct.state = WORKS;
        s.relay.state = SILENT;
        assert_in_range(ask(&s, &r, SHORT_MS), SWITCH_SLOW_MS, SWITCH_SLOW_MS + 2 * DELAY_MS);
        assert_int_equal(r.mark, 'd');
        assert_false(carrier_switch_relayed(s.carrier));
        scene_end(&s);
}

/* Two at a time would end each other at the cloud. */
/* A copy through a neighbour who shares the line makes it slower. One that dies on the way is not
 * waited for. */
static void a_slow_line_that_moves_needs_no_neighbour(void **state)
{
        Result r = {0};
        Scene s;

        scene_begin(&s, WORKS, true);
        s.direct.delay_ms = 6000;
        s.direct.moves = true;
        assert_int_equal(ask(&s, &r, SHORT_MS), 6000);
        assert_int_equal(r.mark, 'd');
        assert_int_equal(s.relay.tries, 0);
        scene_end(&s);

        scene_begin(&s, SILENT, true);
        s.direct.moves = true;
        assert_false(carriage_moves(NULL));
        assert_true(carriage_moves(send(&s, &r, SHORT_MS)));
        step_clock_advance(s.clock, 3000);
        assert_int_equal(r.calls, 0);
        s.direct.moves = false;
        step_clock_advance(s.clock, CARRIER_LOOK_MS + DELAY_MS);
        assert_int_equal(r.calls, 1);
        assert_int_equal(r.mark, 'r');
        scene_end(&s);
}

/* A neighbour has a long poll and says nothing: the next request finds the direct way. */
static void a_long_poll_is_taken_back(void **state)
{
        Scene s;
        Result poll = {0}, r = {0};

        scene_begin(&s, FAILS, true);
        s.relay.state = SILENT;
        (void)send(&s, &poll, POLL_MS);
        step_clock_advance(s.clock, 3 * DELAY_MS);
        assert_int_equal(s.relay.waiting, 1);
        s.direct.state = WORKS;
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.mark, 'd');
        assert_int_equal(s.relay.waiting, 0);
        assert_int_equal(s.direct.waiting, 1);
        step_clock_advance(s.clock, POLL_MS - CARRIER_ANSWER_MS + DELAY_MS);
        assert_int_equal(poll.calls, 1);
        assert_int_equal(poll.mark, 'd');
        scene_end(&s);
}

static void a_long_poll_is_on_one_way_at_a_time(void **state)
{
        Scene s;
        Result poll = {0}, r = {0};

        scene_begin(&s, FAILS, true);
        (void)ask(&s, &r, SHORT_MS);
        s.direct.state = WORKS;
        step_clock_advance(s.clock, SWITCH_TRY_MS);
        (void)send(&s, &poll, POLL_MS);
        assert_int_equal(s.direct.tries, 2); /* another request tries the direct way */
        assert_int_equal(s.direct.waiting, 1);
        assert_int_equal(s.relay.waiting, 1);
        step_clock_advance(s.clock, POLL_MS);
        assert_int_equal(poll.mark, 'r');
        assert_false(carrier_switch_relayed(s.carrier));
        scene_end(&s);
}

static void whose_fault_a_false_answer_is(void **state)
{
        Scene s;
        Result r = {.rejects = true};

        scene_begin(&s, WORKS, true);
        (void)ask(&s, &r, SHORT_MS);
        assert_false(r.neighbours_fault);
        assert_int_equal(s.relay.rejected, 0);
        (void)ask(&s, &r, SHORT_MS); /* now through a neighbour */
        assert_int_equal(r.mark, 'r');
        assert_true(r.neighbours_fault);
        assert_int_equal(s.relay.rejected, 1);
        scene_end(&s);
}

static void what_is_cancelled_is_gone_on_both_ways(void **state)
{
        Scene s;
        Result r = {0};
        Carriage *g;

        scene_begin(&s, SILENT, true);
        s.relay.state = SILENT;
        g = send(&s, &r, SHORT_MS);
        step_clock_advance(s.clock, SWITCH_SLOW_MS + 1);
        assert_int_equal(s.direct.waiting + s.relay.waiting, 2);
        carriage_cancel(g);
        assert_int_equal(s.direct.waiting + s.relay.waiting, 0);
        step_clock_advance(s.clock, SHORT_MS);
        assert_int_equal(r.calls, 0);
        scene_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(directly_where_that_works),
                cmocka_unit_test(through_a_neighbour_where_not),
                cmocka_unit_test(without_neighbours_the_direct_failure_counts),
                cmocka_unit_test(neither_way),
                cmocka_unit_test(back_to_the_direct_way),
                cmocka_unit_test(in_another_network_the_direct_way_is_tried_at_once),
                cmocka_unit_test(a_dead_way_is_tried_less_and_less),
                cmocka_unit_test(a_long_poll_is_taken_along),
                cmocka_unit_test(a_long_poll_is_taken_back),
                cmocka_unit_test(a_cloud_that_comes_back_is_not_missed),
                cmocka_unit_test(a_slow_neighbour_is_not_waited_for),
                cmocka_unit_test(a_slow_line_that_moves_needs_no_neighbour),
                cmocka_unit_test(a_long_poll_is_on_one_way_at_a_time),
                cmocka_unit_test(whose_fault_a_false_answer_is),
                cmocka_unit_test(what_is_cancelled_is_gone_on_both_ways),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
