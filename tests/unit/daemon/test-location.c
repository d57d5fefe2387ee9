/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-location.c - when the place is asked for, how long it is of use, what is said of it */
#include "daemon/location/location.h"
#include "tests/sim/step-clock.h"
#include "tests/unit/test.h"

enum { WALL_MS = 1700000000 };

typedef struct Script {
        Locator locator;
        unsigned starts, stops;
        bool running, freed;
        int start_result;
} Script;

typedef struct Fixture {
        Clock *clock;
        Script script;
        Location *location;
        unsigned found;
} Fixture;

static const Fix vienna = {true, 482081743, 163738190, 20};

static int script_start(Locator *l)
{
        Script *s = (Script *)l;

        assert_false(s->running);
        s->starts++;
        s->running = s->start_result == 0;
        return s->start_result;
}

static void script_stop(Locator *l)
{
        Script *s = (Script *)l;

        assert_true(s->running);
        s->stops++;
        s->running = false;
}

static Locator *script_free(Locator *l)
{
        ((Script *)l)->freed = true;
        return NULL;
}

static const LocatorOps script_ops = {script_start, script_stop, script_free};

static void count_found(void *userdata)
{
        ((Fixture *)userdata)->found++;
}

static void begin(Fixture *f, const Fix *by_hand, bool locator)
{
        *f = (Fixture){.script.locator.ops = &script_ops};
        assert_int_equal(step_clock_new(&f->clock, WALL_MS), 0);
        step_clock_advance(f->clock, 3600 * 1000);
        assert_int_equal(location_new(&f->location,
                                      &(LocationDeps){
                                              .clock = f->clock,
                                              .locator = locator ? &f->script.locator : NULL,
                                              .by_hand = by_hand ? *by_hand : (Fix){0},
                                              .found = count_found,
                                              .userdata = f,
                                      }),
                         0);
}

static void end(Fixture *f)
{
        bool has_locator = f->script.locator.userdata != NULL;

        location_free(f->location);
        assert_true(f->script.freed == has_locator && !f->script.running);
        step_clock_free(f->clock);
}

static void tell(Fixture *f, const Fix *fix, uint64_t age_ms)
{
        assert_true(f->script.running);
        f->script.locator.events->found(f->script.locator.userdata, fix, age_ms);
}

static void fail_by(Fixture *f, LocatorTrouble trouble)
{
        f->script.running = false;
        f->script.locator.events->failed(f->script.locator.userdata, trouble);
}

static void expect(Fixture *f, LocationState state, const char *text)
{
        char explained[LOCATION_TEXT_MAX];

        assert_int_equal(location_state(f->location), state);
        location_explain(f->location, explained);
        assert_non_null(strstr(explained, text));
}

static Fix fix_of(Fixture *f)
{
        Fix fix;

        location_fix(f->location, &fix);
        return fix;
}

static void runs_from_the_first_press_to_the_last(void **state)
{
        Fixture f;

        begin(&f, NULL, true);
        expect(&f, LOCATION_AT_REST, "during an exchange");
        location_want(f.location);
        location_want(f.location);
        expect(&f, LOCATION_SEARCHING, "searching");
        location_rest(f.location);
        assert_true(f.script.running);
        location_rest(f.location);
        assert_true(f.script.starts == 1 && f.script.stops == 1);
        location_want(f.location);
        assert_int_equal(f.script.starts, 2);
        end(&f);
}

static void what_is_found_is_rounded_and_grows_old(void **state)
{
        Fixture f;
        Fix fix, rounded = vienna;

        fix_round(&rounded);
        begin(&f, NULL, true);
        location_want(f.location);
        tell(&f, &vienna, 0);
        assert_int_equal(f.found, 1);
        fix = fix_of(&f);
        assert_true(fix.known && fix.latitude_e7 == rounded.latitude_e7 &&
                    fix.longitude_e7 == rounded.longitude_e7 &&
                    fix.accuracy_m == rounded.accuracy_m);
        assert_int_not_equal(fix.latitude_e7, vienna.latitude_e7);
        step_clock_advance(f.clock, 12 * 1000);
        expect(&f, LOCATION_FOUND, "GeoClue, 20 m, 12 s ago");
        location_rest(f.location);
        fix = fix_of(&f);
        assert_true(fix.known && fix.accuracy_m == 20 + 12 * 2);
        step_clock_advance(f.clock, 48 * 1000);
        assert_true(fix_of(&f).known);
        step_clock_advance(f.clock, 1);
        assert_false(fix_of(&f).known);
        expect(&f, LOCATION_AT_REST, "during an exchange");
        end(&f);
}

static void what_was_known_before_counts_by_its_age(void **state)
{
        static const Fix elsewhere = {true, 470000000, 80000000, 30};
        Fixture f;

        begin(&f, NULL, true);
        location_want(f.location);
        tell(&f, &elsewhere, 60 * 1000 + 1);
        tell(&f, &elsewhere, UINT64_MAX);
        assert_int_equal(f.found, 0);
        expect(&f, LOCATION_SEARCHING, "searching");
        tell(&f, &elsewhere, 50 * 1000);
        expect(&f, LOCATION_FOUND, "30 m, 50 s ago");
        step_clock_advance(f.clock, 11 * 1000);
        assert_false(fix_of(&f).known);
        tell(&f, &vienna, 0);
        assert_true(fix_of(&f).known && f.found == 2);
        end(&f);
}

static void by_hand_asks_nobody(void **state)
{
        Fixture f;
        Fix fix;

        begin(&f, &vienna, true);
        location_want(f.location);
        assert_int_equal(f.script.starts, 0);
        expect(&f, LOCATION_BY_HAND, "by hand, 20 m");
        step_clock_advance(f.clock, 3600 * 1000);
        fix = fix_of(&f);
        assert_true(fix.known && fix.accuracy_m == 20);
        location_rest(f.location);
        end(&f);
}

static void nothing_to_ask(void **state)
{
        Fixture f;

        begin(&f, NULL, false);
        location_want(f.location);
        assert_false(fix_of(&f).known);
        expect(&f, LOCATION_IS_OFF, "not told");
        location_rest(f.location);
        end(&f);
}

static void troubles_are_explained(void **state)
{
        static const struct {
                LocatorTrouble trouble;
                const char *text;
        } cases[] = {
                {LOCATOR_NO_BUS, "no system bus"}, {LOCATOR_ABSENT, "not installed"},
                {LOCATOR_DENIED, "denied"},        {LOCATOR_SILENT, "does not answer"},
                {LOCATOR_FAILED, "fails"},
        };
        Fixture f;

        begin(&f, NULL, true);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                location_want(f.location);
                expect(&f, LOCATION_SEARCHING, "searching"); /* each press tries again */
                fail_by(&f, cases[i].trouble);
                expect(&f, LOCATION_REFUSED, cases[i].text);
                assert_false(fix_of(&f).known);
                location_rest(f.location);
                expect(&f, LOCATION_REFUSED, cases[i].text);
        }
        assert_int_equal(f.script.stops, 0);
        f.script.start_result = -ENOMEM;
        location_want(f.location);
        expect(&f, LOCATION_REFUSED, "fails");
        location_rest(f.location);
        end(&f);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(runs_from_the_first_press_to_the_last),
                cmocka_unit_test(what_is_found_is_rounded_and_grows_old),
                cmocka_unit_test(what_was_known_before_counts_by_its_age),
                cmocka_unit_test(by_hand_asks_nobody),
                cmocka_unit_test(nothing_to_ask),
                cmocka_unit_test(troubles_are_explained),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
