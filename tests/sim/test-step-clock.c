/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "step-clock.h"
#include "tests/unit/test.h"

enum { TIMERS = 300 };

typedef struct Log {
        Clock *clock;
        uint64_t seen[TIMERS];
        size_t n;
        Timer *victim;
        Timer *again;
} Log;

static void record(void *userdata)
{
        Log *l = userdata;

        l->seen[l->n++] = clock_now(l->clock);
}

static void record_and_kill(void *userdata)
{
        Log *l = userdata;

        record(l);
        l->victim = timer_free(l->victim);
}

static void record_and_repeat(void *userdata)
{
        Log *l = userdata;

        record(l);
        if (l->n < 3)
                assert_int_equal(clock_restart(l->clock, &l->again, 10, record_and_repeat, l), 0);
}

static void test_order(void **state)
{
        _cleanup_(step_clock_freep) Clock *c = NULL;
        Timer *timers[TIMERS];
        Log l = {0};

        assert_int_equal(step_clock_new(&c, 5), 0);
        l.clock = c;
        for (size_t i = 0; i < TIMERS; i++)
                assert_int_equal(clock_timer(c, &timers[i], 1000 + i * 7919 % 251, record, &l), 0);
        for (size_t i = 0; i < TIMERS; i += 3) /* out of the middle of the heap */
                timers[i] = timer_free(timers[i]);
        assert_int_equal(l.n, 0);
        step_clock_advance(c, 1000);
        assert_int_equal(l.n, TIMERS - TIMERS / 3);
        for (size_t i = 1; i < l.n; i++)
                assert_true(l.seen[i - 1] <= l.seen[i]);
        assert_int_equal(clock_now(c), 2000);
        assert_int_equal(clock_wall(c), 1005);
        for (size_t i = 0; i < TIMERS; i++)
                timer_free(timers[i]);
}

static void test_freed_timer_stays_silent(void **state)
{
        _cleanup_(step_clock_freep) Clock *c = NULL;
        Timer *killer = NULL;
        Log l = {0};

        assert_int_equal(step_clock_new(&c, 0), 0);
        l.clock = c;
        assert_int_equal(clock_timer(c, &killer, 1005, record_and_kill, &l), 0);
        assert_int_equal(clock_timer(c, &l.victim, 1005, record, &l), 0);
        step_clock_advance(c, 5);
        assert_int_equal(l.n, 1);
        timer_free(killer);
}

static void test_repeats_within_one_advance(void **state)
{
        _cleanup_(step_clock_freep) Clock *c = NULL;
        Log l = {0};

        assert_int_equal(step_clock_new(&c, 0), 0);
        l.clock = c;
        assert_int_equal(clock_restart(c, &l.again, 10, record_and_repeat, &l), 0);
        step_clock_advance(c, 29);
        assert_int_equal(l.n, 2);
        assert_true(step_clock_next(c));
        assert_int_equal(l.seen[2], 1030);
        assert_false(step_clock_next(c));
        timer_free(l.again);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_order),
                cmocka_unit_test(test_freed_timer_stays_silent),
                cmocka_unit_test(test_repeats_within_one_advance),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
