/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which of several carriers answers, when, and which of them were asked for it. */
#include "daemon/cloud-link/carrier-race.h"
#include "tests/sim/step-clock.h"

#include "tests/unit/test.h"

enum { WAYS = 4, SHORT_MS = 5000, POLL_MS = CARRIER_ANSWER_MS + 25000, SENT = 600 };

/* How one of them acts: 'a' answers, 'g' answers garbage, 'p' portal, 'r' refused, 'b' busy, 't'
 * TLS, 'u' unreachable, 'n' no network, 's' is silent, '-' cannot send. */
typedef struct Way {
        Carrier carrier;
        Clock *clock;
        char act;
        uint32_t delay_ms;
        unsigned tries, waiting;
} Way;

typedef struct WayCarriage {
        Carriage carriage;
        Timer *timer;
        CarrierFunc func;
        void *userdata;
} WayCarriage;

static void carriage_end(WayCarriage *g)
{
        ((Way *)g->carriage.carrier)->waiting--;
        timer_free(g->timer);
        free(g);
}

static CarrierResult way_result(char act)
{
        switch (act) {
        case 'a':
        case 'm':
        case 'g':
                return CARRIER_ANSWERED;
        case 'p':
                return CARRIER_PORTAL;
        case 'r':
                return CARRIER_REFUSED;
        case 'b':
                return CARRIER_BUSY;
        case 't':
                return CARRIER_TLS;
        case 'n':
                return CARRIER_NO_NETWORK;
        default:
                return CARRIER_UNREACHABLE;
        }
}

static void on_way_done(void *userdata)
{
        WayCarriage *g = userdata;
        Way *w = (Way *)g->carriage.carrier;
        uint8_t answer[2] = {w->act == 'm' ? 'a' : (uint8_t)w->act,
                             w->carrier.ops ? (uint8_t)w->delay_ms : 0};
        CarrierResult result = way_result(w->act);
        CarrierFunc func = g->func;
        void *data = g->userdata;

        carriage_end(g);
        func(data, result, result == CARRIER_ANSWERED ? answer : NULL, sizeof answer);
}

static int way_send(Carrier *carrier, Carriage **ret, const uint8_t *bytes, size_t len,
                    uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        Way *w = (Way *)carrier;
        WayCarriage *g;

        assert_int_equal(len, SENT);
        w->tries++;
        if (w->act == '-')
                return -EHOSTUNREACH;
        g = calloc(1, sizeof *g);
        *g = (WayCarriage){{carrier}, NULL, func, userdata};
        w->waiting++;
        *ret = &g->carriage;
        return clock_restart(w->clock, &g->timer, w->act == 's' ? timeout_ms : w->delay_ms,
                             on_way_done, g);
}

static void way_cancel(Carriage *g)
{
        carriage_end((WayCarriage *)g);
}

static Carrier *way_free(Carrier *c)
{
        assert_int_equal(((Way *)c)->waiting, 0);
        return NULL;
}

static bool way_moves(const Carriage *g)
{
        return ((const Way *)g->carrier)->act == 'm';
}

static const CarrierOps way_ops = {
        .send = way_send, .cancel = way_cancel, .moves = way_moves, .free = way_free};

static bool counts(const uint8_t *answer, size_t len, size_t sent)
{
        assert_int_equal(sent, SENT);
        return len == 2 && answer[0] == 'a';
}

typedef struct Scene {
        Clock *clock;
        Way ways[WAYS];
        Carrier *carrier;
        unsigned calls, wins;
        CarrierResult result;
        uint64_t at_ms;
} Scene;

static void on_won(void *userdata, size_t i)
{
        ((Scene *)userdata)->wins++;
}

static void on_result(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Scene *s = userdata;

        s->calls++;
        s->result = result;
        s->at_ms = clock_now(s->clock);
        assert_int_equal(!answer, result != CARRIER_ANSWERED);
}

/* acts: a word for each, of its act and its delay: "a10 s u5". */
static void set_acts(Scene *s, const char *acts)
{
        char *end;

        for (size_t i = 0; i < WAYS && *acts; i++) {
                s->ways[i].act = *acts++;
                s->ways[i].delay_ms = (uint32_t)strtoul(acts, &end, 10);
                s->ways[i].tries = 0;
                acts = *end ? end + 1 : end;
        }
}

static void scene_begin(Scene *s, const char *acts)
{
        *s = (Scene){0};
        assert_int_equal(step_clock_new(&s->clock, 1000000), 0);
        assert_int_equal(
                carrier_race_new(&s->carrier, &(CarrierRaceDeps){s->clock, counts, on_won, s}), 0);
        set_acts(s, acts);
        for (size_t i = 0; i < WAYS && s->ways[i].act; i++) {
                s->ways[i].carrier.ops = &way_ops;
                s->ways[i].clock = s->clock;
                assert_int_equal(carrier_race_add(s->carrier, &s->ways[i].carrier), 0);
        }
}

static void scene_end(Scene *s)
{
        carrier_free(s->carrier);
        step_clock_free(s->clock);
}

static uint64_t ask(Scene *s, uint32_t timeout_ms)
{
        static const uint8_t sealed[SENT];
        uint64_t start = clock_now(s->clock);
        Carriage *g;

        s->calls = 0;
        assert_int_equal(
                carrier_send(s->carrier, &g, sealed, sizeof sealed, timeout_ms, on_result, s), 0);
        assert_int_equal(s->calls, 0);
        while (s->calls == 0)
                step_clock_advance(s->clock, 1);
        assert_int_equal(s->calls, 1);
        return s->at_ms - start;
}

enum { STAGGER = CARRIER_RACE_STAGGER_MS };

static const struct {
        const char *name, *acts;
        bool poll;
        CarrierResult result;
        uint64_t took_ms;
        size_t winner;
        const char *tries;
} firsts[] = {
        {"the first answers", "a10 a10", false, CARRIER_ANSWERED, 10, 0, "10"},
        {"the first fails", "u10 a10", false, CARRIER_ANSWERED, 20, 1, "11"},
        {"the first is silent", "s a10", false, CARRIER_ANSWERED, STAGGER + 10, 1, "11"},
        {"two are silent", "s s a10", false, CARRIER_ANSWERED, 2 * STAGGER + 10, 2, "111"},
        {"the first is slow and wins", "a300 a300", false, CARRIER_ANSWERED, 300, 0, "11"},
        {"the first is slow and loses", "a900 a10", false, CARRIER_ANSWERED, STAGGER + 10, 1, "11"},
        {"the first is slow, but it moves", "m9000 a10", false, CARRIER_ANSWERED, 9000, 0, "10"},
        {"one cannot be sent", "- a10", false, CARRIER_ANSWERED, 10, 1, "11"},
        {"garbage is no answer", "g10 a10", false, CARRIER_ANSWERED, 20, 1, "11"},
        {"a portal is no answer", "p10 b10 r10 a10", false, CARRIER_ANSWERED, 40, 3, "1111"},
        {"all fail: what says most", "n10 p10 u10", false, CARRIER_PORTAL, 30, SIZE_MAX, "111"},
        {"all fail: another key", "u10 r10 b10", false, CARRIER_REFUSED, 30, SIZE_MAX, "111"},
        {"all fail: garbage", "n10 g10", false, CARRIER_UNREACHABLE, 20, SIZE_MAX, "11"},
        {"alone", "n10", false, CARRIER_NO_NETWORK, 10, SIZE_MAX, "1"},
        {"a failure hurries the next, not the one after", "u10 s a10", false, CARRIER_ANSWERED,
         10 + STAGGER + 10, 2, "111"},
        {"a long poll is with one", "a20000 a10", true, CARRIER_ANSWERED, 20000, 0, "10"},
        {"a long poll goes on where one fails", "u10 a20000", true, CARRIER_ANSWERED, 20010, 1,
         "11"},
};

static void the_first_answer_wins(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(firsts); i++) {
                Scene s;

                scene_begin(&s, firsts[i].acts);
                assert_case(firsts[i].name,
                            ask(&s, firsts[i].poll ? POLL_MS : SHORT_MS) == firsts[i].took_ms);
                assert_case(firsts[i].name, s.result == firsts[i].result);
                assert_case(firsts[i].name, carrier_race_winner(s.carrier) == firsts[i].winner);
                assert_case(firsts[i].name, s.wins == (firsts[i].winner != SIZE_MAX));
                for (size_t k = 0; firsts[i].tries[k]; k++)
                        assert_case(firsts[i].name,
                                    s.ways[k].tries == (unsigned)(firsts[i].tries[k] - '0'));
                scene_end(&s);
        }
}

/* The second has answered before. */
static const struct {
        const char *name, *acts;
        uint64_t took_ms;
        size_t winner;
        const char *tries;
} seconds[] = {
        {"it goes first, alone", "a10 a900", 900, 1, "01"},
        {"it is silent now", "a10 s", CARRIER_RACE_SLOW_MS + 10, 0, "11"},
        {"it fails now", "a10 u10", 20, 0, "11"},
};

static void who_has_answered_goes_first(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
                Scene s;

                scene_begin(&s, "u1 a1");
                (void)ask(&s, SHORT_MS);
                set_acts(&s, seconds[i].acts);
                assert_case(seconds[i].name, ask(&s, SHORT_MS) == seconds[i].took_ms);
                assert_case(seconds[i].name, carrier_race_winner(s.carrier) == seconds[i].winner);
                for (size_t k = 0; seconds[i].tries[k]; k++)
                        assert_case(seconds[i].name,
                                    s.ways[k].tries == (unsigned)(seconds[i].tries[k] - '0'));
                scene_end(&s);
        }
}

static void in_another_network_they_race_again(void **state)
{
        Scene s;

        scene_begin(&s, "u1 a1");
        (void)ask(&s, SHORT_MS);
        carrier_renew(s.carrier);
        set_acts(&s, "a10 a10");
        assert_int_equal(ask(&s, SHORT_MS), 10);
        assert_int_equal(carrier_race_winner(s.carrier), 0);
        assert_int_equal(s.ways[1].tries, 0);
        scene_end(&s);
}

static void what_is_cancelled_is_gone_everywhere(void **state)
{
        static const uint8_t sealed[SENT];
        Carriage *g;
        Scene s;

        scene_begin(&s, "s s s");
        assert_int_equal(
                carrier_send(s.carrier, &g, sealed, sizeof sealed, SHORT_MS, on_result, &s), 0);
        step_clock_advance(s.clock, STAGGER);
        assert_int_equal(s.ways[0].waiting + s.ways[1].waiting, 2);
        carriage_cancel(g);
        step_clock_advance(s.clock, SHORT_MS);
        assert_int_equal(s.calls, 0);
        scene_end(&s); /* asserts that nothing waits and no timer is left */
}

static void they_are_bounded(void **state)
{
        Way more[CARRIER_RACE_MAX] = {0};
        Scene s;

        scene_begin(&s, "a1");
        for (size_t i = 0; i < ARRAY_LEN(more); i++) {
                more[i].carrier.ops = &way_ops;
                assert_int_equal(carrier_race_add(s.carrier, &more[i].carrier),
                                 i + 1 < CARRIER_RACE_MAX ? 0 : -E2BIG);
        }
        scene_end(&s);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(the_first_answer_wins),
                cmocka_unit_test(who_has_answered_goes_first),
                cmocka_unit_test(in_another_network_they_race_again),
                cmocka_unit_test(what_is_cancelled_is_gone_everywhere),
                cmocka_unit_test(they_are_bounded),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
