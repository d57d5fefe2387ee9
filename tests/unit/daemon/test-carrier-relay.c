/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The side that gets help: requests go through neighbours, and if one misbehaves, another takes
 * over. The neighbours here are the far ends of links and act as the case says. */
#include "daemon/help/carrier-relay.h"
#include "daemon/help/ways.h"
#include "tests/sim/link-pair.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

typedef enum Act {
        HELPS,
        ABSENT, /* no link can be made */
        MUTE,   /* takes and never answers */
        NO_ROUTE,
        BUSY,
        NOT_TAKEN,
        HANGS_UP,   /* when asked */
        BABBLES,    /* answers what nobody asked */
        POLLS_ONLY, /* answers a long poll at its end, and at once what is none */
} Act;

enum {
        NEIGHBOURS = 3,
        DELAY_MS = 5,
        ANSWER_LEN = ENVELOPE_RESPONSE_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        REQUEST_LEN = ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG,
        SHORT_MS = CARRIER_ANSWER_MS
};

typedef struct Neighbour {
        struct Scene *scene;
        Act act;
        Token token;
        Link *link; /* the helper's end */
        Timer *reached, *polled;
        uint16_t poll;
        unsigned asked, called_off, links;
        uint32_t wait_ms; /* of the last request */
} Neighbour;

typedef struct Result {
        unsigned calls;
        CarrierResult result;
        uint64_t at_ms;
        uint8_t from; /* which neighbour answered */
        bool rejects;
} Result;

typedef struct Scene {
        Radio radio;
        Clock *clock;
        Carrier *carrier;
        bool dear;
        Neighbour n[NEIGHBOURS];
        Result *asking;
} Scene;

static const uint8_t sealed[ENVELOPE_RESPONSE_MAX] = {ENVELOPE_SUITE};

/* ---- neighbours ---- */

static void neighbour_says(Neighbour *n, FrameKind kind, FrameRefusal why, uint16_t number)
{
        uint8_t answer[ANSWER_LEN] = {ENVELOPE_SUITE};
        Frame frame = {.kind = kind, .refusal = why, .number = number};

        if (kind == FRAME_ANSWER) {
                answer[ANSWER_LEN - 1] = (uint8_t)(n - n->scene->n);
                frame.body = answer;
                frame.len = ANSWER_LEN;
        }
        assert_int_equal(link_send(n->link, &frame), 0);
}

static void on_polled(void *userdata)
{
        Neighbour *n = userdata;

        n->polled = timer_free(n->polled);
        if (n->link)
                neighbour_says(n, FRAME_ANSWER, 0, n->poll);
}

static void on_request(Neighbour *n, const Frame *frame)
{
        n->asked++;
        n->wait_ms = frame->wait_ms;
        assert_int_equal(frame->len, REQUEST_LEN);
        switch (n->act) {
        case POLLS_ONLY:
                if (carrier_is_poll(frame->wait_ms)) {
                        n->poll = frame->number;
                        assert_int_equal(clock_restart(n->scene->clock, &n->polled,
                                                       frame->wait_ms - CARRIER_ANSWER_MS,
                                                       on_polled, n),
                                         0);
                        return;
                }
                neighbour_says(n, FRAME_ANSWER, 0, frame->number);
                return;
        case HELPS:
                neighbour_says(n, FRAME_ANSWER, 0, frame->number);
                return;
        case NO_ROUTE:
                neighbour_says(n, FRAME_REFUSED, FRAME_NO_ROUTE, frame->number);
                return;
        case BUSY:
                neighbour_says(n, FRAME_REFUSED, FRAME_BUSY, frame->number);
                return;
        case NOT_TAKEN:
                neighbour_says(n, FRAME_REFUSED, FRAME_NOT_TAKEN, frame->number);
                return;
        case BABBLES:
                neighbour_says(n, FRAME_ANSWER, 0, frame->number + 1);
                return;
        case HANGS_UP:
                n->link = link_free(n->link);
                return;
        case MUTE:
        case ABSENT:
                return;
        }
}

static void on_frame(void *userdata, Link *l, const Frame *frame)
{
        Neighbour *n = userdata;

        if (frame->kind == FRAME_REQUEST)
                on_request(n, frame);
        else
                n->called_off++;
}

static void on_closed(void *userdata, Link *l)
{
        Neighbour *n = userdata;

        n->link = link_free(n->link);
}

static const LinkEvents neighbour_events = {on_frame, on_closed};

static void on_reached(void *userdata)
{
        static const uint8_t peer[LINK_PEER];
        Neighbour *n = userdata;
        Scene *s = n->scene;
        Link *asking = NULL;

        n->reached = timer_free(n->reached);
        if (n->act != ABSENT) {
                assert_null(n->link); /* one link is enough */
                assert_int_equal(link_pair_new(&asking, &n->link, s->clock, DELAY_MS, peer), 0);
                asking->dear = s->dear;
                n->link->events = &neighbour_events;
                n->link->userdata = n;
                n->links++;
        }
        carrier_relay_linked(s->carrier, &s->radio, &n->token, asking);
}

static int fake_reach(Radio *r, const Token *token)
{
        Scene *s = (Scene *)r;
        Neighbour *n = &s->n[token->b[0]];

        assert_null(n->reached);
        return clock_restart(s->clock, &n->reached, DELAY_MS, on_reached, n);
}

static const RadioOps radio_ops = {.transport = SIGHTING_MDNS, .reach = fake_reach};

/* ---- scenes ---- */

static void hear(Scene *s, unsigned i, Act act)
{
        s->n[i].act = act;
        carrier_relay_heard(s->carrier, &s->radio, &s->n[i].token);
}

static void scene_begin(Scene *s)
{
        *s = (Scene){.radio.ops = &radio_ops};
        assert_int_equal(step_clock_new(&s->clock, 1000000), 0);
        assert_int_equal(carrier_relay_new(&s->carrier, s->clock), 0);
        for (unsigned i = 0; i < NEIGHBOURS; i++) {
                s->n[i].scene = s;
                s->n[i].token.b[0] = (uint8_t)i;
        }
}

static void scene_end(Scene *s)
{
        carrier_relay_forget(s->carrier, &s->radio);
        carrier_free(s->carrier);
        step_clock_advance(s->clock, 2 * DELAY_MS);
        for (unsigned i = 0; i < NEIGHBOURS; i++) {
                timer_free(s->n[i].reached);
                timer_free(s->n[i].polled);
                link_free(s->n[i].link);
        }
        step_clock_free(s->clock); /* asserts that no timer is left */
}

static Scene *present; /* for results */

static void on_result(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Result *r = userdata;

        r->calls++;
        r->result = result;
        r->at_ms = clock_now(present->clock);
        r->from = answer ? answer[len - 1] : 255;
        assert_int_equal(!answer, result != CARRIER_ANSWERED);
        if (r->rejects)
                assert_true(carrier_reject(present->carrier));
}

static Carriage *send(Scene *s, Result *r, uint32_t timeout_ms)
{
        Carriage *g;
        bool rejects = r->rejects;

        *r = (Result){.rejects = rejects};
        present = s;
        assert_int_equal(
                carrier_send(s->carrier, &g, sealed, REQUEST_LEN, timeout_ms, on_result, r), 0);
        assert_int_equal(r->calls, 0); /* never from within */
        return g;
}

/* Sends and waits; how long it took. */
static uint64_t ask(Scene *s, Result *r, uint32_t timeout_ms)
{
        uint64_t start = clock_now(s->clock);

        (void)send(s, r, timeout_ms);
        step_clock_advance(s->clock, timeout_ms);
        assert_int_equal(r->calls, 1);
        return r->at_ms - start;
}

/* ---- */

static void a_neighbour_helps(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s);
        assert_false(carrier_relay_ready(s.carrier));
        hear(&s, 1, HELPS);
        assert_true(carrier_relay_ready(s.carrier));
        assert_in_range(ask(&s, &r, SHORT_MS), 3 * DELAY_MS, 3 * DELAY_MS);
        assert_int_equal(r.result, CARRIER_ANSWERED);
        assert_int_equal(r.from, 1);
        assert_int_equal(s.n[1].wait_ms, SHORT_MS);
        assert_in_range(ask(&s, &r, SHORT_MS), 2 * DELAY_MS, 2 * DELAY_MS); /* the link is there */
        assert_int_equal(s.n[1].links, 1);
        step_clock_advance(s.clock, WAYS_IDLE_MS + DELAY_MS);
        assert_null(s.n[1].link);
        scene_end(&s);
}

static void without_neighbours_there_is_no_answer(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s);
        assert_int_equal(ask(&s, &r, SHORT_MS), 0);
        assert_int_equal(r.result, CARRIER_UNREACHABLE);
        hear(&s, 0, HELPS);
        carrier_relay_gone(s.carrier, &s.radio, &s.n[0].token);
        assert_int_equal(ask(&s, &r, SHORT_MS), 0);
        assert_int_equal(r.result, CARRIER_UNREACHABLE);
        scene_end(&s);
}

static const struct {
        const char *name;
        Act act;
        uint32_t timeout_ms, delay_ms; /* at most until another has answered */
} bad_neighbours[] = {
        {"absent", ABSENT, SHORT_MS, 10 * DELAY_MS},
        {"mute", MUTE, SHORT_MS, RELAYED_SLOW_MS + 10 * DELAY_MS},
        {"mute to long polls", MUTE, RELAYED_WATCH_MS + SHORT_MS,
         RELAYED_WATCH_MS + RELAYED_SLOW_MS + 10 * DELAY_MS},
        {"no route", NO_ROUTE, SHORT_MS, 10 * DELAY_MS},
        {"busy", BUSY, SHORT_MS, 10 * DELAY_MS},
        {"says that the cloud refuses", NOT_TAKEN, SHORT_MS, 10 * DELAY_MS},
        {"hangs up", HANGS_UP, SHORT_MS, 10 * DELAY_MS},
        {"babbles", BABBLES, SHORT_MS, 10 * DELAY_MS},
};

static void another_takes_over(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(bad_neighbours); i++) {
                Scene s;
                Result r = {0};
                uint64_t took;

                if (carrier_is_poll(bad_neighbours[i].timeout_ms))
                        /* two that swallow it take all its time; the next poll goes to the third */
                        continue;
                scene_begin(&s);
                hear(&s, 0, HELPS);
                hear(&s, 1, bad_neighbours[i].act);
                hear(&s, 2, bad_neighbours[i].act); /* tried first: it was heard last */
                took = ask(&s, &r, bad_neighbours[i].timeout_ms);
                if (bad_neighbours[i].act != MUTE)
                        assert_case(bad_neighbours[i].name, took <= bad_neighbours[i].delay_ms);
                assert_case(bad_neighbours[i].name, r.result == CARRIER_ANSWERED && r.from == 0);
                if (bad_neighbours[i].act != BUSY)
                        assert_case(bad_neighbours[i].name,
                                    ask(&s, &r, SHORT_MS) <= 4 * DELAY_MS && r.from == 0);
                scene_end(&s);
        }
}

static void one_bad_neighbour_costs_a_delay(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(bad_neighbours); i++) {
                Scene s;
                Result r = {0};

                scene_begin(&s);
                hear(&s, 0, HELPS);
                hear(&s, 1, bad_neighbours[i].act);
                assert_case(bad_neighbours[i].name, ask(&s, &r, bad_neighbours[i].timeout_ms) <=
                                                            bad_neighbours[i].delay_ms);
                assert_case(bad_neighbours[i].name, r.from == 0);
                scene_end(&s);
        }
}

/* Where nobody is left, that is said soon, so that the direct way may be tried again. */
static void alone_with_a_bad_neighbour(void **state)
{
        static const Act acts[] = {ABSENT, NO_ROUTE, NOT_TAKEN, HANGS_UP, BABBLES};

        for (size_t i = 0; i < ARRAY_LEN(acts); i++) {
                Scene s;
                Result r = {0};

                scene_begin(&s);
                hear(&s, 0, acts[i]);
                assert_in_range(ask(&s, &r, SHORT_MS), DELAY_MS, 10 * DELAY_MS);
                assert_int_equal(r.result, CARRIER_UNREACHABLE);
                step_clock_advance(s.clock, 60 * 1000); /* forgiven */
                s.n[0].act = HELPS;
                assert_true(carrier_relay_ready(s.carrier));
                (void)ask(&s, &r, SHORT_MS);
                assert_int_equal(r.result, CARRIER_ANSWERED);
                scene_end(&s);
        }
}

static void a_neighbour_that_is_busy_is_waited_for(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s);
        hear(&s, 0, BUSY);
        (void)send(&s, &r, SHORT_MS);
        step_clock_advance(s.clock, 1000);
        assert_in_range(s.n[0].asked, 2, 5);
        s.n[0].act = HELPS;
        step_clock_advance(s.clock, 1000);
        assert_int_equal(r.result, CARRIER_ANSWERED);
        scene_end(&s);
}

static void a_made_up_answer_costs_its_maker(void **state)
{
        Scene s;
        Result r = {.rejects = true};

        scene_begin(&s);
        hear(&s, 0, HELPS);
        hear(&s, 1, HELPS);
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.from, 1);
        r.rejects = false;
        for (unsigned i = 0; i < 3; i++) {
                (void)ask(&s, &r, SHORT_MS);
                assert_int_equal(r.from, 0);
        }
        scene_end(&s);
}

static void a_link_that_ends_moves_what_it_carried(void **state)
{
        Scene s;
        Result poll = {0}, r = {0};
        uint32_t timeout_ms = RELAYED_WATCH_MS + SHORT_MS;

        scene_begin(&s);
        hear(&s, 0, POLLS_ONLY);
        hear(&s, 1, POLLS_ONLY);
        (void)send(&s, &poll, timeout_ms);
        step_clock_advance(s.clock, 1000);
        assert_int_equal(s.n[1].asked, 1);
        s.n[1].link = link_free(s.n[1].link); /* it dies */
        s.n[1].act = ABSENT;
        step_clock_advance(s.clock, 100);
        assert_int_equal(s.n[0].asked, 1);
        assert_in_range(ask(&s, &r, SHORT_MS), 0, 4 * DELAY_MS);
        step_clock_advance(s.clock, RELAYED_WATCH_MS);
        assert_int_equal(poll.result, CARRIER_ANSWERED);
        assert_int_equal(poll.from, 0);
        scene_end(&s);
}

/* Nobody else is there. It was slow first, with all that it had, and then it went: that was one
 * failure. */
static void a_neighbour_that_comes_back_is_asked_soon(void **state)
{
        Scene s;
        Result lost[WAYS_AT_A_TIME] = {{0}}, r = {0};

        scene_begin(&s);
        hear(&s, 0, MUTE);
        for (unsigned i = 0; i < WAYS_AT_A_TIME; i++)
                (void)send(&s, &lost[i], SHORT_MS);
        step_clock_advance(s.clock, SHORT_MS - 1000);
        s.n[0].link = link_free(s.n[0].link);
        s.n[0].act = HELPS;
        step_clock_advance(s.clock, 2000);
        assert_in_range(s.n[0].asked, WAYS_AT_A_TIME, WAYS_AT_A_TIME);
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.result, CARRIER_ANSWERED);
        scene_end(&s);
}

static void what_is_cancelled_is_called_off(void **state)
{
        Scene s;
        Result r[3] = {0};
        Carriage *g;

        scene_begin(&s);
        hear(&s, 0, MUTE);
        g = send(&s, &r[0], SHORT_MS);
        carriage_cancel(g); /* before it went */
        g = send(&s, &r[1], SHORT_MS);
        step_clock_advance(s.clock, 1000);
        carriage_cancel(g);
        step_clock_advance(s.clock, 1000);
        assert_int_equal(s.n[0].asked, 1);
        assert_int_equal(s.n[0].called_off, 1);
        neighbour_says(&s.n[0], FRAME_ANSWER, 0, 0); /* all the same: one is forgiven, not two */
        step_clock_advance(s.clock, 1000);
        assert_non_null(s.n[0].link);
        neighbour_says(&s.n[0], FRAME_ANSWER, 0, 0);
        step_clock_advance(s.clock, 1000);
        assert_null(s.n[0].link);
        assert_int_equal(r[0].calls + r[1].calls, 0);
        scene_end(&s);
}

static void few_at_a_time_in_their_order(void **state)
{
        Scene s;
        Result r[8] = {0};

        scene_begin(&s);
        hear(&s, 0, MUTE);
        for (unsigned i = 0; i < ARRAY_LEN(r); i++)
                (void)send(&s, &r[i], SHORT_MS);
        step_clock_advance(s.clock, 1000);
        assert_int_equal(s.n[0].asked, WAYS_AT_A_TIME);
        for (uint16_t i = 0; i < ARRAY_LEN(r); i++) {
                neighbour_says(&s.n[0], FRAME_ANSWER, 0, i);
                step_clock_advance(s.clock, 2 * DELAY_MS);
                assert_int_equal(r[i].calls, 1);
        }
        scene_end(&s);
}

/* ---- links that cost energy ---- */

static void a_dear_link_is_off_between_quiet_polls(void **state)
{
        uint64_t off_ms = 0, start;
        Scene s;
        Result r = {0};

        scene_begin(&s);
        s.dear = true;
        hear(&s, 0, POLLS_ONLY);
        (void)ask(&s, &r, SHORT_MS); /* now it is known to be dear */
        assert_int_equal(carrier_patience(s.carrier), RELAYED_DEAR_WATCH_MS);
        start = clock_now(s.clock);
        for (unsigned i = 0; i < 20; i++) {
                (void)send(&s, &r, RELAYED_DEAR_WATCH_MS + SHORT_MS);
                while (r.calls == 0) {
                        off_ms += s.n[0].link ? 0 : 10;
                        step_clock_advance(s.clock, 10);
                }
                assert_int_equal(r.result, CARRIER_ANSWERED);
        }
        assert_in_range(100 * off_ms / (clock_now(s.clock) - start), 40, 60);
        (void)send(&s, &r, SHORT_MS); /* what is no poll goes at once */
        step_clock_advance(s.clock, 10 * DELAY_MS);
        assert_int_equal(r.calls, 1);
        scene_end(&s);
}

static void when_something_happens_a_dear_link_does_not_pause(void **state)
{
        Scene s;
        Result r = {0};

        scene_begin(&s);
        s.dear = true;
        hear(&s, 0, HELPS); /* polls are answered at once: there is news */
        for (unsigned i = 0; i < 5; i++) {
                (void)send(&s, &r, RELAYED_DEAR_WATCH_MS + SHORT_MS);
                step_clock_advance(s.clock, 4 * DELAY_MS);
                assert_int_equal(r.calls, 1);
        }
        assert_int_equal(s.n[0].links, 1);
        scene_end(&s);
}

/* More tokens than anybody has neighbours, all of them nobody's. */
static void made_up_neighbours_are_bounded(void **state)
{
        Scene s;
        Result r = {0};
        Token token = {{1}};

        scene_begin(&s);
        s.n[1].act = ABSENT;
        for (unsigned i = 0; i < 1000; i++) {
                token.b[1] = (uint8_t)i;
                token.b[2] = (uint8_t)(i >> 8);
                carrier_relay_heard(s.carrier, &s.radio, &token);
        }
        carrier_relay_forget(s.carrier, &s.radio);
        hear(&s, 0, HELPS);
        (void)ask(&s, &r, SHORT_MS);
        assert_int_equal(r.from, 0);
        scene_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_neighbour_helps),
                cmocka_unit_test(without_neighbours_there_is_no_answer),
                cmocka_unit_test(another_takes_over),
                cmocka_unit_test(one_bad_neighbour_costs_a_delay),
                cmocka_unit_test(alone_with_a_bad_neighbour),
                cmocka_unit_test(a_neighbour_that_is_busy_is_waited_for),
                cmocka_unit_test(a_made_up_answer_costs_its_maker),
                cmocka_unit_test(a_link_that_ends_moves_what_it_carried),
                cmocka_unit_test(a_neighbour_that_comes_back_is_asked_soon),
                cmocka_unit_test(what_is_cancelled_is_called_off),
                cmocka_unit_test(few_at_a_time_in_their_order),
                cmocka_unit_test(a_dear_link_is_off_between_quiet_polls),
                cmocka_unit_test(when_something_happens_a_dear_link_does_not_pause),
                cmocka_unit_test(made_up_neighbours_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
