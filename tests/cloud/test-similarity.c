/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-similarity.c - properties of the similarity over random pairs, and what a configuration must
 * satisfy */
#include "cloud/match/similarity.h"
#include "tests/unit/test.h"
#include "usual-matching.h"

#include <math.h>

enum { PAIRS = 20000, WINDOW_MS = 60000 };

/* xorshift64*: the same pairs on every machine */
static uint64_t draw(uint64_t *state)
{
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        return *state * UINT64_C(2685821657736338717);
}

static uint32_t draw_below(uint64_t *state, uint32_t n)
{
        return (uint32_t)(draw(state) >> 33) % n;
}

/* Near each other or far, vague or sharp or without a fix; times within two windows. */
static Press draw_press(uint64_t *state)
{
        static const char *const routes[] = {"1234", "1234", "1235", "4321", "12345"};
        static const uint32_t accuracies[] = {0, 5, 30, 200, 5000, 100000000};
        static const int32_t reach[] = {100, 10000, 1000000, 900000000};
        int32_t span = reach[draw_below(state, ARRAY_LEN(reach))];
        Press p = {.press_ms = 1000000 + draw_below(state, 2 * WINDOW_MS)};

        strcpy(p.route, routes[draw_below(state, ARRAY_LEN(routes))]);
        p.fix.known = draw_below(state, 5) > 0;
        if (p.fix.known) {
                p.fix.latitude_e7 = (int32_t)draw_below(state, 2 * (uint32_t)span) - span;
                p.fix.longitude_e7 = 2 * ((int32_t)draw_below(state, (uint32_t)span) - span / 2);
                p.fix.accuracy_m = accuracies[draw_below(state, ARRAY_LEN(accuracies))];
        }
        return p;
}

static Similarity like(const Press *a, const Press *b, Evidence e)
{
        return similarity_of(&settings, a, b, WINDOW_MS, e);
}

static bool is_share(double x)
{
        return x >= 0 && x <= 1;
}

static void symmetric_and_within_bounds(void **state)
{
        uint64_t seed = 1;
        Press a, b;
        Similarity s, t;

        for (int i = 0; i < PAIRS; i++) {
                a = draw_press(&seed);
                b = draw_press(&seed);
                for (Evidence e = EVIDENCE_NONE; e <= EVIDENCE_MUTUAL; e++) {
                        s = like(&a, &b, e);
                        t = like(&b, &a, e);
                        assert_true(is_share(s.route) && is_share(s.place) && is_share(s.time) &&
                                    is_share(s.composite));
                        assert_memory_equal(&s, &t, sizeof s);
                }
        }
}

static void late_or_elsewhere_never_reaches_the_threshold(void **state)
{
        int late = 0, other = 0, far = 0;
        uint64_t seed = 2, gap;
        Press a, b;
        bool past;

        for (int i = 0; i < PAIRS; i++) {
                a = draw_press(&seed);
                b = draw_press(&seed);
                gap = a.press_ms > b.press_ms ? a.press_ms - b.press_ms : b.press_ms - a.press_ms;
                past = gap >= WINDOW_MS;
                for (Evidence e = EVIDENCE_NONE; e <= EVIDENCE_MUTUAL; e++) {
                        if (past) {
                                assert_true(like(&a, &b, e).composite < settings.threshold);
                                late++;
                        }
                        if (strcmp(a.route, b.route) != 0 &&
                            (e != EVIDENCE_MUTUAL || !similarity_is_slip(a.route, b.route))) {
                                assert_true(like(&a, &b, e).composite < settings.threshold);
                                other++;
                        }
                        if (e != EVIDENCE_MUTUAL && a.fix.known && b.fix.known &&
                            a.fix.accuracy_m <= 100 && b.fix.accuracy_m <= 100 &&
                            fix_distance_m(&a.fix, &b.fix) >
                                    settings.place_limit_m + a.fix.accuracy_m + b.fix.accuracy_m) {
                                assert_true(like(&a, &b, e).composite < settings.threshold);
                                far++;
                        }
                }
        }
        assert_true(late > 1000 && other > 1000 && far > 1000); /* the draw has them all */
}

static void evidence_never_lowers(void **state)
{
        uint64_t seed = 3;
        Press a, b;

        for (int i = 0; i < PAIRS; i++) {
                a = draw_press(&seed);
                b = draw_press(&seed);
                assert_true(like(&a, &b, EVIDENCE_ONE_SIDED).composite >=
                            like(&a, &b, EVIDENCE_NONE).composite);
                assert_true(like(&a, &b, EVIDENCE_MUTUAL).composite >=
                            like(&a, &b, EVIDENCE_ONE_SIDED).composite);
        }
}

static void later_and_farther_is_less(void **state)
{
        Press a = {.route = "1234", .fix = {true, 0, 0, 20}, .press_ms = 500000}, b = a;
        double last = 2, now;

        for (uint64_t gap = 0; gap <= WINDOW_MS; gap += 500) {
                b.press_ms = a.press_ms + gap;
                now = like(&a, &b, EVIDENCE_NONE).composite;
                assert_true(now < last);
                last = now;
        }
        b = a;
        last = 2;
        /* 130 m */
        for (b.fix.latitude_e7 = 0; b.fix.latitude_e7 < 12000; b.fix.latitude_e7 += 50) {
                now = like(&a, &b, EVIDENCE_NONE).composite;
                assert_true(now < last);
                last = now;
        }
}

static void slips(void **state)
{
        static const struct {
                const char *a, *b;
                bool slip;
        } rows[] = {
                {"1234", "1234", false}, {"1234", "1235", true},   {"1234", "0234", true},
                {"1234", "1243", false}, {"1234", "12345", false}, {"12345678", "12345670", true},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                assert_case(rows[i].b, similarity_is_slip(rows[i].a, rows[i].b) == rows[i].slip);
                assert_case(rows[i].b, similarity_is_slip(rows[i].b, rows[i].a) == rows[i].slip);
        }
        assert_true(similarity_route(&settings, "1234", "1235", EVIDENCE_MUTUAL) == 0.5);
        assert_true(similarity_route(&settings, "1234", "1235", EVIDENCE_ONE_SIDED) == 0);
}

static void configurations(void **state)
{
        static const struct {
                const char *name;
                double route, place, time, threshold, slip, unknown;
                const char *reason; /* NULL: it is fine */
        } rows[] = {
                {"the default", 0.35, 0.35, 0.30, 0.71, 0.5, 0.45, NULL},
                {"the patent's example", 0.25, 0.35, 0.40, 0.75, 0.5, 0.45, "a different route"},
                {"weights above 1", 0.35, 0.35, 0.31, 0.71, 0.5, 0.45, "sum to 1"},
                {"a negative weight", -0.1, 0.6, 0.5, 0.71, 0.5, 0.45, "negative"},
                {"not a number", (double)NAN, 0.35, 0.30, 0.71, 0.5, 0.45, "negative"},
                {"late is enough", 0.40, 0.40, 0.20, 0.71, 0.5, 0.45, "past the window"},
                {"another route is enough", 0.20, 0.40, 0.40, 0.71, 0.5, 0.45, "a different route"},
                {"far is enough", 0.40, 0.20, 0.40, 0.71, 0.5, 0.45, "place limit"},
                {"a slip is none", 0.35, 0.35, 0.30, 0.71, 1, 0.45, "slip"},
                {"above all", 0.35, 0.35, 0.30, 1.01, 0.5, 0.45, "nothing could"},
                {"unknown is best", 0.35, 0.35, 0.30, 0.71, 0.5, 1, "unknown place"},
        };
        MatchingSettings m;
        char reason[128];
        int r;

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                m = (MatchingSettings){
                        .weight_route = rows[i].route,
                        .weight_place = rows[i].place,
                        .weight_time = rows[i].time,
                        .threshold = rows[i].threshold,
                        .slip = rows[i].slip,
                        .unknown_place = rows[i].unknown,
                };
                r = matching_check(&m, reason, sizeof reason);
                assert_case(rows[i].name, r == (rows[i].reason ? -EINVAL : 0));
                assert_case(rows[i].name, !rows[i].reason || strstr(reason, rows[i].reason));
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(symmetric_and_within_bounds),
                cmocka_unit_test(late_or_elsewhere_never_reaches_the_threshold),
                cmocka_unit_test(evidence_never_lowers),
                cmocka_unit_test(later_and_farther_is_less),
                cmocka_unit_test(slips),
                cmocka_unit_test(configurations),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
