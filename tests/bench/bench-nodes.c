/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-nodes.c - durable joins a second of one, two and three nodes over PostgreSQL, with and
 * without a synchronous standby, beside one node over its file
 *
 * bench-nodes [CONNECTIONS]: several are measured one after the other; 16, 64 and 256 without. The
 * four of a party ask different nodes. All of it, and the client, run on one machine: ratios count.
 */
#include "joins.h"

#include "tests/cloud/postgres.h"

#include <signal.h>
#include <sodium.h>

enum { NODES = 3 };

static Postgres primary, standby;

static void begin_nodes(Server *servers, size_t n, bool file)
{
        char config[POSTGRES_CONNINFO + 64], store[POSTGRES_CONNINFO] = "";

        if (!file) {
                postgres_clear(&primary);
                postgres_config(&primary, NULL, store);
        }
        (void)snprintf(config, sizeof config, "[Groups]\nGatheringPerAccount=16\n%s", store);
        server_begin(&servers[0], config);
        for (size_t i = 1; i < n; i++)
                server_begin_beside(&servers[i], &servers[0], config);
}

static long generation(bool file)
{
        return file ? 0 : postgres_run(&primary, "SELECT generation FROM working_set");
}

static void measure(size_t n_nodes, bool file, const char *what, size_t connections)
{
        static Terminal terminals[JOINS_TERMINALS];
        static SealedJoin sealed[JOINS_MAX];
        Server servers[NODES];
        double cpu = 0;
        JoinsRun run;
        long batches;

        begin_nodes(servers, n_nodes, file);
        joins_make_terminals(&servers[0], terminals);
        joins_seal(terminals, sealed, JOINS_MAX);
        batches = -generation(file);
        for (size_t i = 0; i < n_nodes; i++)
                cpu -= server_cpu_s(&servers[i]);
        run = joins_run(servers, n_nodes, connections, sealed, JOINS_MAX);
        for (size_t i = 0; i < n_nodes; i++)
                cpu += server_cpu_s(&servers[i]);
        batches += generation(file);
        printf("%3zu connections, %zu node%s, %-26s %6.0f joins/s, p50 %5.1f ms, p99 %5.1f ms, "
               "%3.0f us of the nodes' processor a join",
               connections, n_nodes, n_nodes > 1 ? "s" : " ", what, run.rate, run.p50_ms,
               run.p99_ms, cpu * 1e6 / JOINS_MAX);
        if (!file)
                printf(", %.1f joins a batch", (double)JOINS_MAX / (double)batches);
        puts("");
        (void)fflush(stdout);
        for (size_t i = 0; i < JOINS_MAX; i++)
                free(sealed[i].bytes);
        for (size_t i = 0; i < n_nodes; i++) {
                assert_int_equal(server_stop(&servers[i], SIGTERM), 0);
                server_end(&servers[i]);
        }
}

static void measure_nodes(const char *what, size_t connections)
{
        for (size_t n = 1; n <= NODES; n++)
                measure(n, false, what, connections);
}

int main(int argc, char **argv)
{
        static const size_t usual[] = {16, 64, JOINS_CONNECTIONS};
        size_t crowds[8], n = 0;

        for (int i = 1; i < argc && n < ARRAY_LEN(crowds); i++)
                crowds[n++] = MIN((size_t)strtoul(argv[i], NULL, 10), (size_t)JOINS_CONNECTIONS);
        for (size_t i = 0; argc < 2 && i < ARRAY_LEN(usual); i++)
                crowds[n++] = usual[i];
        if (sodium_init() < 0 || !postgres_is_there())
                return postgres_skip();
        postgres_begin(&primary);
        for (size_t i = 0; i < n; i++) {
                measure(1, true, "its file", crowds[i]);
                measure_nodes("PostgreSQL", crowds[i]);
        }
        postgres_begin_standby(&standby, &primary);
        for (size_t i = 0; i < n; i++)
                measure_nodes("with a synchronous standby", crowds[i]);
        postgres_end(&standby);
        postgres_end(&primary);
        return 0;
}
