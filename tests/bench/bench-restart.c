/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-restart.c - how long a cloud reads its groups when it starts, and the memory they take
 *
 * 200 000 groups of four: first as they are while cards pass, then as they gather, with sightings.
 * Each is opened by a process that has done nothing before. bench-restart [GROUPS]
 */
#include "cloud/store/store.h"

#include "tests/unit/test.h"

#include <sodium.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

enum { GROUPS = 200000, PARTY = 4, BATCH = 2000, FAR_MS = 1 << 30 };

static double seconds(clockid_t clock)
{
        struct timespec ts;

        (void)clock_gettime(clock, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void add_member(Store *s, const GroupRow *g, int64_t account, Token *last, bool gathers)
{
        MemberRow m = {.group = g->id, .account = account, .fix = {.known = true}};
        Sighting heard = {.token = *last, .transport = SIGHTING_BLE};

        memcpy(m.route, g->route, sizeof m.route);
        m.fix.latitude_e7 = (int32_t)randombytes_uniform(1200000000) - 600000000;
        m.fix.longitude_e7 = (int32_t)randombytes_uniform(1800000000);
        id_random(&m.member_id);
        randombytes_buf(&m.token, sizeof m.token);
        assert_int_equal(store_member_add(s, &m), 0);
        if (gathers && account % PARTY != 0)
                assert_int_equal(store_heard_set(s, m.id, &heard, 1), 0);
        *last = m.token;
}

static void add_group(Store *s, size_t nr, bool gathers)
{
        GroupRow g = {.phase = GROUP_GATHERING, .deadline_ms = FAR_MS, .expires_ms = FAR_MS};
        Token last = {{0}};

        (void)snprintf(g.route, sizeof g.route, "%06u", (unsigned)(nr % 100000));
        assert_int_equal(store_group_add(s, &g), 0);
        for (size_t i = 0; i < PARTY; i++)
                add_member(s, &g, (int64_t)(nr * PARTY + i), &last, gathers);
        if (gathers)
                return;
        g.phase = GROUP_EXCHANGING;
        g.deadline_ms = 0;
        assert_int_equal(store_group_update(s, &g), 0);
        assert_int_equal(store_evidence_drop(s, g.id, 0, PARTY + 1), 0);
}

static void fill(const char *path, size_t groups, bool gather)
{
        Store *s;

        assert_int_equal(store_sqlite_open(&s, path), 0);
        for (size_t i = 0; i < groups; i++) {
                if (i % BATCH == 0)
                        assert_int_equal(store_begin(s), 0);
                add_group(s, i, gather);
                if (i % BATCH == BATCH - 1 || i == groups - 1)
                        assert_int_equal(store_commit(s), 0);
        }
        (void)store_free(s);
}

static void open_and_tell(const char *path, const char *what)
{
        double start = seconds(CLOCK_MONOTONIC), used = seconds(CLOCK_PROCESS_CPUTIME_ID);
        struct rusage usage;
        StoreCounts n;
        Store *s;

        assert_int_equal(store_sqlite_open(&s, path), 0);
        start = seconds(CLOCK_MONOTONIC) - start;
        used = seconds(CLOCK_PROCESS_CPUTIME_ID) - used;
        assert_int_equal(store_count(s, &n), 0);
        (void)getrusage(RUSAGE_SELF, &usage);
        printf("%u groups, %u members, %s: there after %.2f s, %.2f s of processor, %ld MB\n",
               (unsigned)n.groups, (unsigned)n.members, what, start, used, usage.ru_maxrss / 1024);
        (void)fflush(stdout);
        (void)store_free(s);
}

/* This program again, with the memory of one that starts. */
static void in_a_process(const char *path, const char *what)
{
        char *argv[] = {(char *)"bench-restart", (char *)path, (char *)what, NULL};
        pid_t pid = fork();
        int status;

        assert_true(pid >= 0);
        if (pid == 0) {
                (void)execv("/proc/self/exe", argv);
                _exit(127);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        assert_int_equal(status, 0);
}

int main(int argc, char **argv)
{
        size_t groups = argc == 2 ? strtoul(argv[1], NULL, 10) : GROUPS;
        char folder[] = "/tmp/huddle-bench.XXXXXX", path[64], command[128];

        if (sodium_init() < 0)
                return 1;
        if (argc == 3) {
                open_and_tell(argv[1], argv[2]);
                return 0;
        }
        if (groups == 0 || !mkdtemp(folder))
                return 1;
        for (int gather = 0; gather <= 1; gather++) {
                (void)snprintf(path, sizeof path, "%s/%d", folder, gather);
                fill(path, groups, gather);
                in_a_process(path, gather ? "gathering" : "exchanging");
        }
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        return system(command) == 0 ? 0 : 1;
}
