/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Secret words: with a proof a member gets everybody's card, without it nothing, not even a
 * name, and holds nobody up.
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

enum { WINDOW_S = 10, VETO_MS = 1000, PEOPLE_MAX = 8, ENOUGH_MS = 5 * 60 * 1000 };

#define RIGHT "4821 maple tiger"
#define WRONG "4821 tiger maple"
#define WRONG_2 "4821 tiger tiger"
#define WRONG_3 "4821 maple"
#define DIGITS "4821"

/* How a press ends: with how many cards, or by which error. */
typedef struct Person {
        const char *code;
        size_t cards;
        ExchangeError error;
} Person;

typedef struct Case {
        const char *name;
        Person people[PEOPLE_MAX]; /* the first opens */
} Case;

static const Case cases[] = {
        {"two", {{RIGHT, 1, 0}, {RIGHT, 1, 0}}},
        {"five", {{RIGHT, 4, 0}, {RIGHT, 4, 0}, {RIGHT, 4, 0}, {RIGHT, 4, 0}, {RIGHT, 4, 0}}},
        {"the other of two is wrong",
         {{RIGHT, 0, EXCHANGE_E_NOT_PROVEN}, {WRONG, 0, EXCHANGE_E_NOT_PROVEN}}},
        {"one is wrong",
         {{RIGHT, 2, 0}, {RIGHT, 2, 0}, {WRONG, 0, EXCHANGE_E_NOT_PROVEN}, {RIGHT, 2, 0}}},
        {"the opener is wrong", {{WRONG, 0, EXCHANGE_E_NOT_PROVEN}, {RIGHT, 1, 0}, {RIGHT, 1, 0}}},
        {"two are wrong",
         {{RIGHT, 1, 0},
          {WRONG, 0, EXCHANGE_E_NOT_PROVEN},
          {RIGHT, 1, 0},
          {WRONG_2, 0, EXCHANGE_E_NOT_PROVEN}}},
        {"three are wrong",
         {{RIGHT, 0, EXCHANGE_E_CODE_BURNED},
          {WRONG, 0, EXCHANGE_E_NOT_PROVEN}, /* without the key they cannot believe it */
          {RIGHT, 0, EXCHANGE_E_CODE_BURNED},
          {WRONG_2, 0, EXCHANGE_E_NOT_PROVEN},
          {WRONG_3, 0, EXCHANGE_E_NOT_PROVEN}}},
        {"two have the same other words",
         {{RIGHT, 1, 0},
          {DIGITS " maple maple", 1, 0},
          {RIGHT, 1, 0},
          {DIGITS " maple maple", 1, 0}}},
        {"a stranger with the digits",
         {{RIGHT, 1, 0}, {RIGHT, 1, 0}, {DIGITS, 0, EXCHANGE_E_NOT_PROVEN}}},
        {"a stranger with the digits has opened",
         {{DIGITS, 0, EXCHANGE_E_NOT_PROVEN}, {RIGHT, 1, 0}, {RIGHT, 1, 0}}},
        {"a party beside a group with words",
         {{DIGITS, 1, 0}, {RIGHT, 1, 0}, {DIGITS, 1, 0}, {RIGHT, 1, 0}}},
};

static size_t names_at(const SimPress *p)
{
        const ExchangeMember *others;
        size_t n = exchange_members(p->exchange, &others), named = 0;

        for (size_t i = 0; i < n; i++)
                named += others[i].name[0] != '\0';
        return named;
}

static int count_group_key(const MessageRow *m, void *userdata)
{
        *(size_t *)userdata += m->kind == PB_MESSAGE_GROUP_KEY && !m->to_all;
        return 0;
}

/* Group keys under way to this member, in whatever form. */
static size_t keys_sent_to(World *w, const SimPress *p)
{
        Store *s = w->nodes[0].store;
        MemberRow m;
        size_t n = 0;

        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_member_get(s, &p->member, &m), 0);
        assert_int_equal(
                store_messages_walk(s, m.group, &p->member, 0, SIZE_MAX >> 1, count_group_key, &n),
                0);
        assert_int_equal(store_commit(s), 0);
        return n;
}

static size_t press_all(World *w, const Case *c, SimPress *p[static PEOPLE_MAX])
{
        size_t n = 0;

        for (; n < PEOPLE_MAX && c->people[n].code; n++) {
                assert_int_equal(world_press(w, (unsigned)n, 0, 0, c->people[n].code, WINDOW_S,
                                             VETO_MS, &p[n]),
                                 0);
                world_run(w, 100);
        }
        return n;
}

static void check(World *w, const Case *c, size_t i, const SimPress *p)
{
        const Person *person = &c->people[i];
        bool words = strcmp(person->code, DIGITS) != 0, proven = words && person->cards > 0;

        if (world_cards_of(p) != person->cards || p->error != person->error)
                fail_msg("%s: person %zu has %zu cards, error %d, state %s", c->name, i,
                         world_cards_of(p), (int)p->error,
                         exchange_state_name(exchange_state(p->exchange)));
        assert_int_equal(p->ended, person->cards > 0 ? EXCHANGE_DELIVERED : EXCHANGE_FAILED);
        assert_int_equal(exchange_level(p->exchange), proven ? LEVEL_PROVEN : LEVEL_UNCHECKED);
        if (person->error != EXCHANGE_E_CODE_BURNED)
                assert_int_equal(names_at(p), person->cards);
        if (words && person->cards == 0 && strcmp(person->code, RIGHT) != 0)
                assert_int_equal(keys_sent_to(w, p), 0);
}

static void who_gets_what(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                SimPress *p[PEOPLE_MAX];
                World *w = NULL;
                size_t n;

                fixed_random(cases[i].name);
                assert_int_equal(world_new(&w, i + 1, PEOPLE_MAX, ":memory:"), 0);
                n = press_all(w, &cases[i], p);
                world_run(w, ENOUGH_MS);
                for (size_t j = 0; j < n; j++)
                        check(w, &cases[i], j, p[j]);
                (void)world_free(w);
        }
}

/* Everybody in a large group has everybody's card, proven. What it costs is for bench-exchange. */
static void crowds_complete(void **state)
{
        static const unsigned sizes[] = {30, 200};
        static const MediumRule air = {MEDIUM_ANY, MEDIUM_ANY, 10, 1000, 0}; /* all hear all */

        for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
                SimPress *p[200];
                World *w = NULL;
                unsigned n = sizes[i];

                fixed_random("crowd");
                assert_int_equal(world_new(&w, n, n, ":memory:"), 0);
                assert_int_equal(medium_rule(w->medium, &air), 0);
                for (unsigned j = 0; j < n; j++)
                        assert_int_equal(world_press(w, j, 0, 0, RIGHT, WINDOW_S, VETO_MS, &p[j]),
                                         0);
                world_run(w, ENOUGH_MS);
                for (unsigned j = 0; j < n; j++) {
                        if (p[j]->ended != EXCHANGE_DELIVERED || world_cards_of(p[j]) != n - 1)
                                fail_msg("%u of %u has %zu cards, error %d, state %s", j, n,
                                         world_cards_of(p[j]), (int)p[j]->error,
                                         exchange_state_name(exchange_state(p[j]->exchange)));
                        assert_int_equal(exchange_level(p[j]->exchange), LEVEL_PROVEN);
                        assert_int_equal(names_at(p[j]), n - 1);
                }
                (void)world_free(w);
        }
}

/* ---- a bad way ---- */

/* Of the cards of others in its group: how many each has not got when its exchange ends. */
static size_t cards_missing(World *w, SimPress *const p[static 3])
{
        size_t missing = 0;

        for (unsigned i = 0; i < 3; i++) {
                while (p[i]->ended == EXCHANGE_LISTENING)
                        assert_true(step_clock_next(w->clock));
                missing -= world_cards_of(p[i]);
        }
        for (size_t i = 0; i < w->n_closed; i++)
                missing += w->closed[i].n * (w->closed[i].n - 1);
        return missing;
}

static void press_three(World *w, SimPress *p[static 3])
{
        for (unsigned i = 0; i < 3; i++)
                assert_int_equal(world_press(w, i, 0, 0, RIGHT, WINDOW_S, 0, &p[i]), 0);
}

/* Nothing of before tells how long the proof takes: five ways of four seconds each, and the same
 * for the card key. */
static void who_proves_slowly_is_waited_for(void **state)
{
        static const NetWeather slow = {4000, 4000, 0, 0, CARRIER_ANSWERED};
        SimPress *p[3];
        World *w = NULL;

        fixed_random("slow");
        assert_int_equal(world_new(&w, 1, 3, ":memory:"), 0);
        press_three(w, p);
        while (exchange_state(p[0]->exchange) < EXCHANGE_OPENING)
                assert_true(step_clock_next(w->clock));
        net_set_weather(w->net, &slow);
        assert_int_equal(cards_missing(w, p), 0);
        world_free(w);
}

/* All are cut off for longer than a proof usually takes, and the third is slow: what it was not
 * asked it cannot have answered. */
static void nobody_is_given_up_unasked(void **state)
{
        static const NetWeather dead = {1, 5, 1000, 0, CARRIER_ANSWERED}, fine = {1, 5, 0, 0, 0};
        SimPress *p[3];
        World *w = NULL;

        fixed_random("cut off");
        assert_int_equal(world_new(&w, 1, 3, ":memory:"), 0);
        press_three(w, p);
        while (exchange_state(p[0]->exchange) < EXCHANGE_RELEASING)
                assert_true(step_clock_next(w->clock));
        net_set_weather(w->net, &dead);
        world_run(w, 25 * 1000);
        net_set_weather(w->net, &fine);
        net_set_slow(w->net, 2, 3000);
        while (p[0]->ended == EXCHANGE_LISTENING)
                assert_true(step_clock_next(w->clock));
        assert_int_equal(world_cards_of(p[0]), 2);
        world_free(w);
}

static void who_loses_much_proves_late(void **state)
{
        enum { ROUNDS = 50 };
        static const NetWeather weather = {1, 7500, 0, 0, CARRIER_ANSWERED};
        size_t missing = 0;

        fixed_random("much is lost");
        for (unsigned i = 0; i < ROUNDS; i++) {
                SimPress *p[3];
                World *w = NULL;

                assert_int_equal(world_new(&w, i, 3, ":memory:"), 0);
                net_set_weather(w->net, &weather);
                press_three(w, p);
                missing += cards_missing(w, p);
                world_free(w);
        }
        print_message("%zu cards were missing\n", missing);
        assert_int_equal(missing, 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_gets_what),
                cmocka_unit_test(crowds_complete),
                cmocka_unit_test(who_proves_slowly_is_waited_for),
                cmocka_unit_test(nobody_is_given_up_unasked),
                cmocka_unit_test(who_loses_much_proves_late),
        };

        log_set_level(LOG_ERR); /* HUDDLE_LOG says otherwise */
        log_open("test-words");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
