/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-pace.c - how long a way takes to answer, and when a request is sent again beside others */
#include "daemon/cloud-link/pace.h"
#include "tests/unit/test.h"

enum { LEAST = 100, MOST = 9000 };

static Pace pace_of(uint64_t took_ms, unsigned n)
{
        Pace p = {0};

        for (unsigned i = 0; i < n; i++)
                pace_note(&p, took_ms);
        return p;
}

static void patience_follows_the_way(void **state)
{
        Pace none = {0}, quick = pace_of(10, 20), slow = pace_of(3000, 20),
             dead = pace_of(UINT64_MAX, 1);

        assert_int_equal(pace_patience(&none, LEAST, MOST), LEAST);
        assert_int_equal(pace_patience(&quick, LEAST, MOST), LEAST);
        assert_in_range(pace_patience(&slow, LEAST, MOST), 3000, 3200); /* it has been steady */
        assert_int_equal(pace_patience(&dead, LEAST, MOST), MOST);
}

/* As RFC 6298 has it: the first answer counts fully, later ones an eighth, scatter a quarter. */
static void answers_are_smoothed(void **state)
{
        Pace p = pace_of(800, 1);

        assert_int_equal(p.mean_ms, 800);
        assert_int_equal(p.variation_ms, 400);
        pace_note(&p, 1600);
        assert_int_equal(p.mean_ms, 900);
        assert_int_equal(p.variation_ms, 500);
        pace_note(&p, 0);
        assert_int_equal(p.mean_ms, 787);
        assert_int_equal(p.variation_ms, 600);
        p = pace_of(0, 3); /* within a millisecond is an answer, too */
        assert_int_equal(p.mean_ms, 1);
}

static void tries_go_beside_each_other(void **state)
{
        static const struct {
                const char *name;
                uint32_t took_ms;
                bool lossy, large;
                unsigned n_beside;
                uint32_t least_ms, most_ms;
        } rows[] = {
                {"nothing is known", 0, false, false, 0, 1500, 1500},
                {"nothing is known, again", 0, false, false, 1, 3000, 3000},
                {"a quick way", 10, false, false, 0, 1500, 1500},
                {"a quick way that loses", 10, true, false, 0, 700, 700},
                {"the same, again", 10, true, false, 3, 700, 700},
                {"a large request that may take long", 10, true, true, 0, 5000, 5000},
                {"a slow way", 3000, false, false, 0, 3000, 3200},
                {"a slow way, again", 3000, false, false, 1, 6000, 6400},
                {"a slow way that loses", 3000, true, false, 1, 3000, 3200},
                {"whose answers take long since some were lost", 9000, true, false, 0, 4000, 4000},
                {"the same, and large", 9000, true, true, 1, 5000, 5000},
                {"never later than this", 60000, false, false, 0, 12000, 12000},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Pace p = pace_of(rows[i].took_ms, rows[i].took_ms > 0 ? 20 : 0);
                uint32_t ms;

                if (rows[i].lossy)
                        pace_note_loss(&p, 1000);
                ms = pace_beside_ms(&p, 2000, rows[i].large, rows[i].n_beside);
                assert_case(rows[i].name, ms >= rows[i].least_ms && ms <= rows[i].most_ms);
        }
}

static void what_loses_is_not_slow(void **state)
{
        Pace none = {0}, quick = pace_of(1900, 20), slow = pace_of(2100, 20);

        assert_false(pace_is_slow(&none, 0));
        assert_false(pace_is_slow(&quick, 0));
        assert_true(pace_is_slow(&slow, 0));
        pace_note_loss(&slow, 0);
        assert_false(pace_is_slow(&slow, 1));
}

static void a_slow_way_has_more_time(void **state)
{
        Pace none = {0}, quick = pace_of(900, 20), slow = pace_of(5000, 20),
             dead = pace_of(UINT64_MAX, 20);

        assert_int_equal(pace_allow_ms(&none, 1000, 3000), 3000);
        assert_int_equal(pace_allow_ms(&quick, 1000, 3000), 3000);
        assert_int_equal(pace_allow_ms(&slow, 1000, 3000), 3000 + 6 * 4000);
        assert_int_equal(pace_allow_ms(&dead, 1000, 3000), 3000 + 6 * 9000); /* but not for ever */
        pace_note_loss(&quick, 1000);
        assert_int_equal(pace_allow_ms(&quick, 1000, 3000), 2 * 3000);
        assert_int_equal(pace_allow_ms(&quick, 31000, 3000), 3000);
}

static void news_gather_for_a_tenth_of_an_answer(void **state)
{
        static const struct {
                uint32_t took_ms, gather_ms;
        } rows[] = {{0, 0}, {1, 0}, {199, 0}, {200, 20}, {1500, 150}, {4999, 499}, {60000, 500}};

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                Pace p = {.mean_ms = rows[i].took_ms};

                assert_int_equal(pace_gather_ms(&p), rows[i].gather_ms);
        }
}

static void losses_are_forgotten(void **state)
{
        Pace p = {0};

        assert_false(pace_is_lossy(&p, 0));
        pace_note_loss(&p, 5000);
        assert_true(pace_is_lossy(&p, 34999));
        assert_false(pace_is_lossy(&p, 35000));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(patience_follows_the_way),
                cmocka_unit_test(answers_are_smoothed),
                cmocka_unit_test(tries_go_beside_each_other),
                cmocka_unit_test(what_loses_is_not_slow),
                cmocka_unit_test(a_slow_way_has_more_time),
                cmocka_unit_test(news_gather_for_a_tenth_of_an_answer),
                cmocka_unit_test(losses_are_forgotten),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
