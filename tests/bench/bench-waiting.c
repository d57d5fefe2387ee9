/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-waiting.c - what members waiting for news cost the cloud: memory each, and its
 * processor while nothing happens, beside the same process before them
 *
 * Every member joins and then waits on a connection of its own, in a group of its own, as after
 * a press.
 */
#include "tests/cloud/server.h"

#include <signal.h>
#include <sys/resource.h>
#include <time.h>

enum {
        PRESSES = 16, /* of each person */
        PEOPLE_MAX = 1000,
        BATCH = 64, /* joins at the same time */
        SPARE_FDS = 64,
        IDLE_S = 5,
        WAIT_MS = 55000,
        PATIENCE_S = 20
};

typedef struct Member {
        Answer answer;
        uint8_t *watch;
        size_t n_watch;
        int fd;
} Member;

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

/* Microseconds of processor in a second. */
static double idle_cpu_us(const Server *s)
{
        double used = server_cpu_s(s);

        (void)nanosleep(&(struct timespec){.tv_sec = IDLE_S}, NULL);
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

static void send_join(const Server *s, Terminal *t, Member *m, size_t nr)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        JoinRequest join;
        char route[12];
        size_t len;

        terminal_press(t);
        (void)snprintf(route, sizeof route, "%06zu", nr);
        terminal_join_request(t, &join, route);
        terminal_seal(t, &join.request, &m->answer, &sealed, &len);
        m->fd = http_connect(s);
        http_send(m->fd, "POST", "/v1/rpc", sealed, len);
}

/* When it has joined; its connection stays open until the end. */
static int send_watch(Member *m)
{
        _cleanup_free_ uint8_t *body = NULL;
        size_t len;

        assert_int_equal(http_receive(m->fd, &body, &len), 200);
        http_send(m->fd, "POST", "/v1/rpc", m->watch, m->n_watch);
        free(m->watch);
        return m->fd;
}

static void begin_to_wait(const Server *s, Terminal *people, size_t n_people, int *ret_fds,
                          size_t from, size_t n)
{
        Member members[BATCH];

        for (size_t i = 0; i < n; i++) {
                Terminal *t = &people[(from + i) % n_people];

                send_join(s, t, &members[i], from + i);
                seal_watch(t, &members[i]);
        }
        for (size_t i = 0; i < n; i++)
                ret_fds[from + i] = send_watch(&members[i]);
}

static void measure(size_t n_people)
{
        static Terminal people[PEOPLE_MAX];
        static int fds[PEOPLE_MAX * PRESSES];
        size_t n = n_people * PRESSES;
        double before_kb, after_kb, before_us, after_us;
        time_t deadline;
        char handle[32];
        Server s;
        int fd;

        server_begin(&s, "Connections=1000000\n[Groups]\nGatheringPerAccount=16\nWindow=5min\n");
        for (size_t i = 0; i < n_people; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&people[i], &s.cloud, handle);
        }
        before_us = idle_cpu_us(&s);
        before_kb = memory_kb(&s);
        for (size_t i = 0; i < n; i += BATCH)
                begin_to_wait(&s, people, n_people, fds, i, MIN(n - i, (size_t)BATCH));
        fd = http_connect_admin(&s);
        deadline = time(NULL) + PATIENCE_S;
        while (count_waiting(fd) < n)
                assert_true(time(NULL) < deadline);
        after_us = idle_cpu_us(&s);
        after_kb = memory_kb(&s);
        assert_int_equal(count_waiting(fd), n); /* else their going was measured, too */
        printf("%5zu members wait: %.1f kB each with rows and caches, %.1f times the %.1f MB "
               "before them; "
               "%.1f us of processor a second while nothing happens, %.1f before them\n",
               n, (after_kb - before_kb) / (double)n, after_kb / before_kb, before_kb / 1024,
               after_us, before_us);
        server_end(&s);
        (void)close(fd);
        for (size_t i = 0; i < n; i++)
                (void)close(fds[i]);
}

int main(void)
{
        static const size_t crowds[] = {PEOPLE_MAX / 4, PEOPLE_MAX}; /* of people */
        struct rlimit limit;

        if (sodium_init() < 0 || getrlimit(RLIMIT_NOFILE, &limit) < 0)
                return 1;
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_NOFILE, &limit);
        for (size_t i = 0; i < ARRAY_LEN(crowds); i++)
                if (crowds[i] * PRESSES + SPARE_FDS <= limit.rlim_max)
                        measure(crowds[i]);
                else
                        printf("%5zu members: not measured, only %ju files may be open\n",
                               crowds[i] * PRESSES, (uintmax_t)limit.rlim_max);
        return 0;
}
