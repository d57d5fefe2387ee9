/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test-press-crowd.c - a hall presses at one instant: it is one group within three seconds, though
 * nobody can name more than 64 of those whom it hears
 *
 * Nobody has a fix, so that the radios alone say who is there.
 */
#include "tests/unit/test.h"
#include "world.h"

#include "src/base/log.h"

enum {
        GROUP_MS = 3000,   /* from the press until all know that all are members */
        DELIVER_MS = 3000, /* from the close to the last card */
        LOOK_MS = 10,
        PATIENCE_MS = 20 * 1000,
        /* from here on the serials alone no longer decide, but who has heard whom */
        LATER_MS = 10 * 1000,
};

typedef struct Row {
        const char *name;
        unsigned n;
        const char *code;
        unsigned wait_ms; /* from being one group to the close */
} Row;

static const Row rows[] = {
        {"20, a party", 20, "482193", 0},
        {"60, a party", 60, "482193", 0},
        {"200, a party", 200, "482193", 0},
        {"60, secret words", 60, "482193 maple tiger", 0},
        {"200, a party that closes later", 200, "482193", LATER_MS},
};

typedef bool (*Condition)(const World *w);

static bool one_group(const World *w)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (exchange_state(w->presses[i]->exchange) != EXCHANGE_GATHERING ||
                    exchange_member_count(w->presses[i]->exchange) != w->n_presses)
                        return false;
        return true;
}

static bool all_delivered(const World *w)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (w->presses[i]->ended != EXCHANGE_DELIVERED)
                        return false;
        return true;
}

/* Who has how many beside it: of a crowd that did not become one. */
static void describe(const World *w)
{
        for (size_t i = 0; i < w->n_presses; i++)
                print_error("  %s: %s, error %d, members %u\n", w->presses[i]->name,
                            exchange_state_name(exchange_state(w->presses[i]->exchange)),
                            (int)exchange_error(w->presses[i]->exchange),
                            exchange_member_count(w->presses[i]->exchange));
}

static unsigned ms_until(World *w, Condition holds)
{
        uint64_t begin = clock_now(w->clock);

        while (!holds(w) && clock_now(w->clock) - begin < PATIENCE_MS)
                world_run(w, LOOK_MS);
        if (!holds(w))
                describe(w);
        assert_true(holds(w));
        return (unsigned)(clock_now(w->clock) - begin);
}

static void on_closed(void *userdata, int result)
{
        assert_int_equal(result, 0);
}

static void close_by_opener(World *w)
{
        unsigned openers = 0;

        for (size_t i = 0; i < w->n_presses; i++) {
                if (!exchange_opener(w->presses[i]->exchange))
                        continue;
                openers++;
                exchange_close(w->presses[i]->exchange, on_closed, NULL);
        }
        assert_int_equal(openers, 1);
}

static void check_cards(const World *w)
{
        for (size_t i = 0; i < w->n_presses; i++)
                assert_int_equal(world_cards_of(w->presses[i]), w->n_presses - 1);
        assert_int_equal(w->n_closed, 1);
        assert_int_equal(w->closed[0].n, w->n_presses);
        assert_null(w->violation);
}

/* What one says comes to all at one moment, as multicast does: all hear the same ones first. */
static void set_air(World *w)
{
        for (int i = 0; i < (int)w->n_terminals; i++) {
                uint32_t ms = chance_between(&w->chance, 50, 900);
                MediumRule rule = {i, MEDIUM_ANY, ms, ms, 0};

                assert_int_equal(medium_rule(w->medium, &rule), 0);
        }
}

static void press_at_once(const Row *row)
{
        static const NetWeather near = {.delay_min_ms = 5, .delay_max_ms = 40};
        unsigned grouped, carded;
        World *w = NULL;

        assert_int_equal(world_new(&w, row->n, row->n, ":memory:"), 0);
        set_air(w);
        net_set_weather(w->net, &near);
        w->indoors = true;
        for (unsigned i = 0; i < row->n; i++)
                assert_int_equal(world_press(w, i, 0, 0, row->code, 60, 0, NULL), 0);
        grouped = ms_until(w, one_group);
        world_run(w, row->wait_ms);
        close_by_opener(w);
        carded = ms_until(w, all_delivered);
        print_message("%s: one group after %.2f s, the last card %.2f s after the close\n",
                      row->name, grouped / 1e3, carded / 1e3);
        check_cards(w);
        assert_case(row->name, grouped <= GROUP_MS && carded <= DELIVER_MS);
        world_free(w);
}

static void test_press_at_once(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++)
                press_at_once(&rows[i]);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_press_at_once),
        };

        if (sodium_init() < 0)
                return 1;
        log_set_level(LOG_ERR);
        return cmocka_run_group_tests(tests, NULL, NULL);
}
