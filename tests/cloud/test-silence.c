/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-silence.c - the beliefs, beside a sum over every set of members */
#include "cloud/match/presses.h"
#include "cloud/match/silence.h"
#include "tests/unit/test.h"
#include "usual-matching.h"

#include <math.h>

static double factorial(size_t n)
{
        return tgamma((double)n + 1);
}

/* The integral of p^silent (1-p)^linked, by the midpoint rule. */
static double integral_of_places(size_t silent, size_t linked)
{
        enum { PARTS = 20000 };
        double sum = 0, p;

        for (size_t i = 0; i < PARTS; i++) {
                p = ((double)i + 0.5) / PARTS;
                sum += pow(p, (double)silent) * pow(1 - p, (double)linked);
        }
        return sum / PARTS;
}

/* Every set of as many members asks for the same integral. */
static double share_of_places(size_t silent, size_t linked)
{
        static double known[10][10]; /* 0: not asked for yet */

        assert_true(silent < ARRAY_LEN(known) && linked < ARRAY_LEN(known[0]));
        if (known[silent][linked] == 0)
                known[silent][linked] = integral_of_places(silent, linked);
        return known[silent][linked];
}

static double weight_of(size_t linked, size_t members, size_t strangers)
{
        double phones = (1 - settings.silent_places) *
                                pow(settings.silent_phones, (double)members) *
                                pow(1 - settings.silent_phones, (double)linked) +
                        settings.silent_places * share_of_places(members, linked);
        double come = strangers == 0   ? 1 - settings.overheard
                      : strangers == 1 ? settings.overheard * (1 - settings.flood)
                                       : settings.overheard * settings.flood /
                                                 (double)(strangers * (strangers - 1));

        if (members > linked && members + strangers > SILENCE_TABLE)
                return 0;
        return pow((double)(linked + members), -settings.meeting_sizes) *
               factorial(linked + members) / factorial(linked) * phones * factorial(strangers) *
               come;
}

static double belief_by_sum(size_t linked, const double *odds, size_t n, size_t i)
{
        double all = 0, with = 0, weight;
        size_t members;

        for (unsigned set = 0; set < 1U << n; set++) {
                members = 0;
                weight = 1;
                for (size_t k = 0; k < n; k++)
                        if (set & 1U << k) {
                                members++;
                                weight *= exp(odds[k]);
                        }
                weight *= weight_of(linked, members, n - members);
                all += weight;
                if (set & 1U << i)
                        with += weight;
        }
        return with / all;
}

static SilentCrowd crowd_of(size_t linked, const double *odds, size_t n)
{
        SilentCrowd c = {.n_linked = linked};

        for (size_t i = 0; i < n; i++)
                silence_add(&c, (uint32_t)i, odds[i]);
        assert_int_equal(silence_judge(&settings, &c), 0);
        return c;
}

static void beliefs_are_the_sum_over_all_sets(void **state)
{
        static const double odds[] = {1.5, 1.4, -2, 0.3, -HUGE_VAL, 1.8, 0, 1.1, -0.5};

        for (size_t linked = 1; linked < 9; linked++)
                for (size_t n = 1; n <= ARRAY_LEN(odds); n++) {
                        SilentCrowd c = crowd_of(linked, odds, n);

                        for (size_t i = 0; i < n; i++)
                                assert_true(fabs(c.belief[i] - belief_by_sum(linked, odds, n, i)) <
                                            1e-6);
                }
}

static void silence_of_many_speaks_for_each(void **state)
{
        static const double odds[4] = {1.2, 1.2, 1.2, 1.2};
        double before = 0;

        for (size_t n = 1; n <= 4; n++) {
                SilentCrowd c = crowd_of(4, odds, n);

                assert_true(c.belief[0] > before);
                before = c.belief[0];
        }
        assert_true(before >= settings.belief);
}

/* Whatever they say of moment and place. */
static void a_flood_is_not_believed(void **state)
{
        double odds[600];

        for (size_t i = 0; i < ARRAY_LEN(odds); i++)
                odds[i] = 2;
        for (size_t n = 12; n <= ARRAY_LEN(odds); n *= 2) {
                SilentCrowd c = crowd_of(5, odds, n);

                assert_int_equal(c.n_silent, n);
                assert_int_equal(c.n, MIN(n, (size_t)SILENCE_MAX));
                for (size_t i = 0; i < c.n; i++)
                        assert_true(c.belief[i] <= 0.5 && c.belief[i] >= 0);
        }
}

static void the_best_of_a_flood_are_kept(void **state)
{
        double odds[SILENCE_MAX + 60];
        SilentCrowd c;
        bool kept[ARRAY_LEN(odds)] = {false};

        for (size_t i = 0; i < ARRAY_LEN(odds); i++)
                odds[i] = (double)(i * 37 % ARRAY_LEN(odds));
        c = crowd_of(5, odds, ARRAY_LEN(odds));
        for (size_t i = 0; i < c.n; i++) {
                kept[c.member[i]] = true;
                assert_true(c.odds[i] == odds[c.member[i]]);
        }
        for (size_t i = 0; i < ARRAY_LEN(odds); i++)
                assert_int_equal(kept[i], odds[i] >= 60);
}

/* ---- the moments ---- */

enum { FIRST_MS = 100000, WINDOW_MS = 60000 };

/* Five who hear each other and press as people usually do. */
static const int64_t usual_ms[] = {0, 1500, 2500, 4000, 7000};

/* Log odds of a moment beside theirs, where everything takes so many times as long. */
static double odds_beside(const MatchingSettings *m, const int64_t *others_ms, size_t n,
                          int64_t times, int64_t after_ms)
{
        uint64_t press_ms[200];
        PressMoments p;

        assert_true(n <= ARRAY_LEN(press_ms));
        for (size_t i = 0; i < n; i++)
                press_ms[i] = (uint64_t)(FIRST_MS + times * others_ms[i]);
        p = press_moments(m, (uint64_t)(times * WINDOW_MS), press_ms, n);
        return press_joins(m, &p, (uint64_t)(FIRST_MS + times * after_ms));
}

static double usual_odds(int64_t after_ms)
{
        return odds_beside(&settings, usual_ms, ARRAY_LEN(usual_ms), 1, after_ms);
}

static void the_moment_speaks(void **state)
{
        assert_true(usual_odds(1500) > usual_odds(4000));
        assert_true(usual_odds(4000) > usual_odds(12000));
        assert_true(usual_odds(1500) > usual_odds(-1500));
        assert_true(usual_odds(-800) > usual_odds(-6000));
}

/* Where people take twice as long, in a window twice as long, moments say the same. */
static void moments_go_by_the_settings(void **state)
{
        MatchingSettings slow = settings;
        size_t n = ARRAY_LEN(usual_ms);

        slow.press_delay_ms *= 2;
        for (int64_t after_ms = -4000; after_ms <= 32000; after_ms += 4000) {
                assert_true(fabs(odds_beside(&slow, usual_ms, n, 2, after_ms) -
                                 usual_odds(after_ms)) < 1e-9);
                assert_false(odds_beside(&settings, usual_ms, n, 2, after_ms) ==
                             usual_odds(after_ms));
        }
}

/* Where half of those who hear each other press late, a late moment does not mark a stranger. */
static void a_late_crowd_excuses_the_late(void **state)
{
        int64_t late_ms[200];

        for (int i = 0; i < (int)ARRAY_LEN(late_ms); i++)
                late_ms[i] = 300 * i;
        assert_true(odds_beside(&settings, late_ms, ARRAY_LEN(late_ms), 1, 30000) >
                    usual_odds(30000) + 1);
        assert_true(odds_beside(&settings, late_ms, ARRAY_LEN(late_ms), 1, 1500) <
                    usual_odds(1500));
}

/* ---- one of them ---- */

static Silence silent_one(void)
{
        return (Silence){.mean = 0.9, .tells = true, .least = 0.8, .moment = 1, .n = 5};
}

static void moment_and_place_add_up(void **state)
{
        Silence s = silent_one();
        double odds = silence_odds(&settings, &s);

        s.moment += 0.5;
        assert_true(fabs(silence_odds(&settings, &s) - odds - 0.5) < 1e-9);
        s.mean = 0.2;
        assert_true(silence_odds(&settings, &s) < odds);
        s.least = 0;
        assert_true(silence_odds(&settings, &s) == -HUGE_VAL);
}

static void a_claim_counts_beside_a_pair_only(void **state)
{
        static const struct {
                size_t n, n_claims;
                bool possible;
        } rows[] = {{2, 0, true}, {2, 1, false}, {2, 2, true}, {3, 3, false}, {5, 2, false}};

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Silence s = silent_one();

                s.n = rows[k].n;
                s.n_claims = rows[k].n_claims;
                assert_int_equal(silence_odds(&settings, &s) > -HUGE_VAL, rows[k].possible);
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(beliefs_are_the_sum_over_all_sets),
                cmocka_unit_test(silence_of_many_speaks_for_each),
                cmocka_unit_test(a_flood_is_not_believed),
                cmocka_unit_test(the_best_of_a_flood_are_kept),
                cmocka_unit_test(the_moment_speaks),
                cmocka_unit_test(a_late_crowd_excuses_the_late),
                cmocka_unit_test(moment_and_place_add_up),
                cmocka_unit_test(moments_go_by_the_settings),
                cmocka_unit_test(a_claim_counts_beside_a_pair_only),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
