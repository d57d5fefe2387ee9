/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong has its own end: a cloud that cannot be reached, one that forges its roster
 * after a restart (all other lies are in test-liar.c), a veto.
 */
#include "world.h"

#include "src/base/log.h"
#include "step-clock.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { PEOPLE = 3, WINDOW_S = 10, VETO_MS = 5000 };

static World *begin(const char *seed)
{
        World *w = NULL;

        fixed_random(seed);
        assert_int_equal(world_new(&w, 1, PEOPLE, ":memory:"), 0);
        return w;
}

static World *begin_deaf(const char *seed, int from, int to)
{
        World *w = begin(seed);
        MediumRule rule = {from, to, 0, 0, 1000};

        assert_int_equal(medium_rule(w->medium, &rule), 0);
        return w;
}

static int count_row(void *userdata, uint64_t number, uint32_t uid)
{
        ++*(size_t *)userdata;
        return 0;
}

static int count_card(void *userdata, const Id *member, const char *vcard)
{
        ++*(size_t *)userdata;
        return 0;
}

static size_t cards_of(const SimPress *p)
{
        size_t n = 0;

        assert_int_equal(daemon_store_card_walk(p->terminal->store, p->number, count_card, &n), 0);
        return n;
}

static void assert_no_trace(const SimPress *p)
{
        size_t rows = 0;

        assert_int_equal(
                daemon_store_exchange_walk_unfinished(p->terminal->store, count_row, &rows), 0);
        assert_int_equal(rows, 0);
        assert_int_equal(cards_of(p), 0);
        assert_false(medium_radio_on(p->terminal->radio));
}

/* ---- close ---- */

static void note_result(void *userdata, int result)
{
        *(int *)userdata = result;
}

/* The opener, who is alone, closes. The answer and the news that nobody else came are on their way
 * at once, and either may be first: what was asked for is done. */
static void a_close_is_done_whichever_news_comes_first(void **state)
{
        enum { ROUNDS = 200, NOT_ANSWERED = -1 };
        static const NetWeather weather = {1, 400, 0, 0, CARRIER_ANSWERED};
        unsigned news_first = 0, wrong = 0;

        for (unsigned i = 0; i < ROUNDS; i++) {
                int result = NOT_ANSWERED;
                SimPress *p;
                World *w;

                assert_int_equal(world_new(&w, i + 1, 1, ":memory:"), 0);
                net_set_weather(w->net, &weather);
                assert_int_equal(world_press(w, 0, 0, 0, "4821", 60, 0, &p), 0);
                world_run(w, 8000);
                assert_int_equal(exchange_state(p->exchange), EXCHANGE_GATHERING);
                exchange_close(p->exchange, note_result, &result);
                while (result == NOT_ANSWERED)
                        world_run(w, 1);
                news_first += p->ended == EXCHANGE_FAILED;
                wrong += result != 0;
                world_settle(w, 60 * 1000);
                assert_int_equal(p->error, EXCHANGE_E_ALONE);
                world_free(w);
        }
        print_message("the news came first in %u of %u, %u were answered with an error\n",
                      news_first, (unsigned)ROUNDS, wrong);
        assert_in_range(news_first, 1, ROUNDS - 1);
        assert_int_equal(wrong, 0);
}

enum { LONG_WINDOW_S = 300, GIVEN_UP_MS = 10 * 1000, SILENT_MS = 12 * 1000 + 30 * 1000 };

/* All gather. Nobody hears anybody, or could help; secret words tell who belongs together. */
static World *begin_gathering(const char *seed, SimPress *p[static PEOPLE])
{
        World *w = begin_deaf(seed, MEDIUM_ANY, MEDIUM_ANY);

        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(
                        world_press(w, i, 0, 0, "4821 maple tiger", LONG_WINDOW_S, 0, &p[i]), 0);
        world_run(w, 8000);
        assert_true(exchange_opener(p[0]->exchange));
        return w;
}

/* Returns how long the opener waited for the answer to her wish to close. */
static uint64_t close_and_wait(World *w, const SimPress *opener, int *ret_result)
{
        enum { NOT_ANSWERED = -1 };
        uint64_t began_ms = clock_now(w->clock);

        *ret_result = NOT_ANSWERED;
        exchange_close(opener->exchange, note_result, ret_result);
        while (*ret_result == NOT_ANSWERED)
                assert_true(step_clock_next(w->clock));
        return clock_now(w->clock) - began_ms;
}

/* While it waits there, the way shows for some time no sign that it lives. */
static void a_close_outlasts_a_full_queue(void **state)
{
        static const uint32_t queues_ms[] = {10 * 1000, 22500, 30 * 1000};

        for (size_t i = 0; i < ARRAY_LEN(queues_ms); i++) {
                SimPress *p[PEOPLE];
                World *w = begin_gathering("full queue", p);
                uint32_t takes_ms = 2 * queues_ms[i];
                int result;

                net_set_queue(w->net, 0, queues_ms[i]);
                assert_in_range(close_and_wait(w, p[0], &result), takes_ms, takes_ms + 2000);
                assert_int_equal(result, 0);
                net_set_queue(w->net, 0, 0);
                world_run(w, 10 * 60 * 1000);
                for (unsigned j = 0; j < PEOPLE; j++)
                        assert_int_equal(cards_of(p[j]), PEOPLE - 1);
                world_free(w);
        }
}

/* A quick way that answers nothing is known to be dead after seconds. */
static void a_close_ends_when_the_cloud_is_gone(void **state)
{
        static const NetWeather gone = {1, 5, 1000, 0, CARRIER_ANSWERED};
        static const struct {
                uint32_t queue_ms, least_ms, most_ms;
        } rows[] = {
                {0, GIVEN_UP_MS, GIVEN_UP_MS},
                {22500, GIVEN_UP_MS + 1000, SILENT_MS + 500},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                SimPress *p[PEOPLE];
                World *w = begin_gathering("gone", p);
                int result;

                net_set_queue(w->net, 0, rows[i].queue_ms);
                net_set_weather(w->net, &gone);
                assert_in_range(close_and_wait(w, p[0], &result), rows[i].least_ms,
                                rows[i].most_ms);
                assert_int_equal(result, EXCHANGE_R_UNREACHABLE);
                assert_int_equal(exchange_state(p[0]->exchange), EXCHANGE_GATHERING);
                world_free(w);
        }
}

/* ---- no way to the cloud ---- */

static const struct {
        const char *name;
        CarrierResult failure;
        ExchangeError error;
} failures[] = {
        {"no network", CARRIER_NO_NETWORK, EXCHANGE_E_NO_NETWORK},
        {"cloud down", CARRIER_UNREACHABLE, EXCHANGE_E_UNREACHABLE},
        {"certificate", CARRIER_TLS, EXCHANGE_E_TLS},
        {"cloud with another key", CARRIER_REFUSED, EXCHANGE_E_OTHER_KEY},
        {"busy cloud", CARRIER_BUSY, EXCHANGE_E_CLOUD_REFUSED},
};

static void unreachable_cloud_has_its_own_error(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
                World *w = begin(failures[i].name);
                NetWeather weather = {1, 5, 0, 0, failures[i].failure};
                SimPress *p;

                net_set_weather(w->net, &weather);
                assert_int_equal(world_press(w, 0, 0, 0, "4821", WINDOW_S, 0, &p), 0);
                world_run(w, 19 * 1000);
                assert_int_equal(p->ended, EXCHANGE_LISTENING);
                world_run(w, 4 * 1000);
                if (p->ended != EXCHANGE_FAILED || p->error != failures[i].error)
                        fail_msg("%s: state %d, error %d", failures[i].name, (int)p->ended,
                                 (int)p->error);
                assert_no_trace(p);
                world_free(w);
        }
}

/* A cloud that comes back in time is all the user ever notices. */
static void cloud_back_in_time(void **state)
{
        World *w = begin("back");
        SimPress *p[2];

        world_kill_cloud(w);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(world_press(w, i, 0, 0, "4821", 6 * WINDOW_S, 0, &p[i]), 0);
        world_run(w, 10 * 1000);
        assert_int_equal(world_start_cloud(w), 0);
        world_run(w, 90 * 1000);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(cards_of(p[i]), 1);
        }
        world_free(w);
}

/* Terminals heard while the serial is on its way to the cloud and back are reported afterwards. */
static void heard_while_joining(void **state)
{
        World *w = begin("slow");
        NetWeather slow = {600, 600, 0, 0, CARRIER_ANSWERED};
        SimPress *p[2];

        net_set_weather(w->net, &slow);
        assert_int_equal(world_press(w, 0, 0, 0, "4821", 6 * WINDOW_S, 0, &p[0]), 0);
        world_run(w, 1500); /* its serial is under way */
        assert_false(p[0]->gathered);
        assert_int_equal(world_press(w, 1, 0, 0, "4821", 6 * WINDOW_S, 0, &p[1]), 0);
        world_run(w, 15 * 1000);
        for (unsigned i = 0; i < 2; i++) {
                Neighbourhood *n = exchange_neighbourhood(p[i]->exchange);

                assert_int_equal(neighbourhood_count(n), 1);
                assert_true(neighbourhood_get(n, 0)->mutual);
        }
        world_free(w);
}

static void nobody_else_came(void **state)
{
        World *w = begin("alone");
        SimPress *p;

        assert_int_equal(world_press(w, 0, 0, 0, "4821", WINDOW_S, 0, &p), 0);
        world_run(w, 30 * 1000);
        assert_int_equal(p->ended, EXCHANGE_FAILED);
        assert_int_equal(p->error, EXCHANGE_E_ALONE);
        assert_no_trace(p);
        world_free(w);
}

/* ---- two seconds late ---- */

/* Two close; the third presses two seconds later. Returns what it is told three seconds after. */
static ExchangeElsewhere told_who_is_late(World *w, int place, ExchangeError end)
{
        SimPress *p[PEOPLE];
        ExchangeElsewhere told;
        int closed = 1;

        w->listens = true;
        for (unsigned j = 0; j < 2; j++)
                assert_int_equal(world_press(w, j, 0, 0, "4821", WINDOW_S, VETO_MS, &p[j]), 0);
        world_run(w, 4000);
        exchange_close(p[0]->exchange, note_result, &closed);
        world_run(w, 2000);
        assert_int_equal(closed, 0);
        assert_in_range(exchange_state(p[1]->exchange), EXCHANGE_OPENING, EXCHANGE_RELEASING);
        assert_int_equal(world_press(w, 2, 0, place, "4821", WINDOW_S, VETO_MS, &p[2]), 0);
        world_run(w, 3000);
        assert_int_equal(exchange_state(p[2]->exchange), EXCHANGE_GATHERING);
        told = exchange_elsewhere(p[2]->exchange);
        world_run(w, 30 * 1000);
        assert_int_equal(p[0]->ended, EXCHANGE_DELIVERED);
        assert_int_equal(p[1]->ended, EXCHANGE_DELIVERED);
        assert_int_equal(p[2]->ended, EXCHANGE_FAILED);
        assert_int_equal(p[2]->error, end);
        world_free(w);
        return told;
}

/* Only where both hear each other: nobody far away learns that there was a group. */
static void who_is_late_is_told_at_once(void **state)
{
        assert_int_equal(told_who_is_late(begin("late"), 0, EXCHANGE_E_MISSED), ELSEWHERE_MISSED);
        assert_int_equal(told_who_is_late(begin("late"), 7, EXCHANGE_E_ALONE), ELSEWHERE_NOTHING);
        assert_int_equal(told_who_is_late(begin_deaf("late", 2, MEDIUM_ANY), 0, EXCHANGE_E_ALONE),
                         ELSEWHERE_NOTHING);
        assert_int_equal(told_who_is_late(begin_deaf("late", MEDIUM_ANY, 2), 0, EXCHANGE_E_ALONE),
                         ELSEWHERE_NOTHING);
}

/* ---- a cloud that lies ---- */

static World *liar; /* its store tells the lie */

static int forge_roster(Store *s, int64_t group, Roster **ret)
{
        int r = liar->store_ops->roster_get(s, group, ret);

        if (r == 0)
                (*ret)->signature[0] ^= 1;
        return r;
}

/* Another roster than the one that was fixed, rightly signed, after a restart. */
static void roster_does_not_change(void **state)
{
        SimPress *p[PEOPLE];

        liar = begin("another roster");
        for (unsigned j = 0; j < PEOPLE; j++)
                assert_int_equal(world_press(liar, j, 0, 0, "4821", WINDOW_S, 60 * 1000, &p[j]), 0);
        world_run(liar, 20 * 1000);
        assert_int_equal(exchange_state(p[0]->exchange), EXCHANGE_RELEASING);
        terminal_kill(&liar->terminals[0]);
        liar->noting_ops.roster_get = forge_roster;
        assert_int_equal(terminal_start(&liar->terminals[0]), 0);
        world_run(liar, 10 * 1000);
        assert_int_equal(p[0]->ended, EXCHANGE_FAILED);
        assert_int_equal(p[0]->error, EXCHANGE_E_GROUP_REFUSED);
        assert_no_trace(p[0]);
        world_free(liar);
}

/* A veto gives nothing away and gets nothing; the others are not held up. */
static void veto_in_the_countdown(void **state)
{
        World *w = begin("veto");
        SimPress *p[PEOPLE];

        for (unsigned j = 0; j < PEOPLE; j++)
                assert_int_equal(world_press(w, j, 0, 0, "4821", WINDOW_S, VETO_MS, &p[j]), 0);
        while (exchange_state(p[0]->exchange) < EXCHANGE_RELEASING)
                world_run(w, 10);
        world_run(w, 1000);
        assert_int_equal(exchange_veto(p[0]->exchange), 0);
        p[0]->has_left = true;
        world_run(w, 60 * 1000);
        assert_int_equal(p[0]->ended, EXCHANGE_LEFT);
        assert_no_trace(p[0]);
        for (unsigned j = 1; j < PEOPLE; j++) {
                assert_int_equal(p[j]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(cards_of(p[j]), PEOPLE - 2);
        }
        world_free(w);
}

/* ---- the card is out ---- */

static void begin_people(World *w, SimPress *p[], unsigned n, uint32_t veto_ms)
{
        static const NetWeather delays = {50, 100, 0, 0, CARRIER_ANSWERED};

        net_set_weather(w->net, &delays);
        for (unsigned j = 0; j < n; j++)
                assert_int_equal(world_press(w, j, 0, 0, "4821", WINDOW_S, veto_ms, &p[j]), 0);
        for (unsigned j = 0; j < n; j++)
                while (exchange_state(p[j]->exchange) < EXCHANGE_RELEASING)
                        world_run(w, 10);
}

static void run_until_released(World *w, const SimPress *p)
{
        for (unsigned i = 0; i < 10000 && !exchange_card_released(p->exchange); i++)
                world_run(w, 10);
        assert_true(exchange_card_released(p->exchange));
}

/* The release is durable before anybody can see it: after a crash at that moment the user is not
 * told that the card could still be kept. */
static void release_outlives_a_crash(void **state)
{
        World *w = begin("release and crash");
        SimPress *p[2];

        begin_people(w, p, 2, VETO_MS);
        run_until_released(w, p[0]);
        assert_int_equal(p[0]->ended, EXCHANGE_LISTENING);
        terminal_kill(p[0]->terminal);
        assert_int_equal(terminal_start(p[0]->terminal), 0);
        assert_true(exchange_card_released(p[0]->exchange));
        assert_int_equal(exchange_veto(p[0]->exchange), EXCHANGE_R_WRONG_STATE);
        world_run(w, 60 * 1000);
        for (unsigned j = 0; j < 2; j++)
                assert_int_equal(cards_of(p[j]), 1);
        world_free(w);
}

static int count_entry(void *userdata, const ExchangeSummary *e)
{
        ++*(size_t *)userdata;
        return 0;
}

static size_t history_of(const SimPress *p)
{
        size_t n = 0;

        assert_int_equal(daemon_store_history(p->terminal->store, 1000, count_entry, &n), 0);
        return n;
}

/* Before the release leaving leaves no trace. After it, what has come stays, and the history says
 * to whom the card went. */
static void leaving_after_the_release_is_remembered(void **state)
{
        for (unsigned released = 0; released < 2; released++) {
                World *w = begin("leave");
                SimPress *p[2];

                begin_people(w, p, 2, released ? VETO_MS : 60 * 1000);
                assert_false(exchange_card_released(p[0]->exchange));
                if (released)
                        run_until_released(w, p[0]);
                assert_int_equal(exchange_leave(p[0]->exchange), 0);
                assert_int_equal(exchange_card_released(p[0]->exchange), released);
                assert_int_equal(history_of(p[0]), released);
                p[0]->has_left = true;
                world_run(w, 90 * 1000);
                assert_true(released || cards_of(p[1]) == 0);
                world_free(w);
        }
}

/* Whoever leaves while the line is away is told of as soon as it is back, or the others would wait
 * for her in vain. */
static void leaving_is_told_until_it_is_heard(void **state)
{
        static const NetWeather dead = {1, 5, 1000, 0, CARRIER_ANSWERED}, fine = {1, 5, 0, 0, 0};
        World *w = begin("leave without a line");
        SimPress *p[2];

        for (unsigned j = 0; j < 2; j++)
                assert_int_equal(world_press(w, j, 0, 0, "4821", 5 * 60, VETO_MS, &p[j]), 0);
        while (exchange_member_count(p[1]->exchange) < 2)
                world_run(w, 100);
        net_set_weather(w->net, &dead);
        assert_int_equal(exchange_leave(p[0]->exchange), 0);
        p[0]->has_left = true;
        world_run(w, 90 * 1000);
        assert_int_equal(exchange_member_count(p[1]->exchange), 2);
        net_set_weather(w->net, &fine);
        world_run(w, 30 * 1000);
        assert_int_equal(exchange_member_count(p[1]->exchange), 1);
        world_free(w);
}

/* A card that has come stays when one leaves later. */
static void cards_stay_when_leaving(void **state)
{
        World *w = begin("leave with cards");
        SimPress *p[PEOPLE];

        for (unsigned j = 0; j < PEOPLE; j++)
                assert_int_equal(world_press(w, j, 0, 0, "4821", WINDOW_S,
                                             j == 2 ? 10 * 60 * 1000 : VETO_MS, &p[j]),
                                 0);
        while (exchange_state(p[0]->exchange) < EXCHANGE_RELEASING || cards_of(p[0]) == 0)
                world_run(w, 100);
        assert_int_equal(p[0]->ended, EXCHANGE_LISTENING);
        assert_int_equal(exchange_leave(p[0]->exchange), 0);
        assert_int_equal(exchange_state(p[0]->exchange), EXCHANGE_DELIVERED);
        assert_int_equal(cards_of(p[0]), 1);
        assert_int_equal(history_of(p[0]), 1);
        world_free(w);
}

/* ---- comparing ---- */

static void countdown_waits_for_who_compares(void **state)
{
        World *w = begin("hold");
        SimPress *p[2];

        begin_people(w, p, 2, VETO_MS);
        assert_int_equal(exchange_hold(p[0]->exchange, true), 0);
        world_run(w, 60 * 1000);
        assert_true(exchange_held(p[0]->exchange));
        assert_false(exchange_card_released(p[0]->exchange));
        assert_int_equal(exchange_confirm_phrase(p[0]->exchange, true), 0);
        assert_false(exchange_held(p[0]->exchange));
        world_run(w, 60 * 1000);
        assert_int_equal(exchange_hold(p[0]->exchange, true), EXCHANGE_R_WRONG_STATE);
        for (unsigned j = 0; j < 2; j++)
                assert_int_equal(cards_of(p[j]), 1);
        assert_int_equal(exchange_level(p[0]->exchange), LEVEL_COMPARED);
        world_free(w);
}

/* The other of two is told why nobody is left. */
static void mismatch_is_told(void **state)
{
        World *w = begin("mismatch");
        SimPress *p[2];

        begin_people(w, p, 2, VETO_MS);
        assert_int_equal(exchange_confirm_phrase(p[0]->exchange, false), 0);
        p[0]->has_left = true;
        world_run(w, 60 * 1000);
        assert_int_equal(p[0]->ended, EXCHANGE_LEFT);
        assert_no_trace(p[0]);
        assert_int_equal(p[1]->ended, EXCHANGE_FAILED);
        assert_int_equal(p[1]->error, EXCHANGE_E_PHRASE_DIFFERS);
        assert_no_trace(p[1]);
        world_free(w);
}

/* Of several, each decides: its countdown stands until it has compared, too. */
static void mismatch_stops_the_countdown(void **state)
{
        World *w = begin("mismatch of three");
        const ExchangeMember *members;
        SimPress *p[PEOPLE];
        unsigned differs = 0;

        begin_people(w, p, PEOPLE, VETO_MS);
        assert_int_equal(exchange_confirm_phrase(p[0]->exchange, false), 0);
        p[0]->has_left = true;
        world_run(w, 60 * 1000);
        for (unsigned j = 1; j < PEOPLE; j++) {
                assert_true(exchange_held(p[j]->exchange));
                assert_false(exchange_card_released(p[j]->exchange));
                for (size_t i = exchange_members(p[j]->exchange, &members); i-- > 0;)
                        differs += members[i].progress == MEMBER_DISPUTES;
                assert_int_equal(exchange_confirm_phrase(p[j]->exchange, true), 0);
        }
        assert_int_equal(differs, PEOPLE - 1);
        world_run(w, 60 * 1000);
        for (unsigned j = 1; j < PEOPLE; j++)
                assert_int_equal(cards_of(p[j]), PEOPLE - 2);
        world_free(w);
}

/* ---- the time for the openings ---- */

enum { SLOW = PEOPLE - 1, SLOW_MS = 4500, LATE_WINDOW_S = 20, OPENING_MS = 30 * 1000 };

/* Nine seconds for each request: only when the window closes it begins to upload its card. */
static void slow_member_is_waited_for(void **state)
{
        World *w = begin("slow line");
        SimPress *p[PEOPLE];

        net_set_slow(w->net, SLOW, SLOW_MS);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(world_press(w, i, 0, 0, "4821", LATE_WINDOW_S, 0, &p[i]), 0);
        world_run(w, 5 * 60 * 1000);
        for (unsigned i = 0; i < PEOPLE; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(cards_of(p[i]), PEOPLE - 1);
                assert_string_not_equal(exchange_phrase(p[i]->exchange), "");
        }
        world_free(w);
}

/* Whoever does not open costs the others so much and no more. */
static void missing_opening_costs_half_a_minute(void **state)
{
        World *w = begin("no opening");
        SimPress *p[PEOPLE];
        uint64_t closed_ms;

        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(world_press(w, i, 0, 0, "4821", WINDOW_S, 0, &p[i]), 0);
        world_run(w, 8 * 1000);
        assert_int_equal(exchange_state(p[SLOW]->exchange), EXCHANGE_GATHERING);
        terminal_kill(p[SLOW]->terminal);
        while (exchange_state(p[0]->exchange) < EXCHANGE_OPENING)
                assert_true(step_clock_next(w->clock));
        closed_ms = clock_now(w->clock);
        while (exchange_state(p[0]->exchange) < EXCHANGE_PROVING)
                assert_true(step_clock_next(w->clock));
        assert_in_range(clock_now(w->clock) - closed_ms, OPENING_MS - 1000, OPENING_MS + 1000);
        world_run(w, 5 * 60 * 1000);
        for (unsigned i = 0; i < SLOW; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(cards_of(p[i]), PEOPLE - 2);
        }
        world_free(w);
}

/* ---- a way that loses much ---- */

/* Of the cards that each should get of the others in its group: how many are not in its list when
 * its exchange ends. */
static size_t cards_missing_at_the_end(uint64_t seed, const NetWeather *weather)
{
        size_t missing = 0, ended = 0;
        SimPress *p[PEOPLE];
        World *w = NULL;
        bool counted[PEOPLE] = {};

        assert_int_equal(world_new(&w, seed, PEOPLE, ":memory:"), 0);
        net_set_weather(w->net, weather);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(world_press(w, i, 0, 0, "4821", LATE_WINDOW_S, 0, &p[i]), 0);
        while (ended < PEOPLE && step_clock_next(w->clock))
                for (unsigned i = 0; i < PEOPLE; i++)
                        if (!counted[i] && p[i]->ended != EXCHANGE_LISTENING) {
                                counted[i] = true;
                                ended++;
                                missing -= cards_of(p[i]);
                        }
        for (size_t i = 0; i < w->n_closed; i++)
                missing += w->closed[i].n * (w->closed[i].n - 1);
        world_free(w);
        return missing;
}

/* Late rather than never, and all in the one list. */
static void who_loses_much_misses_no_card(void **state)
{
        enum { ROUNDS = 50 };
        static const NetWeather weather = {1, 7500, 0, 0, CARRIER_ANSWERED};
        size_t missing = 0;

        fixed_random("much is lost");
        for (unsigned i = 0; i < ROUNDS; i++)
                missing += cards_missing_at_the_end(i, &weather);
        print_message("%zu cards were missing\n", missing);
        assert_int_equal(missing, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(unreachable_cloud_has_its_own_error),
                cmocka_unit_test(cloud_back_in_time),
                cmocka_unit_test(heard_while_joining),
                cmocka_unit_test(nobody_else_came),
                cmocka_unit_test(who_is_late_is_told_at_once),
                cmocka_unit_test(a_close_is_done_whichever_news_comes_first),
                cmocka_unit_test(a_close_outlasts_a_full_queue),
                cmocka_unit_test(a_close_ends_when_the_cloud_is_gone),
                cmocka_unit_test(roster_does_not_change),
                cmocka_unit_test(veto_in_the_countdown),
                cmocka_unit_test(release_outlives_a_crash),
                cmocka_unit_test(leaving_after_the_release_is_remembered),
                cmocka_unit_test(leaving_is_told_until_it_is_heard),
                cmocka_unit_test(cards_stay_when_leaving),
                cmocka_unit_test(countdown_waits_for_who_compares),
                cmocka_unit_test(mismatch_is_told),
                cmocka_unit_test(mismatch_stops_the_countdown),
                cmocka_unit_test(slow_member_is_waited_for),
                cmocka_unit_test(missing_opening_costs_half_a_minute),
                cmocka_unit_test(who_loses_much_misses_no_card),
        };

        log_set_level(LOG_ERR);
        log_open("test-trouble");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
