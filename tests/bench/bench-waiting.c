/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-waiting.c - what members waiting for news cost the cloud: memory each, and its
 * processor while nothing happens, beside the same process before them
 *
 * Every member joins and then waits on a connection of its own, in a group of its own, as after
 * a press. All join before the first waits: the last has begun to when the first still does.
 */
#include "tests/cloud/server.h"

#include <arpa/inet.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>

enum {
        PRESSES = 16, /* of each person */
        PEOPLE_MAX = 6250,
        MEMBERS_MAX = PEOPLE_MAX * PRESSES,
        BATCH = 64,          /* joins at the same time */
        PER_ADDRESS = 20000, /* connections: each address of ours has 28 232 ports */
        FILES_MAX = 1 << 20, /* what a kernel allows one process, unless it is told otherwise */
        SPARE_FDS = 2 * BATCH,
        IDLE_S = 5,
        LOOKED_S = 8, /* each group has looked around once by then, six seconds after its press */
        WAIT_MS = 55000,
        PATIENCE_S = 20
};

typedef struct Member {
        Answer answer;
        uint8_t *watch;
        size_t n_watch;
} Member;

typedef struct Crowd {
        Terminal people[PEOPLE_MAX];
        Member members[MEMBERS_MAX];
        int fds[MEMBERS_MAX]; /* on which they wait */
        size_t n_people, n;
} Crowd;

static double memory_kb(const Server *s)
{
        char path[64], line[256];
        double kb = 0;
        FILE *f;

        (void)snprintf(path, sizeof path, "/proc/%d/status", (int)s->pid);
        f = fopen(path, "re");
        assert_non_null(f);
        while (kb <= 0 && fgets(line, sizeof line, f))
                if (strncmp(line, "VmRSS:", 6) == 0)
                        kb = strtod(line + 6, NULL);
        (void)fclose(f);
        assert_true(kb > 0);
        return kb;
}

static size_t count_waiting(int fd)
{
        static const char name[] = "\nhuddle_waiting_requests ";
        _cleanup_free_ uint8_t *body = NULL;
        const char *at;
        size_t len;

        http_send(fd, "GET", "/metrics", NULL, 0);
        assert_int_equal(http_receive(fd, &body, &len), 200);
        at = strstr((const char *)body, name);
        assert_non_null(at);
        return strtoul(at + strlen(name), NULL, 10);
}

static void bench_pause(time_t seconds)
{
        (void)nanosleep(&(struct timespec){.tv_sec = seconds}, NULL);
}

/* Microseconds of processor in a second. */
static double idle_cpu_us(const Server *s)
{
        double used = server_cpu_s(s);

        bench_pause(IDLE_S);
        return (server_cpu_s(s) - used) * 1e6 / IDLE_S;
}

static void seal_watch(Terminal *t, Member *m)
{
        WireRequest request = PB_REQUEST_INIT;
        PbWatch watch = PB_WATCH_INIT;

        watch.member_id = wire_bytes(t->keys.id.b, sizeof t->keys.id.b);
        watch.seen_revision = 1; /* it is alone, and knows it */
        watch.wait_ms = WAIT_MS;
        request.body_case = PB_REQUEST_BODY_WATCH;
        request.watch = &watch;
        terminal_seal(t, &request, &m->answer, &m->watch, &m->n_watch);
}

static void send_join(int fd, Terminal *t, Member *m, size_t nr)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        JoinRequest join;
        char route[12];
        size_t len;

        terminal_press(t);
        (void)snprintf(route, sizeof route, "%06zu", nr);
        terminal_join_request(t, &join, route);
        terminal_seal(t, &join.request, &m->answer, &sealed, &len);
        http_send(fd, "POST", "/v1/rpc", sealed, len);
}

static void take_answer(int fd)
{
        _cleanup_free_ uint8_t *body = NULL;
        size_t len;

        assert_int_equal(http_receive(fd, &body, &len), 200);
}

static void join_batch(Crowd *c, const int *fds, size_t from, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                Terminal *t = &c->people[(from + i) % c->n_people];

                send_join(fds[i], t, &c->members[from + i], from + i);
                seal_watch(t, &c->members[from + i]);
        }
        for (size_t i = 0; i < n; i++)
                take_answer(fds[i]);
}

static void join_all(const Server *s, Crowd *c)
{
        int fds[BATCH];

        for (size_t i = 0; i < BATCH; i++)
                fds[i] = http_connect(s);
        for (size_t i = 0; i < c->n; i += BATCH)
                join_batch(c, fds, i, MIN(c->n - i, (size_t)BATCH));
        for (size_t i = 0; i < BATCH; i++)
                (void)close(fds[i]);
}

/* From 127.0.0.2, 127.0.0.3, ... */
static int connect_as(const Server *s, size_t nr)
{
        struct sockaddr_in from = {.sin_family = AF_INET}, to = from;
        int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), on = 1;

        assert_true(fd >= 0);
        from.sin_addr.s_addr = htonl((uint32_t)(INADDR_LOOPBACK + 1 + nr / PER_ADDRESS));
        to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to.sin_port = htons((uint16_t)s->port);
        /* the port is chosen when both ends are known */
        (void)setsockopt(fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        assert_int_equal(bind(fd, (struct sockaddr *)&from, sizeof from), 0);
        assert_int_equal(connect(fd, (struct sockaddr *)&to, sizeof to), 0);
        return fd;
}

static void wait_all(const Server *s, Crowd *c)
{
        for (size_t i = 0; i < c->n; i++) {
                Member *m = &c->members[i];

                c->fds[i] = connect_as(s, i);
                http_send(c->fds[i], "POST", "/v1/rpc", m->watch, m->n_watch);
                free(m->watch);
        }
}

static void crowd_fill(Crowd *c, Server *s, size_t n_people)
{
        char handle[32];

        c->n_people = n_people;
        c->n = n_people * PRESSES;
        for (size_t i = 0; i < n_people; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&c->people[i], &s->cloud, handle);
        }
}

static void wait_until_waiting(int admin, size_t n)
{
        time_t deadline = time(NULL) + PATIENCE_S;

        while (count_waiting(admin) < n)
                assert_true(time(NULL) < deadline);
}

static void measure(size_t n_people)
{
        static Crowd crowd;
        double before_kb, after_kb, before_us, after_us;
        Server s;
        int admin;

        server_begin(&s, "Connections=1000000\n"
                         "[Groups]\nGatheringPerAccount=16\nWindow=20min\nMaxWindow=20min\n");
        crowd_fill(&crowd, &s, n_people);
        before_us = idle_cpu_us(&s);
        before_kb = memory_kb(&s);
        join_all(&s, &crowd);
        wait_all(&s, &crowd);
        admin = http_connect_admin(&s);
        wait_until_waiting(admin, crowd.n);
        bench_pause(LOOKED_S);
        after_us = idle_cpu_us(&s);
        after_kb = memory_kb(&s);
        assert_int_equal(count_waiting(admin), crowd.n); /* else their going was measured, too */
        printf("%6zu members wait: %.1f kB each with rows and caches, %.0f MB in all, %.1f MB "
               "before them; "
               "%.1f us of processor a second while nothing happens, %.1f before them\n",
               crowd.n, (after_kb - before_kb) / (double)crowd.n, after_kb / 1024, before_kb / 1024,
               after_us, before_us);
        server_end(&s);
        (void)close(admin);
        for (size_t i = 0; i < crowd.n; i++)
                (void)close(crowd.fds[i]);
}

/* How many files this process, and the cloud that it starts, may have open: as many as it may
 * allow itself. */
static size_t raise_limit(void)
{
        struct rlimit most = {.rlim_cur = FILES_MAX, .rlim_max = FILES_MAX}, limit;

        (void)setrlimit(RLIMIT_NOFILE, &most); /* root's alone */
        if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return 0;
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        return limit.rlim_max;
}

int main(void)
{
        size_t files = raise_limit();
        size_t most = files > SPARE_FDS ? (files - SPARE_FDS) / PRESSES : 0; /* people */

        if (sodium_init() < 0)
                return 1;
        for (size_t people = 250; people < PEOPLE_MAX; people *= 5)
                if (people <= most)
                        measure(people);
        measure(MIN(most, (size_t)PEOPLE_MAX));
        if (most < PEOPLE_MAX)
                printf("%6d members: not measured, only %zu files may be open\n", MEMBERS_MAX,
                       files);
        return 0;
}
