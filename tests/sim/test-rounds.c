/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-rounds.c - how often an exchange goes to the cloud and back, one after the other: where that
 * takes seconds, each one is felt
 *
 * Time passes on the way to the cloud alone, so the time of a step is the number of its rounds.
 */
#include "step-clock.h"
#include "tests/unit/test.h"
#include "world.h"

#include "src/base/log.h"

#include <stdlib.h>

enum { ROUND_MS = 2000, LOOK_MS = 20, PATIENCE = 40 };

typedef struct Row {
        const char *name;
        size_t n;
        const char *code;
        double most_joining, most_closing;
} Row;

static const Row rows[] = {
        {"two, a party", 2, "4821", 2.1, 4.5},
        {"two, secret words", 2, "4821 maple tiger", 2.1, 6.5},
        {"eight, a party", 8, "4821", 2.1, 4.5},
        {"eight, secret words", 8, "4821 maple tiger", 2.1, 6.5},
        {"forty, secret words", 40, "4821 maple tiger", 2.1, 6.5},
};

static bool everybody(const World *w, ExchangeState state)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (exchange_state(w->presses[i]->exchange) != state)
                        return false;
        return true;
}

static double rounds_until(World *w, ExchangeState state)
{
        uint64_t begin = clock_now(w->clock);

        while (!everybody(w, state) && clock_now(w->clock) - begin < PATIENCE * ROUND_MS)
                world_run(w, LOOK_MS);
        assert_true(everybody(w, state));
        return (double)(clock_now(w->clock) - begin) / ROUND_MS;
}

static void on_closed(void *userdata, int result)
{
        assert_int_equal(result, 0);
}

static void close_by_opener(World *w)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (exchange_opener(w->presses[i]->exchange))
                        exchange_close(w->presses[i]->exchange, on_closed, NULL);
}

static void count_rounds(const Row *row)
{
        static const NetWeather slow = {.delay_min_ms = ROUND_MS / 2, .delay_max_ms = ROUND_MS / 2};
        static const MediumRule air = {MEDIUM_ANY, MEDIUM_ANY, 10, 1000, 0};
        World *w = NULL;
        double joining, closing;

        assert_int_equal(world_new(&w, 1, row->n, ":memory:"), 0);
        assert_int_equal(medium_rule(w->medium, &air), 0);
        net_set_weather(w->net, &slow);
        w->listens = false;
        for (unsigned i = 0; i < row->n; i++)
                assert_int_equal(world_press(w, i, 0, 0, row->code, 120, 0, NULL), 0);
        joining = rounds_until(w, EXCHANGE_GATHERING);
        world_run(w, 8 * ROUND_MS); /* all parts are there, and all know of all */
        close_by_opener(w);
        closing = rounds_until(w, EXCHANGE_DELIVERED);
        print_message("%s: %.2f rounds until it gathers, %.2f from the close to the last card\n",
                      row->name, joining, closing);
        assert_case(row->name, joining <= row->most_joining && closing <= row->most_closing);
        world_free(w);
}

static void test_rounds(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                count_rounds(&rows[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rounds),
        };

        if (sodium_init() < 0)
                return 1;
        log_set_level(LOG_ERR);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
