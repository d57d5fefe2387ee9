/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-join.c - durable joins a second over loopback, beside a bare loop of SQLite inserts, and
 * what closing these groups costs
 *
 * Sessions are established and requests sealed beforehand; each connection sends its next join
 * when the last is answered. Four terminals share each route and place, and hear those of them
 * who came before. Then all groups close, and a terminal that asks for its profile again and again
 * tells how long others wait meanwhile. The client runs on the same machine: ratios count.
 */
#include "joins.h"

#include <signal.h>
#include <sqlite3.h>
#include <time.h>

enum { JOINS_ALONE = 2000, WINDOW_S = 30, ROWS = 100000, ROWS_ALONE = 5000, ROW_BYTES = 300 };

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
        start = joins_now_s();
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
        start = joins_now_s() - start;
        (void)sqlite3_finalize(insert);
        (void)sqlite3_close(db);
        return rows / start;
}

typedef struct Measured {
        JoinsRun joins;
        double join_us, close_us;      /* of processor for each member */
        double close_p99_ms, worst_ms; /* of an answer while groups close */
} Measured;

/* ---- the close ---- */

static bool all_are_closed(const Server *s, const char *config)
{
        char said[4096];

        assert_int_equal(server_run(s, config, "stats", said, sizeof said), 0);
        return strstr(said, "\ngathering 0\n") != NULL;
}

/* A busy machine takes its time. */
static void await_close(const Server *s, const char *config)
{
        enum { PATIENCE_S = 60 };
        double end = joins_now_s() + PATIENCE_S;

        while (!all_are_closed(s, config))
                assert_true(joins_now_s() < end);
}

static double ask_for_profile(Terminal *t)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetProfile get = PB_GET_PROFILE_INIT;
        double start = joins_now_s();

        request.body_case = PB_REQUEST_BODY_GET_PROFILE;
        request.get_profile = &get;
        (void)terminal_ask(t, &request);
        return joins_now_s() - start;
}

/* What a question costs, while nothing is due. */
static double question_s(const Server *s, Terminal *t)
{
        enum { QUESTIONS = 500 };
        double used = -server_cpu_s(s);

        for (unsigned i = 0; i < QUESTIONS; i++)
                (void)ask_for_profile(t);
        return (used + server_cpu_s(s)) / QUESTIONS;
}

/* Asks until the last window has ended some time ago. Returns seconds of processor that the close
 * took. */
static double run_close(const Server *s, const char *config, Terminal *t, Measured *ret)
{
        enum { ASKED_MAX = 1 << 20, AFTER_S = 5, PAUSE_NS = 20 * 1000 * 1000 };
        static double latencies[ASKED_MAX];
        const struct timespec pause = {.tv_nsec = PAUSE_NS};
        double end = joins_now_s() + WINDOW_S + AFTER_S, one = question_s(s, t);
        double used = -server_cpu_s(s);
        size_t n = 0;

        while (n < ASKED_MAX && joins_now_s() < end) {
                latencies[n++] = ask_for_profile(t);
                (void)clock_nanosleep(CLOCK_MONOTONIC, 0, &pause, NULL);
        }
        await_close(s, config);
        used += server_cpu_s(s) - (double)n * one;
        qsort(latencies, n, sizeof *latencies, joins_compare);
        ret->close_p99_ms = latencies[n * 99 / 100] * 1000;
        ret->worst_ms = latencies[n - 1] * 1000;
        return used;
}

static void measure(size_t connections, bool closes, Measured *ret)
{
        static Terminal terminals[JOINS_TERMINALS];
        static SealedJoin sealed[JOINS_MAX];
        size_t n_joins = connections == 1 ? JOINS_ALONE : JOINS_MAX;
        char config[128];
        Server s;

        (void)snprintf(config, sizeof config, "[Groups]\nGatheringPerAccount=16\nWindow=%us\n",
                       WINDOW_S);
        server_begin(&s, config);
        joins_make_terminals(&s, terminals);
        joins_seal(terminals, false, sealed, n_joins);
        ret->join_us = -server_cpu_s(&s);
        ret->joins = joins_run(&s, 1, connections, sealed, n_joins);
        ret->join_us = (ret->join_us + server_cpu_s(&s)) * 1e6 / (double)n_joins;
        for (size_t i = 0; i < n_joins; i++)
                free(sealed[i].bytes);
        if (closes)
                ret->close_us = run_close(&s, config, &terminals[0], ret) * 1e6 / (double)n_joins;
        assert_int_equal(server_stop(&s, SIGTERM), 0);
        server_end(&s);
}

static void print_row(size_t connections, bool closes, double bare)
{
        Measured m = {.close_us = 0};

        measure(connections, closes, &m);
        printf("%3zu connections: %6.0f joins/s, p50 %5.1f ms, p99 %5.1f ms, %4.0f us of processor "
               "a join; bare inserts, %3zu a transaction: %7.0f/s, %.2f of that\n",
               connections, m.joins.rate, m.joins.p50_ms, m.joins.p99_ms, m.join_us, connections,
               bare, m.joins.rate / bare);
        if (closes)
                printf("                 close: %4.0f us of processor a member; others wait %.1f "
                       "ms (p99), %.1f ms at worst\n",
                       m.close_us, m.close_p99_ms, m.worst_ms);
}

/* bench-join [CONNECTIONS [joins]]: of one crowd alone, to be run in turns with another build
 * (top_builddir); "joins": without the close */
int main(int argc, char **argv)
{
        static const size_t crowds[] = {1, 16, 64, JOINS_CONNECTIONS};
        size_t only = argc > 1 ? strtoul(argv[1], NULL, 10) : 0;
        char folder[] = "/tmp/huddle-bench.XXXXXX", command[128];

        if (sodium_init() < 0 || only > JOINS_CONNECTIONS || !mkdtemp(folder))
                return 1;
        for (size_t i = 0; i < ARRAY_LEN(crowds); i++)
                if (only == 0 || only == crowds[i])
                        print_row(crowds[i], argc < 3, bare_inserts(folder, (unsigned)crowds[i]));
        (void)snprintf(command, sizeof command, "rm -r %s", folder);
        return system(command) == 0 ? 0 : 1;
}
