/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-join.c - durable joins a second over loopback, beside a bare loop of SQLite inserts
 *
 * Sessions are established and requests sealed beforehand; each connection sends its next join
 * when the last is answered. Four terminals share each route and place, and hear those of them
 * who came before. The client runs on the same machine: ratios count.
 */
#include "tests/cloud/server.h"

#include <signal.h>
#include <sqlite3.h>
#include <sys/epoll.h>
#include <time.h>

enum {
        JOINS = 20000,
        JOINS_ALONE = 2000,
        MAX_CONNECTIONS = 256,
        TERMINALS = 1250, /* an account in many groups at once is no usual case */
        PARTY = 4,
        ROWS = 100000,
        ROWS_ALONE = 5000,
        ROW_BYTES = 300
};

typedef struct Sealed {
        uint8_t *bytes;
        size_t len;
} Sealed;

static double now_s(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_MONOTONIC, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

/* ---- the bare loop ---- */

static void run_sql(sqlite3 *db, const char *sql)
{
        assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
}

static double bare_inserts(const char *folder, unsigned batch)
{
        unsigned rows = batch == 1 ? ROWS_ALONE : ROWS;
        uint8_t row[ROW_BYTES], id[16];
        sqlite3_stmt *insert;
        char path[128];
        sqlite3 *db;
        double start;

        (void)snprintf(path, sizeof path, "%s/bare-%u.db", folder, batch);
        assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
        run_sql(db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
                    "CREATE TABLE t (id INTEGER PRIMARY KEY, member BLOB UNIQUE, bytes BLOB)");
        assert_int_equal(sqlite3_prepare_v2(db, "INSERT INTO t (member, bytes) VALUES (?, ?)", -1,
                                            &insert, NULL),
                         SQLITE_OK);
        randombytes_buf(row, sizeof row);
        start = now_s();
        for (unsigned i = 0; i < rows; i++) {
                if (i % batch == 0)
                        run_sql(db, "BEGIN IMMEDIATE");
                randombytes_buf(id, sizeof id);
                (void)sqlite3_bind_blob(insert, 1, id, sizeof id, SQLITE_STATIC);
                (void)sqlite3_bind_blob(insert, 2, row, sizeof row, SQLITE_STATIC);
                assert_int_equal(sqlite3_step(insert), SQLITE_DONE);
                (void)sqlite3_reset(insert);
                if (i % batch == batch - 1 || i == rows - 1)
                        run_sql(db, "COMMIT");
        }
        start = now_s() - start;
        (void)sqlite3_finalize(insert);
        (void)sqlite3_close(db);
        return rows / start;
}

/* ---- joins ---- */

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

static void seal_joins(Terminal *terminals, Sealed *ret, size_t n)
{
        Token party[PARTY];

        for (size_t i = 0; i < n; i++) {
                Terminal *t = &terminals[i % TERMINALS];
                JoinRequest join;
                Answer answer;
                char route[12];

                terminal_press(t);
                (void)snprintf(route, sizeof route, "%06zu", i / PARTY);
                terminal_join_request(t, &join, route);
                hear_earlier(&join, party, i % PARTY);
                party[i % PARTY] = t->token;
                terminal_seal(t, &join.request, &answer, &ret[i].bytes, &ret[i].len);
        }
}

static int compare_doubles(const void *a, const void *b)
{
        double x = *(const double *)a, y = *(const double *)b;

        return (x > y) - (x < y);
}

/* Joins a second; *ret_p99 in milliseconds. */
static double run_joins(const Server *s, size_t connections, const Sealed *sealed, size_t n_joins,
                        double *ret_p99)
{
        static double latencies[JOINS], sent_at[MAX_CONNECTIONS];
        static int fds[MAX_CONNECTIONS];
        struct epoll_event events[64];
        size_t next = 0, done = 0;
        int epoll = epoll_create1(EPOLL_CLOEXEC);
        double start;

        for (size_t i = 0; i < connections; i++) {
                struct epoll_event e = {.events = EPOLLIN, .data.u64 = i};

                fds[i] = http_connect(s);
                assert_int_equal(epoll_ctl(epoll, EPOLL_CTL_ADD, fds[i], &e), 0);
        }
        start = now_s();
        for (size_t i = 0; i < connections && next < n_joins; i++, next++) {
                sent_at[i] = now_s();
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
                        latencies[done++] = now_s() - sent_at[i];
                        if (next == n_joins)
                                continue;
                        sent_at[i] = now_s();
                        http_send(fds[i], "POST", "/v1/rpc", sealed[next].bytes, sealed[next].len);
                        next++;
                }
        }
        start = now_s() - start;
        for (size_t i = 0; i < connections; i++)
                (void)close(fds[i]);
        (void)close(epoll);
        qsort(latencies, n_joins, sizeof *latencies, compare_doubles);
        *ret_p99 = latencies[n_joins * 99 / 100] * 1000;
        return (double)n_joins / start;
}

/* Joins a second; *ret_cpu_us: processor time of the cloud for one join. */
static double measure(size_t connections, double *ret_p99, double *ret_cpu_us)
{
        static Terminal terminals[TERMINALS];
        static Sealed sealed[JOINS];
        size_t n_joins = connections == 1 ? JOINS_ALONE : JOINS;
        char handle[16];
        double rate;
        Server s;

        server_begin(&s, "[Groups]\nGatheringPerAccount=16\n");
        for (size_t i = 0; i < TERMINALS; i++) {
                (void)snprintf(handle, sizeof handle, "person %zu", i);
                terminal_ready_made(&terminals[i], &s.cloud, handle);
        }
        seal_joins(terminals, sealed, n_joins);
        *ret_cpu_us = -server_cpu_s(&s);
        rate = run_joins(&s, connections, sealed, n_joins, ret_p99);
        *ret_cpu_us += server_cpu_s(&s);
        *ret_cpu_us *= 1e6 / (double)n_joins;
        for (size_t i = 0; i < n_joins; i++)
                free(sealed[i].bytes);
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
        return rate;
}

static void print_row(size_t connections, double bare)
{
        double rate, p99, cpu_us;

        rate = measure(connections, &p99, &cpu_us);
        printf("%3zu connections: %6.0f joins/s, p99 %5.1f ms, %4.0f us of processor a join; bare "
               "inserts, "
               "%3zu a transaction: %7.0f/s, %.2f of that\n",
               connections, rate, p99, cpu_us, connections, bare, rate / bare);
}

/* bench-join [CONNECTIONS]: of one crowd alone, to be run in turns with another build
 * (top_builddir) */
int main(int argc, char **argv)
{
        static const size_t crowds[] = {1, 64, MAX_CONNECTIONS};
        size_t only = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
        char folder[] = "/tmp/huddle-bench.XXXXXX", command[128];

        if (sodium_init() < 0 || only > MAX_CONNECTIONS || !mkdtemp(folder))
                return 1;
        for (size_t i = 0; i < ARRAY_LEN(crowds); i++)
                if (only == 0 || only == crowds[i])
                        print_row(crowds[i], bare_inserts(folder, (unsigned)crowds[i]));
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        return system(command) == 0 ? 0 : 1;
}
