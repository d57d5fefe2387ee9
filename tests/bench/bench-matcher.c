/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-matcher.c - the dearest single step of the matcher at a thousand members, and a decision
 * while ten thousand, a hundred thousand and a million groups are open
 *
 * Times are of the processor; of three runs the one counts whose dearest step was cheapest, for
 * what interrupts one does not interrupt the same step thrice. A step is what cannot be divided
 * between other requests.
 */
#include "cloud/match/looking.h"
#include "tests/cloud/crowd.h"
#include "tests/cloud/usual-matching.h"
#include "tests/unit/test.h"

#include <sodium.h>
#include <stdio.h>
#include <time.h>

enum {
        CROWD = 1000,
        RUNS = 3,
        WINDOW_MS = 60000,
        NOW_MS = 1700000000,
        NEWCOMERS = 2000,
        AMENDS = 100,
};

static double cpu_ms(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

/* ---- a thousand members ---- */

/* The dearest of each, in ms. */
typedef struct Dearest {
        double join, amend, look, close;
        unsigned steps; /* of the close */
} Dearest;

static Store *bench_crowd(CrowdKind kind, GroupRow *ret)
{
        Store *s;
        int64_t group;

        assert_int_equal(store_sqlite_open(&s, ":memory:"), 0);
        assert_int_equal(store_begin(s), 0);
        group = crowd_add(s, kind, CROWD, NOW_MS);
        assert_int_equal(store_group_get(s, group, ret), 0);
        ret->deadline_ms = NOW_MS + WINDOW_MS;
        assert_int_equal(store_group_update(s, ret), 0);
        return s;
}

/* One who heard 64 of them comes. */
static double bench_join(Store *s)
{
        MemberRow m = {.route = "4821",
                       .fix = {true, 470000000, 80000000, 20},
                       .press_ms = NOW_MS,
                       .arrival_ms = NOW_MS};
        Sighting heard[SERIAL_HEARD_MAX] = {0};
        MatchDecision d;
        MemberRow other;
        double begin;

        for (size_t i = 0; i < SERIAL_HEARD_MAX; i++) {
                Id id = crowd_id(i);

                assert_int_equal(store_member_get(s, &id, &other), 0);
                heard[i] = (Sighting){.token = other.token, .transport = SIGHTING_BLE};
        }
        begin = cpu_ms();
        assert_int_equal(
                matcher_decide(&settings, s, &m, heard, SERIAL_HEARD_MAX, WINDOW_MS, NOW_MS, &d),
                0);
        return cpu_ms() - begin;
}

/* News of some of them, which may put groups together. */
static double bench_amends(Store *s)
{
        double worst = 0, begin;
        MemberRow m;

        for (size_t i = 0; i < AMENDS; i++) {
                Id id = crowd_id(i);

                assert_int_equal(store_member_get(s, &id, &m), 0);
                begin = cpu_ms();
                assert_int_equal(regroup_linked(&settings, s, m.id, settings.max_members, WINDOW_MS,
                                                NOW_MS, NULL, NULL),
                                 0);
                worst = MAX(worst, cpu_ms() - begin);
        }
        return worst;
}

static double bench_look(Store *s, GroupRow *g)
{
        double begin = cpu_ms();

        assert_int_equal(looking_cut_off(s, g, WINDOW_MS, NOW_MS, NULL, NULL), 0);
        assert_int_equal(looking_take_silent(&settings, s, g, WINDOW_MS, NOW_MS, true, NULL, NULL),
                         0);
        return cpu_ms() - begin;
}

static double bench_close(Store *s, const GroupRow *g, unsigned *ret_steps)
{
        Regrouping *x;
        double worst = 0, begin;
        int r;

        assert_int_equal(regrouping_new(&x, &settings, s, g, settings.max_members, WINDOW_MS,
                                        NOW_MS + WINDOW_MS, NULL, NULL),
                         0);
        *ret_steps = 0;
        do {
                begin = cpu_ms();
                r = regrouping_step(x);
                worst = MAX(worst, cpu_ms() - begin);
                ++*ret_steps;
        } while (r > 0);
        assert_int_equal(r, 0);
        (void)regrouping_free(x);
        return worst;
}

/* Each in a crowd of its own, for each changes it. */
static void bench_kind(CrowdKind kind)
{
        Dearest d = {1e9, 1e9, 1e9, 1e9, 0};
        GroupRow g;
        Store *s;

        for (unsigned run = 0; run < RUNS; run++) {
                s = bench_crowd(kind, &g);
                d.join = MIN(d.join, bench_join(s));
                d.amend = MIN(d.amend, bench_amends(s));
                s = store_free(s);
                s = bench_crowd(kind, &g);
                d.look = MIN(d.look, bench_look(s, &g));
                s = store_free(s);
                s = bench_crowd(kind, &g);
                d.close = MIN(d.close, bench_close(s, &g, &d.steps));
                s = store_free(s);
        }
        printf("%-10s %8.2f %8.2f %8.2f %8.2f ms of %6u steps%s\n", crowd_names[kind], d.join,
               d.amend, d.look, d.close, d.steps,
               MAX(MAX(d.join, d.amend), MAX(d.look, d.close)) > 5 ? "  MORE THAN 5 ms" : "");
}

/* ---- many open groups ---- */

/* Drawn by a generator of its own, so that the same rows are in each run. */
static uint64_t bench_draw(uint64_t *state, uint64_t below)
{
        *state = *state * UINT64_C(6364136223846793005) + 1442695040888963407;
        return (*state >> 33) % below;
}

/* Somebody in one of 300 cities; one in ten thousand routes, or the route of all. */
static MemberRow bench_somebody(uint64_t *state, uint64_t i)
{
        uint64_t city = bench_draw(state, 300);
        MemberRow m = {.press_ms = NOW_MS, .arrival_ms = NOW_MS};

        (void)snprintf(m.route, sizeof m.route, "%04u",
                       (unsigned)(i < 10000 ? 1234 : bench_draw(state, 10000)));
        m.fix = (Fix){
                true, (int32_t)(city * 3000000) - 450000000 + (int32_t)bench_draw(state, 2000000),
                (int32_t)(city * 10000000) - 1500000000 + (int32_t)bench_draw(state, 2000000), 20};
        memcpy(m.member_id.b, &i, sizeof i);
        memcpy(m.token.b, &i, sizeof i);
        return m;
}

static void bench_open(Store *s, const MemberRow *m)
{
        GroupRow g = {.phase = GROUP_GATHERING,
                      .opened_ms = NOW_MS,
                      .deadline_ms = NOW_MS + WINDOW_MS,
                      .expires_ms = NOW_MS + 4 * WINDOW_MS,
                      .revision = 1,
                      .opener = m->member_id,
                      .n_members = 1};
        MemberRow opener = *m;

        memcpy(g.route, m->route, sizeof g.route);
        assert_int_equal(store_group_add(s, &g), 0);
        opener.group = g.id;
        assert_int_equal(store_member_add(s, &opener), 0);
}

/* Each newcomer is beside one who has opened a group on the route that most have. */
static void bench_newcomers(Store *s, uint64_t groups)
{
        uint64_t state = 1, steps = store_steps(s), joined = 0;
        double begin = cpu_ms(), each;
        MatchDecision d;

        for (uint64_t i = 0; i < NEWCOMERS; i++) {
                MemberRow m = bench_somebody(&state, i);

                m.member_id.b[15] = m.token.b[7] = 1;
                assert_int_equal(matcher_decide(&settings, s, &m, NULL, 0, WINDOW_MS, NOW_MS, &d),
                                 0);
                joined += d.verdict == MATCH_JOIN;
        }
        each = (cpu_ms() - begin) / NEWCOMERS;
        printf("%8lu open groups: %6.1f us and %5lu steps of the store for a decision, %lu of %u "
               "join\n",
               (unsigned long)groups, each * 1e3,
               (unsigned long)((store_steps(s) - steps) / NEWCOMERS), (unsigned long)joined,
               (unsigned)NEWCOMERS);
}

static void bench_many(void)
{
        uint64_t state = 1, n = 0;
        Store *s;

        assert_int_equal(store_sqlite_open(&s, ":memory:"), 0);
        for (uint64_t groups = 10000; groups <= 1000000; groups *= 10) {
                assert_int_equal(store_begin(s), 0);
                for (; n < groups; n++) {
                        MemberRow m = bench_somebody(&state, n);

                        bench_open(s, &m);
                }
                assert_int_equal(store_commit(s), 0);
                bench_newcomers(s, groups);
        }
        (void)store_free(s);
}

int main(void)
{
        if (sodium_init() < 0)
                return 1;
        printf("%-10s %8s %8s %8s %8s\n", "1000 in", "a join", "an amend", "a look",
               "a step of the close");
        for (unsigned kind = 0; kind < CROWD_KINDS; kind++)
                bench_kind((CrowdKind)kind);
        bench_many();
        return 0;
}
