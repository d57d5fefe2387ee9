/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-clock.c - the clock of the cloud's machine is set: groups close when their window is over */
#include "fixture.h"

#include "cloud/store/store.h"

enum { SECOND = 1000, DAY = 24 * 60 * 60 * SECOND, WINDOW = 60 * SECOND };

static int phase_of(Terminal *t)
{
        WireResponse *w = terminal_watch(t, 0, 0, 0);
        int phase = w->status == OK ? (int)w->watched->phase : -1;

        (void)wire_response_free(w);
        return phase;
}

static void join(Terminal *t, PbJoinVerdict expected)
{
        PbJoinVerdict verdict;

        assert_int_equal(terminal_join(t, "4821", &verdict), OK);
        assert_int_equal(verdict, expected);
}

static void step_wall(Cloud *c, int64_t ms)
{
        step_clock_set_wall(c->clock, clock_wall(c->clock) + (uint64_t)ms);
}

/* In the middle of one window, and before another. */
static void a_step_moves_no_window(int64_t ms)
{
        Terminal t[2];
        Cloud c = {.verifies = false};

        cloud_begin(&c, NULL);
        for (unsigned i = 0; i < ARRAY_LEN(t); i++)
                terminal_ready_made(&t[i], &c, (const char *[]){"ann", "bob"}[i]);
        join(&t[0], PB_JOIN_OPENED);
        step_clock_advance(c.clock, 10 * SECOND);
        step_wall(&c, ms);
        assert_int_equal(terminal_open_session(&t[0]), OK);
        assert_int_equal(terminal_open_session(&t[1]), OK);
        step_clock_advance(c.clock, WINDOW - 12 * SECOND);
        assert_int_equal(phase_of(&t[0]), PB_PHASE_GATHERING);
        step_clock_advance(c.clock, 3 * SECOND);
        assert_int_equal(phase_of(&t[0]), PB_PHASE_ALONE);
        terminal_press(&t[1]);
        join(&t[1], PB_JOIN_OPENED);
        step_clock_advance(c.clock, WINDOW + SECOND);
        assert_int_equal(phase_of(&t[1]), PB_PHASE_ALONE);
        cloud_end(&c);
}

static void a_step_forward_closes_nothing(void **state)
{
        a_step_moves_no_window(3 * (int64_t)DAY);
}

static void a_step_back_holds_nothing(void **state)
{
        a_step_moves_no_window(-3 * (int64_t)DAY);
}

/* What was promised to be deleted goes when its time has passed. */
static void a_step_back_keeps_nothing(void **state)
{
        Cloud c = {.verifies = false};
        StoreCounts counts;
        Terminal t;

        cloud_begin(&c, NULL);
        terminal_ready_made(&t, &c, "ann");
        join(&t, PB_JOIN_OPENED);
        step_clock_advance(c.clock, WINDOW + SECOND);
        step_wall(&c, -10 * (int64_t)DAY);
        step_clock_advance(c.clock, c.settings.expiry_ms + 2 * 60 * SECOND);
        assert_int_equal(store_count(c.store, &counts), 0);
        assert_int_equal(counts.groups, 0);
        cloud_end(&c);
}

static void begin_and_join(Cloud *c, Terminal *t)
{
        cloud_begin(c, NULL);
        terminal_ready_made(t, c, "ann");
        join(t, PB_JOIN_OPENED);
        step_clock_advance(c->clock, 10 * SECOND);
}

/* After a restart the clock is believed, but no window is longer than it may be. */
static void a_restart_with_the_clock_set_back(void **state)
{
        Cloud c = {.verifies = false};
        StoreCounts counts;
        Terminal t;

        begin_and_join(&c, &t);
        step_wall(&c, -10 * (int64_t)DAY);
        cloud_restart(&c);
        step_clock_advance(c.clock, c.settings.max_window_ms + SECOND);
        assert_int_equal(phase_of(&t), PB_PHASE_ALONE);
        step_clock_advance(c.clock, c.settings.expiry_ms + 2 * 60 * SECOND);
        assert_int_equal(store_count(c.store, &counts), 0);
        assert_int_equal(counts.groups, 0);
        cloud_end(&c);
}

/* As after a night in which the machine was off: the windows are over. */
static void a_restart_with_the_clock_set_forward(void **state)
{
        Cloud c = {.verifies = false};
        Terminal t;

        begin_and_join(&c, &t);
        step_wall(&c, 3 * (int64_t)DAY);
        cloud_restart(&c);
        step_clock_advance(c.clock, SECOND);
        assert_int_equal(terminal_open_session(&t), OK);
        assert_int_equal(phase_of(&t), PB_PHASE_ALONE);
        cloud_end(&c);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_step_forward_closes_nothing),
                cmocka_unit_test(a_step_back_holds_nothing),
                cmocka_unit_test(a_step_back_keeps_nothing),
                cmocka_unit_test(a_restart_with_the_clock_set_back),
                cmocka_unit_test(a_restart_with_the_clock_set_forward),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
