/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-sweep.c - how long an answer waits while 100 000 groups with 400 000 members expire
 *
 * The groups are in a file, as a start finds them after a long pause. A terminal asks for its
 * profile just when a turn of the sweep has begun, and again and again: so it waits for the rest of
 * that turn, and for the next, which is in the batch of its answer. bench-sweep [GROUPS]
 */
#include "cloud/api/batch.h"
#include "tests/cloud/fixture.h"

#include <stdio.h>
#include <time.h>

enum { GROUPS = 100000, PARTY = 4, BATCH = 2000, TURNS_MAX = 1 << 20 };

static double clock_ms(clockid_t clock)
{
        struct timespec ts;

        (void)clock_gettime(clock, &ts);
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

typedef struct Times {
        double list[TURNS_MAX];
        size_t n;
} Times;

static void print_times(Times *t, const char *what)
{
        qsort(t->list, t->n, sizeof *t->list, compare);
        printf("  %s %.1f ms (p50), %.1f ms (p99), %.1f ms at worst\n", what, t->list[t->n / 2],
               t->list[t->n * 99 / 100], t->list[t->n - 1]);
}

static void sweep(Cloud *c, Terminal *t)
{
        static Times turns, answers, clocks; /* the last: by the clock, with the disk */
        double begun = clock_ms(CLOCK_PROCESS_CPUTIME_ID), all = begun, clock;
        size_t n = 0;

        for (; groups_of(c->store) > 0 && n < TURNS_MAX; n++) {
                begun = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
                clock = clock_ms(CLOCK_MONOTONIC);
                step_clock_advance(c->clock, API_BATCH_MS);
                turns.list[n] = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - begun;
                assert_int_equal(terminal_simple(t, PB_REQUEST_BODY_DESCRIBE), OK);
                answers.list[n] = clock_ms(CLOCK_PROCESS_CPUTIME_ID) - begun;
                clocks.list[n] = clock_ms(CLOCK_MONOTONIC) - clock;
        }
        turns.n = answers.n = clocks.n = n;
        assert_in_range(n, 1, TURNS_MAX - 1);
        printf("%zu answers, %.1f s of processor\n", n,
               (clock_ms(CLOCK_PROCESS_CPUTIME_ID) - all) / 1000);
        print_times(&turns, "a turn takes, of processor,");
        print_times(&answers, "an answer waits, of processor,");
        print_times(&clocks, "and by the clock, with the disk,");
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
