/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-candidates.c - the last clustering, by scenes of a few people, and the linkage beside a
 * plain one */
#include "cloud/match/candidates.h"
#include "cloud/match/linkage.h"
#include "cloud/match/rounds.h"
#include "tests/unit/test.h"
#include "usual-matching.h"

#include <math.h>

enum { MAX = 32, WINDOW_MS = 60000, START_MS = 1000000 };

/* People on a plane, metres east and north of a point. */
typedef struct Scene {
        size_t n;
        uint64_t now_ms; /* after the start; 0 = the end of the window */
        double x[MAX], y[MAX];
        bool radio[MAX];
        Press press[MAX];
        int8_t heard[MAX * MAX];
        CandidatePlace at[MAX];
} Scene;

static size_t add(Scene *s, const char *route, double x, double y, uint32_t after_ms)
{
        size_t i = s->n++;
        Press *p = &s->press[i];

        s->x[i] = x;
        s->y[i] = y;
        s->radio[i] = true;
        strcpy(p->route, route);
        p->fix = (Fix){true, 470000000 + (int32_t)(y * 90), 80000000 + (int32_t)(x * 132), 15};
        p->press_ms = START_MS + after_ms;
        return i;
}

static void add_circle(Scene *s, const char *route, size_t n, double x, double y, uint32_t after_ms)
{
        for (size_t k = 0; k < n; k++)
                add(s, route, x + 0.6 * cos(2 * M_PI * (double)k / (double)n),
                    y + 0.6 * sin(2 * M_PI * (double)k / (double)n), after_ms + 1000 * (uint32_t)k);
}

static void hear(Scene *s, size_t listener, size_t whom, int8_t dbm)
{
        s->heard[listener * MAX + whom] = dbm;
}

/* Everyone with a radio hears everyone within some 40 m, as strongly as distance lets them. */
static void listen(Scene *s)
{
        double d, dbm;

        for (size_t i = 0; i < s->n; i++)
                for (size_t j = 0; j < s->n; j++) {
                        d = fmax(0.5, hypot(s->x[i] - s->x[j], s->y[i] - s->y[j]));
                        dbm = -63.0 - 20 * log10(d) - (d > 8 ? 15 * log10(d / 8) : 0);
                        if (i != j && s->radio[i] && s->radio[j] && dbm > -98)
                                hear(s, i, j, (int8_t)dbm);
                }
}

/* At the end of the window, unless a scene says when. */
static void cluster(Scene *s)
{
        int8_t heard[MAX * MAX];
        bool sounds[MAX] = {false};
        Candidates c = {&settings, WINDOW_MS, 0, false, s->n, s->press, heard, sounds};

        c.now_ms = START_MS + (s->now_ms ? s->now_ms : WINDOW_MS);
        c.early = s->now_ms > 0;
        for (size_t i = 0; i < s->n; i++)
                for (size_t j = 0; j < s->n; j++) {
                        heard[i * s->n + j] = s->heard[i * MAX + j];
                        if (s->heard[i * MAX + j] != HEARD_NOT)
                                sounds[i] = sounds[j] = true;
                }
        assert_int_equal(candidates_cluster(&c, s->at), 0);
}

static bool together(const Scene *s, size_t i, size_t j)
{
        return s->at[i].cluster == s->at[j].cluster;
}

static void assert_circle(const Scene *s, size_t first, size_t n)
{
        for (size_t i = 0; i < s->n; i++)
                assert_int_equal(together(s, first, i), i >= first && i < first + n);
}

static void one_circle_is_one(void **state)
{
        for (size_t n = 2; n <= 10; n++) {
                Scene s = {0};

                add_circle(&s, "1234", n, 0, 0, 0);
                listen(&s);
                cluster(&s);
                assert_circle(&s, 0, n);
        }
}

static void neighbours_with_the_same_code_are_two(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 4, 0, 0, 0);
        add_circle(&s, "1234", 3, 6, 0, 5000);
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 4);
        assert_circle(&s, 4, 3);
        assert_int_equal(s.at[0].radio, s.at[4].radio); /* a bridge was cut */
}

/* All in pockets, or sending with less power: only how strengths differ tells. */
static void weak_phones_are_cut_as_well(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 4, 0, 0, 0);
        add_circle(&s, "1234", 3, 6, 0, 5000);
        listen(&s);
        for (size_t i = 0; i < s.n; i++)
                for (size_t j = 0; j < s.n; j++)
                        if (i != j)
                                hear(&s, i, j, s.heard[i * MAX + j] - 14);
        cluster(&s);
        assert_circle(&s, 0, 4);
        assert_circle(&s, 4, 3);
}

/* It would be first by half a minute, and all others late. */
static void who_has_a_wrong_clock_is_not_cut_off(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 6, 0, 0, 35000);
        s.press[2].press_ms = START_MS;
        for (size_t i = 0; i < s.n; i++)
                for (size_t j = 0; j < s.n; j++)
                        if (i != j)
                                hear(&s, i, j, i == 2 || j == 2 ? -70 : -64);
        cluster(&s);
        assert_circle(&s, 0, 6);
}

/* Two pairs at one table, as loud across as is usual a step away. */
static Scene two_pairs(uint32_t later_ms, int8_t across_dbm)
{
        Scene s = {0};

        add_circle(&s, "1234", 2, 0, 0, 0);
        add_circle(&s, "1234", 2, 3, 0, later_ms);
        for (size_t i = 0; i < s.n; i++)
                for (size_t j = 0; j < s.n; j++)
                        if (i != j)
                                hear(&s, i, j, i / 2 == j / 2 && across_dbm < 0 ? -62 : across_dbm);
        return s;
}

static void moments_help_to_cut(void **state)
{
        Scene s = two_pairs(3000, -74);

        cluster(&s);
        assert_circle(&s, 0, 4);
        s = two_pairs(30000, -74);
        cluster(&s);
        assert_circle(&s, 0, 2);
}

static void moments_alone_cut_nothing(void **state)
{
        Scene s = two_pairs(30000, -62);

        cluster(&s);
        assert_circle(&s, 0, 4);
        s = two_pairs(30000, HEARD_SOMEHOW);
        cluster(&s);
        assert_circle(&s, 0, 4);
}

static void a_queue_is_one(void **state)
{
        Scene s = {0};

        for (size_t k = 0; k < 20; k++)
                add(&s, "1234", 1.5 * (double)k, 0, 500 * (uint32_t)k);
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 20);
}

static void two_openers_of_one_meeting_merge(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 5, 0, 0, 0);
        s.press[0].fix = (Fix){0};
        s.press[1].fix.latitude_e7 += 300000; /* 3 km off, and sure of it */
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 5);
}

static void silence_beside_radio_is_refused(void **state)
{
        Scene s = {0};
        size_t silent;

        add_circle(&s, "1234", 4, 0, 0, 0);
        silent = add(&s, "1234", 0, 0, 9000);
        s.radio[silent] = false;
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 4);
        assert_int_equal(s.at[silent].rejected_by, s.at[0].radio);
}

static void a_third_without_radio_joins_a_pair_on_the_spot(void **state)
{
        static const struct {
                const char *name;
                double x;
                uint32_t accuracy_m, after_ms;
                size_t silent;
                bool admitted;
        } rows[] = {
                {"with them", 0, 15, 3000, 1, true},
                {"two of them", 0, 15, 2500, 2, true},
                {"two of them, later", 0, 15, 5000, 2, false},
                {"a table, of which two hear each other", 0, 15, 3000, 6, true},
                {"more than sit at a table", 0, 15, 3000, 9, false},
                {"half a minute later", 0, 15, 35000, 1, false},
                {"sixty metres off", 60, 15, 2000, 1, false},
                {"somewhere, at once", 0, 1000, 2000, 1, true},
                {"somewhere, later", 0, 1000, 9000, 1, false},
                {"far, but somewhere", 1000, 1000, 2000, 1, false},
                {"elsewhere", 9000, 1000, 2000, 1, false},
        };

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Scene s = {0};

                add_circle(&s, "1234", 2, 0, 0, 0);
                for (size_t i = 2; i < 2 + rows[k].silent; i++) {
                        s.radio[add(&s, "1234", rows[k].x, 0, rows[k].after_ms)] = false;
                        s.press[i].fix.accuracy_m = rows[k].accuracy_m;
                }
                listen(&s);
                cluster(&s);
                assert_case(rows[k].name, together(&s, 0, 1));
                assert_case(rows[k].name, together(&s, 0, 2) == rows[k].admitted);
        }
}

/* Nobody hears it, but it hears both, and came with them: it cannot send. */
static void a_third_that_hears_both_joins_if_it_came_with_them(void **state)
{
        static const struct {
                uint32_t after_ms;
                size_t claims;
                bool admitted;
        } rows[] = {{3000, 2, true}, {3000, 1, false}, {14000, 2, false}};

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Scene s = {0};
                size_t third;

                add_circle(&s, "1234", 2, 0, 0, 0);
                third = add(&s, "1234", 0, 0, rows[k].after_ms);
                s.radio[third] = false;
                listen(&s);
                for (size_t j = 0; j < rows[k].claims; j++)
                        hear(&s, third, j, -60);
                cluster(&s);
                assert_true(together(&s, 0, 1));
                assert_int_equal(together(&s, 0, third), rows[k].admitted);
        }
}

/* What one hears of the other does not make a stranger of the third more likely. */
static void half_a_sighting_is_a_pair_as_well(void **state)
{
        static const struct {
                uint32_t after_ms;
                bool admitted;
        } rows[] = {{3000, true}, {14000, false}};

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Scene s = {0};

                add_circle(&s, "1234", 2, 0, 0, 0);
                add(&s, "1234", 0, 0, rows[k].after_ms);
                hear(&s, 0, 1, -60);
                cluster(&s);
                assert_true(together(&s, 0, 1));
                assert_int_equal(together(&s, 0, 2), rows[k].admitted);
        }
}

static void the_moment_speaks_for_the_silent(void **state)
{
        static const struct {
                const char *name;
                size_t people;
                double x;
                /* after the start; the others begin after one second */
                uint32_t accuracy_m, after_ms;
                size_t silent;
                int8_t claims; /* dBm, to have heard the first */
                bool admitted;
        } rows[] = {
                {"a moment after the first", 12, 0, 15, 2400, 1, HEARD_NOT, true},
                {"at the same moment", 12, 0, 15, 1000, 1, HEARD_NOT, false},
                {"seconds later", 12, 0, 15, 7000, 1, HEARD_NOT, false},
                {"beside four", 4, 0, 15, 2400, 1, HEARD_NOT, false},
                {"before", 12, 0, 15, 400, 1, HEARD_NOT, false},
                {"two of them", 4, 0, 15, 3400, 2, HEARD_NOT, true},
                {"two of them, later", 4, 0, 15, 9000, 2, HEARD_NOT, false},
                {"half of all, later still", 4, 0, 15, 7000, 4, HEARD_NOT, true},
                {"a flood", 12, 0, 15, 2400, 20, HEARD_NOT, false},
                {"sixty metres off", 12, 60, 15, 2400, 1, HEARD_NOT, false},
                {"somewhere", 12, 0, 1000, 2400, 1, HEARD_NOT, true},
                {"with a claim that nobody confirms", 12, 0, 15, 2400, 1, -60, false},
        };

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Scene s = {0};
                size_t n = rows[k].people;

                add_circle(&s, "1234", n, 0, 0, 1000);
                for (size_t i = n; i < n + rows[k].silent; i++) {
                        s.radio[add(&s, "1234", rows[k].x, 0, rows[k].after_ms)] = false;
                        s.press[i].fix.accuracy_m = rows[k].accuracy_m;
                }
                listen(&s);
                hear(&s, n, 0, rows[k].claims);
                cluster(&s);
                assert_case(rows[k].name, together(&s, 0, n - 1));
                for (size_t i = n; i < n + rows[k].silent; i++)
                        assert_case(rows[k].name, together(&s, 0, i) == rows[k].admitted);
        }
}

/* The cloud never guesses: beside two circles that do not hear each other a silent one is of
 * neither. */
static void who_could_be_of_two_circles_is_of_none(void **state)
{
        Scene s = {0};
        size_t silent;

        add_circle(&s, "1234", 12, 0, 0, 0);
        add_circle(&s, "1234", 12, 6, 0, 0);
        for (size_t first = 0; first < 24; first += 12)
                for (size_t i = first; i < first + 12; i++)
                        for (size_t j = first; j < first + 12; j++)
                                if (i != j)
                                        hear(&s, i, j, -60);
        silent = add(&s, "1234", 3, 0, 1500);
        cluster(&s);
        assert_false(together(&s, 0, 12));
        assert_false(together(&s, 0, silent) || together(&s, 12, silent));

        for (size_t i = 12; i < 24; i++)
                s.press[i].route[0] = '9';
        cluster(&s);
        assert_true(together(&s, 0, silent)); /* beside one alone it would be */
}

/* One of many is far off; the others' fixes say where they all are. */
static void one_bad_fix_makes_no_stranger(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 12, 0, 0, 0);
        s.press[1].fix.latitude_e7 += 6000; /* some 65 m */
        s.radio[add(&s, "1234", 0, 0, 1500)] = false;
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 13);
}

static void two_alone_are_a_pair_where_fixes_err(void **state)
{
        static const struct {
                const char *name;
                double x;
                uint32_t after_ms;
                size_t others;
                bool together;
        } rows[] = {
                {"on the spot", 0, 3000, 0, true},
                {"eighty metres off", 80, 3000, 0, true},
                {"eighty metres off, half a minute later", 80, 35000, 0, false},
                {"beyond the limit", 140, 3000, 0, false},
                {"eighty metres off, and a third", 80, 3000, 1, false},
        };

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Scene s = {0};

                add(&s, "1234", 0, 0, 0);
                add(&s, "1234", rows[k].x, 0, rows[k].after_ms);
                for (size_t i = 0; i < rows[k].others; i++)
                        add(&s, "1234", 0, 90, 1000);
                cluster(&s);
                assert_case(rows[k].name, together(&s, 0, 1) == rows[k].together);
        }
}

/* Its radio works, or it lies; and theirs work, or it could not have heard them. */
static void who_hears_several_who_do_not_hear_it_contradicts(void **state)
{
        Scene s = {0};
        size_t liar;

        add(&s, "1234", 0, 0, 0);
        add(&s, "1234", 0.5, 0, 1000);
        liar = add(&s, "1234", 0, 0.5, 3000);
        hear(&s, liar, 0, -60);
        hear(&s, liar, 1, -60);
        cluster(&s);
        assert_circle(&s, 0, 2);

        hear(&s, 1, liar, -60); /* one of them confirms it */
        cluster(&s);
        assert_circle(&s, 0, 3);
}

static void claims_alone_do_not_admit(void **state)
{
        Scene s = {0};
        size_t liar;

        add_circle(&s, "1234", 3, 0, 0, 0);
        liar = add(&s, "1234", 0, 0, 3000);
        s.radio[liar] = false;
        listen(&s);
        hear(&s, liar, 0, -60);
        hear(&s, liar, 1, -60);
        cluster(&s);
        assert_circle(&s, 0, 3);
        assert_int_equal(s.at[liar].rejected_by, s.at[0].radio);

        hear(&s, 0, liar, -60); /* a member vouches: no claim any more */
        cluster(&s);
        assert_circle(&s, 0, 4);
}

/* A hall without strengths in which each knows of eight others. Nobody hears back whom it heard,
 * but news of each goes round to all. */
static void add_hall(Scene *s, size_t n, double x)
{
        size_t first = s->n, i;

        for (size_t k = 0; k < n; k++) {
                i = add(s, "1234", x, 0, 500 * (uint32_t)k);
                s->press[i].fix = (Fix){0};
                for (size_t step = 1; step <= 8; step++)
                        hear(s, i, first + (k + step) % n, HEARD_SOMEHOW);
        }
}

static void a_hall_with_short_lists_is_one(void **state)
{
        Scene s = {0};

        add_hall(&s, 30, 0);
        cluster(&s);
        assert_circle(&s, 0, 30);
}

/* What one hall hears of the other links them to nothing while the other hears nothing of it. */
static void two_halls_with_short_lists_are_two(void **state)
{
        Scene s = {0};

        add_hall(&s, 15, 0);
        add_hall(&s, 15, 30);
        for (size_t i = 23; i < 30; i++) /* through the wall */
                for (size_t j = 0; j < 3; j++)
                        hear(&s, i, j, HEARD_SOMEHOW);
        cluster(&s);
        assert_circle(&s, 0, 15);
        assert_circle(&s, 15, 15);
}

static void claims_in_a_hall_do_not_admit(void **state)
{
        Scene s = {0};
        size_t liar;

        add_hall(&s, 20, 0);
        liar = add(&s, "1234", 0, 0, 3000);
        for (size_t j = 0; j < 20; j++)
                hear(&s, liar, j, HEARD_SOMEHOW);
        cluster(&s);
        assert_circle(&s, 0, 20);
}

static void one_who_has_just_pressed_is_not_yet_silent(void **state)
{
        Scene s = {0};
        size_t young;

        add_circle(&s, "1234", 4, 0, 0, 0);
        young = add(&s, "1234", 0, 0, WINDOW_MS - 2000);
        s.radio[young] = false;
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 4);
        assert_int_equal(s.at[young].rejected_by, CANDIDATE_NONE);
}

static void a_close_that_is_asked_for_does_not_wait_for_radio(void **state)
{
        Scene s = {.now_ms = 20000};

        add_circle(&s, "1234", 12, 0, 0, 14000);
        for (size_t i = 0; i < s.n; i++)
                s.press[i].fix = (Fix){0};
        hear(&s, 1, 2, -60); /* of the others nobody was heard so far */
        hear(&s, 2, 1, -60);
        cluster(&s);
        assert_circle(&s, 0, 12);

        s.now_ms = 40000; /* the others have listened, and are silent */
        cluster(&s);
        assert_true(together(&s, 1, 2));
        assert_false(together(&s, 1, 0) && together(&s, 1, 3) && together(&s, 1, 4));
}

/* Guests in browsers hear nobody. Two of them have listened for longer than the third. */
static void who_comes_last_divides_nobody(void **state)
{
        Scene s = {.now_ms = 20000};

        add(&s, "1234", 0, 0, 9000);
        add(&s, "1234", 1, 0, 13000);
        add(&s, "1234", 0, 1, 19000);
        cluster(&s);
        assert_circle(&s, 0, 3);
}

static void who_comes_last_brings_no_stranger(void **state)
{
        Scene s = {.now_ms = 20000};

        add_circle(&s, "1234", 4, 0, 0, 1000);
        listen(&s);
        add(&s, "1234", 0, 0, 19000);
        cluster(&s);
        assert_circle(&s, 0, 5);

        add(&s, "1234", 0, 0, 11000); /* it says so, and is not heard */
        cluster(&s);
        assert_circle(&s, 0, 5);
        assert_int_not_equal(s.at[5].rejected_by, CANDIDATE_NONE);
}

static void sybils_stay_among_themselves(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 4, 0, 0, 0);
        add_circle(&s, "1234", 3, 1000, 0, 2000);
        for (size_t i = 4; i < 7; i++)
                s.press[i].fix = s.press[0].fix; /* they say so */
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 4);
        assert_circle(&s, 4, 3);
}

static void without_radio_fixes_decide(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 4, 0, 0, 0);
        add_circle(&s, "1234", 3, 300, 0, 1000);
        s.press[2].fix = (Fix){true, 470050000, 80050000, 5000}; /* by internet address */
        s.press[2].fix.longitude_e7 = 80000000;
        cluster(&s);
        assert_true(together(&s, 0, 1) && together(&s, 0, 3));
        assert_true(together(&s, 4, 5) && together(&s, 4, 6));
        assert_false(together(&s, 0, 4));
}

/* More than the search of subgroups takes: 20 in a hall and 10 in a room behind it, who all hear
 * each other. */
static void a_crowd_of_two_meetings_is_parted(void **state)
{
        Scene s = {0};

        for (uint32_t i = 0; i < 20; i++)
                add(&s, "1234", i % 5 * 2, i / 5 * 2, 300 * i);
        for (uint32_t i = 0; i < 10; i++)
                add(&s, "1234", 20 + i % 5, i / 5, 15000 + 300 * i);
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 20);
        assert_circle(&s, 20, 10);

        for (uint32_t i = 20; i < 30; i++)
                s.press[i].press_ms -= 13000;
        cluster(&s);
        assert_circle(&s, 0, 30);
}

static void a_slip_is_forgiven_with_radio_only(void **state)
{
        Scene s = {0};
        size_t slip;

        add_circle(&s, "1234", 3, 0, 0, 0);
        slip = add(&s, "1239", 0, 0, 2000);
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 4);

        for (size_t j = 0; j < s.n; j++)
                hear(&s, slip, j, HEARD_NOT);
        cluster(&s);
        assert_circle(&s, 0, 3);
}

/* A phone among them may be weak; one as weak as from the next room was not among them. */
static void a_slip_may_be_of_a_weak_phone(void **state)
{
        static const struct {
                int8_t dbm;
                bool among;
        } rows[] = {{-66, true}, {-72, true}, {-85, false}};

        for (size_t k = 0; k < ARRAY_LEN(rows); k++) {
                Scene s = {0};

                add_circle(&s, "1234", 3, 0, 0, 0);
                (void)add(&s, "1239", 0, 0, 2000);
                listen(&s);
                for (size_t j = 0; j < 3; j++) {
                        hear(&s, 3, j, rows[k].dbm);
                        hear(&s, j, 3, rows[k].dbm);
                }
                cluster(&s);
                assert_circle(&s, 0, rows[k].among ? 4 : 3);
        }
}

static void two_routes_one_digit_apart_are_two(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 3, 0, 0, 0);
        add_circle(&s, "1239", 3, 3, 0, 2000);
        listen(&s);
        cluster(&s);
        assert_circle(&s, 0, 3);
        assert_circle(&s, 3, 3);
}

static void past_the_window_are_two(void **state)
{
        Scene s = {0};

        add_circle(&s, "1234", 3, 0, 0, 0);
        add_circle(&s, "1234", 3, 0, 0, WINDOW_MS + 3000);
        listen(&s);
        cluster(&s);
        assert_false(together(&s, 0, 3));
}

/* xorshift64* */
static uint32_t draw_below(uint64_t *state, uint32_t n)
{
        *state ^= *state >> 12;
        *state ^= *state << 25;
        *state ^= *state >> 27;
        return (uint32_t)((*state * UINT64_C(2685821657736338717)) >> 33) % n;
}

static void swap(Scene *s, size_t i, size_t j)
{
        Scene old = *s;

        s->press[i] = old.press[j];
        s->press[j] = old.press[i];
        for (size_t k = 0; k < s->n; k++) {
                hear(s, i, k, old.heard[j * MAX + k]);
                hear(s, j, k, old.heard[i * MAX + k]);
        }
        old = *s;
        for (size_t k = 0; k < s->n; k++) {
                hear(s, k, i, old.heard[k * MAX + j]);
                hear(s, k, j, old.heard[k * MAX + i]);
        }
}

/* People without noise tie often, so strengths are disturbed; then any order gives the same
 * clusters. */
static void the_order_of_people_does_not_matter(void **state)
{
        uint64_t seed = 5;
        size_t order[MAX], i, j, keep;

        for (int round = 0; round < 200; round++) {
                Scene s = {0}, t;

                add_circle(&s, "1234", 2 + draw_below(&seed, 5), 0, 0, draw_below(&seed, 9000));
                add_circle(&s, "1234", 2 + draw_below(&seed, 5), 3 + draw_below(&seed, 6), 0,
                           draw_below(&seed, 9000));
                add(&s, "1235", draw_below(&seed, 4), 1, draw_below(&seed, 9000));
                s.radio[draw_below(&seed, (uint32_t)s.n)] = false;
                s.radio[draw_below(&seed, (uint32_t)s.n)] = false;
                listen(&s);
                for (i = 0; i < MAX * MAX; i++)
                        if (s.heard[i] < 0)
                                s.heard[i] =
                                        (int8_t)(s.heard[i] - (int8_t)draw_below(&seed, 12) + 6);
                for (i = 0; i < s.n; i++)
                        s.press[i].press_ms += draw_below(&seed, 997);
                t = s;
                for (i = 0; i < s.n; i++)
                        order[i] = i;
                for (i = s.n; i-- > 1;) {
                        j = draw_below(&seed, (uint32_t)i + 1);
                        if (i == j)
                                continue;
                        swap(&t, i, j);
                        keep = order[i];
                        order[i] = order[j];
                        order[j] = keep;
                }
                cluster(&s);
                cluster(&t);
                for (i = 0; i < s.n; i++)
                        for (j = 0; j < s.n; j++)
                                assert_int_equal(together(&t, i, j),
                                                 together(&s, order[i], order[j]));
        }
}

/* ---- linkage ---- */

/* Always joins the two most alike, searching all of them. */
static void join_plainly(float *like, size_t n, float least, uint32_t *label)
{
        float size[MAX], best;
        size_t a = 0, b = 0;

        for (size_t i = 0; i < n; i++) {
                size[i] = 1;
                label[i] = (uint32_t)i;
        }
        for (;;) {
                best = least;
                a = b = n;
                for (size_t i = 0; i < n; i++)
                        for (size_t j = i + 1; j < n; j++)
                                if (size[i] > 0 && size[j] > 0 && like[i * n + j] >= best) {
                                        best = like[i * n + j];
                                        a = i;
                                        b = j;
                                }
                if (a == n)
                        return;
                for (size_t k = 0; k < n; k++)
                        like[a * n + k] = like[k * n + a] =
                                (size[a] * like[a * n + k] + size[b] * like[b * n + k]) /
                                (size[a] + size[b]);
                size[a] += size[b];
                size[b] = 0;
                for (size_t k = 0; k < n; k++)
                        if (label[k] == b)
                                label[k] = (uint32_t)a;
        }
}

static void the_chain_joins_what_plain_search_joins(void **state)
{
        float chained[MAX * MAX], plain[MAX * MAX];
        uint32_t a[MAX], b[MAX];
        uint64_t seed = 7;
        size_t n;

        for (int round = 0; round < 500; round++) {
                n = 1 + draw_below(&seed, MAX);
                for (size_t i = 0; i < n; i++)
                        for (size_t j = 0; j <= i; j++)
                                chained[i * n + j] = chained[j * n + i] = plain[i * n + j] =
                                        plain[j * n + i] =
                                                (float)draw_below(&seed, 1000003) / 1000003;
                assert_int_equal(linkage_average(chained, n, 0.6F, a), 0);
                join_plainly(plain, n, 0.6F, b);
                assert_memory_equal(a, b, n * sizeof *a);
        }
}

enum { GRAPH = 12 };

typedef struct Graph {
        bool hears[GRAPH][GRAPH];
} Graph;

static bool graph_hears(const void *userdata, size_t i, size_t j)
{
        return ((const Graph *)userdata)->hears[i][j];
}

static void rounds_are_those_of_plain_search(void **state)
{
        uint64_t seed = 11;

        for (int run = 0; run < 500; run++) {
                size_t n = draw_below(&seed, GRAPH + 1), density = 1 + draw_below(&seed, 4);
                _cleanup_(rounds_freep) Rounds *r = NULL;
                uint32_t number[GRAPH] = {0};
                Graph g = {0}, way;

                for (size_t i = 0; i < n; i++)
                        for (size_t j = 0; j < n; j++)
                                g.hears[i][j] = i != j && draw_below(&seed, GRAPH) < density;
                way = g;
                for (size_t k = 0; k < n; k++)
                        for (size_t i = 0; i < n; i++)
                                for (size_t j = 0; j < n; j++)
                                        way.hears[i][j] |= way.hears[i][k] && way.hears[k][j];
                assert_int_equal(rounds_new(&r, n, graph_hears, &g, number), 0);
                while (rounds_step(r))
                        ;
                for (size_t i = 0; i < n; i++) {
                        assert_true(number[i] == ROUNDS_NONE || number[i] < rounds_count(r));
                        for (size_t j = 0; j < n; j++)
                                if (i != j)
                                        assert_int_equal(number[i] != ROUNDS_NONE &&
                                                                 number[i] == number[j],
                                                         way.hears[i][j] && way.hears[j][i]);
                }
        }
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(one_circle_is_one),
                cmocka_unit_test(neighbours_with_the_same_code_are_two),
                cmocka_unit_test(weak_phones_are_cut_as_well),
                cmocka_unit_test(who_has_a_wrong_clock_is_not_cut_off),
                cmocka_unit_test(moments_help_to_cut),
                cmocka_unit_test(moments_alone_cut_nothing),
                cmocka_unit_test(a_queue_is_one),
                cmocka_unit_test(two_openers_of_one_meeting_merge),
                cmocka_unit_test(silence_beside_radio_is_refused),
                cmocka_unit_test(a_third_without_radio_joins_a_pair_on_the_spot),
                cmocka_unit_test(a_third_that_hears_both_joins_if_it_came_with_them),
                cmocka_unit_test(half_a_sighting_is_a_pair_as_well),
                cmocka_unit_test(the_moment_speaks_for_the_silent),
                cmocka_unit_test(who_could_be_of_two_circles_is_of_none),
                cmocka_unit_test(one_bad_fix_makes_no_stranger),
                cmocka_unit_test(two_alone_are_a_pair_where_fixes_err),
                cmocka_unit_test(who_hears_several_who_do_not_hear_it_contradicts),
                cmocka_unit_test(claims_alone_do_not_admit),
                cmocka_unit_test(a_hall_with_short_lists_is_one),
                cmocka_unit_test(two_halls_with_short_lists_are_two),
                cmocka_unit_test(claims_in_a_hall_do_not_admit),
                cmocka_unit_test(one_who_has_just_pressed_is_not_yet_silent),
                cmocka_unit_test(a_close_that_is_asked_for_does_not_wait_for_radio),
                cmocka_unit_test(who_comes_last_divides_nobody),
                cmocka_unit_test(who_comes_last_brings_no_stranger),
                cmocka_unit_test(sybils_stay_among_themselves),
                cmocka_unit_test(without_radio_fixes_decide),
                cmocka_unit_test(a_crowd_of_two_meetings_is_parted),
                cmocka_unit_test(a_slip_is_forgiven_with_radio_only),
                cmocka_unit_test(a_slip_may_be_of_a_weak_phone),
                cmocka_unit_test(two_routes_one_digit_apart_are_two),
                cmocka_unit_test(past_the_window_are_two),
                cmocka_unit_test(the_order_of_people_does_not_matter),
                cmocka_unit_test(the_chain_joins_what_plain_search_joins),
                cmocka_unit_test(rounds_are_those_of_plain_search),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
