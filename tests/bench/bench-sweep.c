/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-sweep.c - how long an answer waits while 100 000 groups with 400 000 members expire
 *
 * The groups are in a file, as a start finds them after a long pause. Between any two turns of the
 * sweep a terminal asks for its profile. What counts is the processor's time of a turn: for so long
 * nobody is answered. bench-sweep [GROUPS]
 */
#include "cloud/api/batch.h"
#include "tests/cloud/fixture.h"

#include <stdio.h>
#include <time.h>

enum { GROUPS = 100000, PARTY = 4, BATCH = 2000, TURNS_MAX = 1 << 20 };

static double used_ms(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void add_group(Store *s, int64_t account)
{
        GroupRow g = {.route = "4821",
                      .phase = GROUP_EXCHANGING,
                      .opened_ms = 1,
                      .expires_ms = WALL_START_MS + 1,
                      .n_members = PARTY};

        assert_int_equal(store_group_add(s, &g), 0);
        for (unsigned i = 0; i < PARTY; i++) {
                MemberRow m = {.group = g.id, .account = account + i, .route = "4821"};

                id_random(&m.member_id);
                assert_int_equal(store_member_add(s, &m), 0);
        }
}

static void fill(Store *s, size_t groups)
{
        for (size_t i = 0; i < groups; i++) {
                if (i % BATCH == 0)
                        assert_int_equal(store_begin(s), 0);
                add_group(s, 1000 + (int64_t)i * PARTY);
                if (i % BATCH == BATCH - 1 || i == groups - 1)
                        assert_int_equal(store_commit(s), 0);
        }
}

static uint64_t groups_of(Store *s)
{
        StoreCounts n;

        assert_int_equal(store_count(s, &n), 0);
        return n.groups;
}

static int compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

static void sweep(Cloud *c, Terminal *t)
{
        static double turns[TURNS_MAX];
        double all = used_ms(), begun;
        size_t n = 0;

        for (; groups_of(c->store) > 0 && n < TURNS_MAX; n++) {
                begun = used_ms();
                step_clock_advance(c->clock, API_BATCH_MS);
                turns[n] = used_ms() - begun;
                assert_int_equal(terminal_simple(t, PB_REQUEST_BODY_DESCRIBE), OK);
        }
        all = used_ms() - all;
        assert_in_range(n, 1, TURNS_MAX - 1);
        qsort(turns, n, sizeof *turns, compare);
        printf("%zu turns, %.1f s of processor; a turn takes %.1f ms (p50), %.1f ms (p99), %.1f ms "
               "at worst\n",
               n, all / 1000, turns[n / 2], turns[n * 99 / 100], turns[n - 1]);
}

int main(int argc, char **argv)
{
        size_t groups = argc > 1 ? strtoul(argv[1], NULL, 10) : GROUPS;
        char folder[] = "/tmp/huddle-bench.XXXXXX", path[64], command[128];
        Cloud c = {.verifies = false};
        Terminal t;
        Store *s;

        if (sodium_init() < 0 || groups == 0 || !mkdtemp(folder))
                return 1;
        (void)snprintf(path, sizeof path, "%s/cloud.db", folder);
        assert_int_equal(store_sqlite_open(&s, path), 0);
        fill(s, groups);
        cloud_begin(&c, s);
        terminal_ready_made(&t, &c, "somebody");
        printf("%zu groups expire: ", groups);
        sweep(&c, &t);
        cloud_end(&c);
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        return system(command) == 0 ? 0 : 1;
}
