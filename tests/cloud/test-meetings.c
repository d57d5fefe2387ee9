/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-meetings.c - a hall of fifty, alone or with a seminar of ten in the room behind it */
#include "cloud/match/meetings.h"
#include "cloud/match/subgroups.h"
#include "tests/cloud/usual-matching.h"
#include "tests/sim/chance.h"
#include "tests/unit/test.h"

#include <math.h>

enum { HALL = 50, SEMINAR = 10, ALL = HALL + SEMINAR, WALL_DB = 6 };

typedef struct Crowd {
        size_t n;
        double x[ALL], y[ALL];
        uint64_t press_ms[ALL];
        float strength[ALL * ALL];
        const uint32_t *meeting;
        Meetings *meetings;
        Chance chance;
} Crowd;

static double draw_metres(Crowd *c, unsigned up_to)
{
        return (double)chance_below(&c->chance, up_to * 100) / 100;
}

/* People press from this moment on, each within some seconds. */
static void crowd_enter(Crowd *c, size_t n, double x, double y, unsigned wide, unsigned deep,
                        uint64_t from_ms)
{
        for (size_t i = 0; i < n; i++) {
                c->x[c->n] = x + draw_metres(c, wide);
                c->y[c->n] = y + draw_metres(c, deep);
                c->press_ms[c->n++] =
                        from_ms + (i == 0 ? 0 : 1000 + (uint64_t)chance_below(&c->chance, 5000));
        }
}

/* As loud as distance, a wall and the scatter of phones let it be. */
static float crowd_strength(Crowd *c, size_t i, size_t j, bool wall)
{
        double d = fmax(0.5, hypot(c->x[i] - c->x[j], c->y[i] - c->y[j]));
        double scatter = (double)chance_below(&c->chance, 1200) / 100 - 6;

        return (float)(-63 - 20 * log10(d) - (d > 8 ? 15 * log10(d / 8) : 0) + scatter -
                       (wall && (i < HALL) != (j < HALL) ? WALL_DB : 0));
}

static void crowd_listen(Crowd *c, bool wall)
{
        for (size_t i = 0; i < c->n; i++) {
                c->strength[i * c->n + i] = SUBGROUPS_UNKNOWN;
                for (size_t j = 0; j < i; j++)
                        c->strength[i * c->n + j] = c->strength[j * c->n + i] =
                                crowd_strength(c, i, j, wall);
        }
}

static void crowd_part(Crowd *c)
{
        assert_int_equal(
                meetings_new(&c->meetings, &settings, 60000, c->strength, c->press_ms, c->n), 0);
        while (meetings_step(c->meetings))
                ;
        c->meeting = meetings_result(c->meetings);
}

static size_t crowd_in_meeting_of(const Crowd *c, size_t of, size_t from, size_t to)
{
        size_t n = 0;

        for (size_t i = from; i < to; i++)
                n += c->meeting[i] == c->meeting[of];
        return n;
}

static void a_hall_is_one_meeting(void **state)
{
        for (uint64_t seed = 1; seed <= 50; seed++) {
                Crowd c = {0};

                chance_seed(&c.chance, seed);
                crowd_enter(&c, HALL, 0, 0, 18, 12, 1000000);
                c.press_ms[HALL / 2] += 40000; /* late */
                c.press_ms[HALL / 3] -= 30000; /* a wrong clock */
                crowd_listen(&c, false);
                crowd_part(&c);
                assert_int_equal(crowd_in_meeting_of(&c, 0, 0, HALL), HALL);
                (void)meetings_free(c.meetings);
        }
}

/* Ten more people: where they are, and when the first of them presses. */
typedef struct More {
        double x, y;
        unsigned wide, deep;
        bool wall;
        uint64_t after_ms;
} More;

static void crowd_with_more(Crowd *c, const More *more, uint64_t seed)
{
        *c = (Crowd){0};
        chance_seed(&c->chance, seed);
        crowd_enter(c, HALL, 0, 0, 18, 12, 1000000);
        crowd_enter(c, SEMINAR, more->x, more->y, more->wide, more->deep, 1000000 + more->after_ms);
        crowd_listen(c, more->wall);
}

/* The share of pairs of both, of all in 50 crowds, that are in one meeting. */
static double share_together(const More *more)
{
        size_t n = 0;
        Crowd c;

        for (uint64_t seed = 1; seed <= 50; seed++) {
                crowd_with_more(&c, more, seed);
                crowd_part(&c);
                for (size_t i = HALL; i < ALL; i++)
                        n += crowd_in_meeting_of(&c, i, 0, HALL);
                (void)meetings_free(c.meetings);
        }
        return (double)n / (50 * HALL * SEMINAR);
}

static void a_seminar_at_another_time_is_another(void **state)
{
        assert_true(share_together(&(More){6, 14, 5, 5, true, 15000}) < 0.05);
}

static void a_seminar_at_the_same_time_cannot_be_told(void **state)
{
        assert_true(share_together(&(More){6, 14, 5, 5, true, 0}) > 0.95);
}

/* They came late, and stand beside the others. */
static void moments_alone_part_nobody(void **state)
{
        assert_true(share_together(&(More){18, 0, 3, 6, false, 15000}) > 0.8);
}

static void without_strengths_all_are_one(void **state)
{
        Crowd c;

        crowd_with_more(&c, &(More){6, 14, 5, 5, true, 15000}, 1);
        for (size_t i = 0; i < ALL * ALL; i++)
                c.strength[i] = SUBGROUPS_UNKNOWN;
        crowd_part(&c);
        assert_int_equal(crowd_in_meeting_of(&c, 0, 0, ALL), ALL);
        (void)meetings_free(c.meetings);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_hall_is_one_meeting),
                cmocka_unit_test(a_seminar_at_another_time_is_another),
                cmocka_unit_test(a_seminar_at_the_same_time_cannot_be_told),
                cmocka_unit_test(moments_alone_part_nobody),
                cmocka_unit_test(without_strengths_all_are_one),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
