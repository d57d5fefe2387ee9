/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "joins.h"

#include <sys/epoll.h>
#include <time.h>

double joins_now_s(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

void joins_make_terminals(Server *s, Terminal *terminals)
{
        char handle[16];

        for (size_t i = 0; i < JOINS_TERMINALS; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&terminals[i], &s->cloud, handle);
        }
}

/* A later terminal hears those that are there. */
static void hear_earlier(JoinRequest *join, const Token *earlier, size_t n)
{
        for (size_t i = 0; i < n; i++)
                join->serial.heard[i] = (Sighting){.token = earlier[i],
                                                   .transport = SIGHTING_BLE,
                                                   .rssi_dbm = -60,
                                                   .last_heard_ms = 900};
        join->serial.n_heard = n;
        wire_serial_fill(&join->wire, &join->serial);
}

/* From pole to pole, some two kilometres apart. */
static void stand_apart(JoinRequest *join, size_t party)
{
        enum { STEP_E7 = 200000 };

        join->serial.fix.latitude_e7 = (int32_t)(party * STEP_E7) - JOINS_MAX / 8 * STEP_E7;
        wire_serial_fill(&join->wire, &join->serial);
}

void joins_seal(Terminal *terminals, bool one_route, SealedJoin *ret, size_t n)
{
        Token party[JOINS_PARTY];

        for (size_t i = 0; i < n; i++) {
                Terminal *t = &terminals[i % JOINS_TERMINALS];
                JoinRequest join;
                Answer answer;
                char route[24];

                terminal_press(t);
                (void)snprintf(route, sizeof route, "%06zu", one_route ? 0 : i / JOINS_PARTY);
                terminal_join_request(t, &join, route);
                if (one_route)
                        stand_apart(&join, i / JOINS_PARTY);
                hear_earlier(&join, party, i % JOINS_PARTY);
                party[i % JOINS_PARTY] = t->token;
                terminal_seal(t, &join.request, &answer, &ret[i].bytes, &ret[i].len);
        }
}

int joins_compare(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

JoinsRun joins_run(const Server *servers, size_t n_servers, size_t connections,
                   const SealedJoin *sealed, size_t n_joins)
{
        static double latencies[JOINS_MAX], sent_at[JOINS_CONNECTIONS];
        static int fds[JOINS_CONNECTIONS];
        struct epoll_event events[64];
        size_t next = 0, done = 0;
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        double start;

        for (size_t i = 0; i < connections; i++) {
                struct epoll_event e = {.events = EPOLLIN, .data.u64 = i};

                fds[i] = http_connect(&servers[i % n_servers]);
                assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e), 0);
        }
        start = joins_now_s();
        for (size_t i = 0; i < connections && next < n_joins; i++, next++) {
                sent_at[i] = joins_now_s();
                http_send(fds[i], "POST", "/v1/rpc", sealed[next].bytes, sealed[next].len);
        }
        while (done < n_joins) {
                int n = epoll_wait(epoll, events, ARRAY_LEN(events), 20000);

                assert_true(n > 0);
                for (int k = 0; k < n; k++) {
                        size_t i = events[k].data.u64, len;
                        uint8_t *body;

                        assert_int_equal(http_receive(fds[i], &body, &len), 200);
                        free(body);
                        latencies[done++] = joins_now_s() - sent_at[i];
                        if (next == n_joins)
                                continue;
                        sent_at[i] = joins_now_s();
                        http_send(fds[i], "POST", "/v1/rpc", sealed[next].bytes, sealed[next].len);
                        next++;
                }
        }
        start = joins_now_s() - start;
        for (size_t i = 0; i < connections; i++)
                (void)close(fds[i]);
        (void)close(epoll);
        qsort(latencies, n_joins, sizeof *latencies, joins_compare);
        return (JoinsRun){
                .rate = (double)n_joins / start,
                .p50_ms = latencies[n_joins / 2] * 1000,
                .p99_ms = latencies[n_joins * 99 / 100] * 1000,
        };
}
