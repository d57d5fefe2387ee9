/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-nodes.c - durable joins a second of one, two and three nodes over PostgreSQL, with and
 * without a synchronous standby, beside one node over its file; each party with a route of its own,
 * and all with one route
 *
 * bench-nodes [CONNECTIONS]: several are measured one after the other; 16, 64 and 256 without. The
 * four of a party ask different nodes. All of it, and the client, run on one machine: ratios count.
 * A conflict is a batch that was undone.
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

static double read_metric(const char *metrics, const char *name)
{
        const char *at = strstr(metrics, name);

        assert_non_null(at);
        return strtod(at + strlen(name), NULL);
}

typedef struct Counted { /* by the nodes since they started */
        double turns_s, batches, undone;
} Counted;

static Counted count(const Server *servers, size_t n)
{
        Counted c = {.batches = 0};

        for (size_t i = 0; i < n; i++) {
                _cleanup_free_ uint8_t *body = NULL;
                int fd = http_connect_admin(&servers[i]);
                size_t len;

                http_send(fd, "GET", "/metrics", NULL, 0);
                assert_int_equal(http_receive(fd, &body, &len), 200);
                c.turns_s += read_metric((char *)body, "\nhuddle_store_turn_seconds_sum ");
                c.batches += read_metric((char *)body, "\nhuddle_store_turn_seconds_count ");
                c.undone += read_metric((char *)body, "\nhuddle_failed_batches_total ");
                (void)close(fd);
        }
        return c;
}

static double cpu_s(const Server *servers, size_t n)
{
        double used = 0;

        for (size_t i = 0; i < n; i++)
                used += server_cpu_s(&servers[i]);
        return used;
}

static void end_nodes(Server *servers, size_t n)
{
        for (size_t i = 0; i < n; i++) {
                assert_int_equal(server_stop(&servers[i], SIGTERM), 0);
                server_end(&servers[i]);
        }
}

typedef struct Case {
        const char *what;
        bool file, one_route;
        size_t n_nodes, connections;
} Case;

static void measure(const Case *c)
{
        static Terminal terminals[JOINS_TERMINALS];
        static SealedJoin sealed[JOINS_MAX];
        Server servers[NODES];
        Counted counted;
        long batches;
        double cpu;
        JoinsRun run;

        begin_nodes(servers, c->n_nodes, c->file);
        joins_make_terminals(&servers[0], terminals);
        joins_seal(terminals, c->one_route, sealed, JOINS_MAX);
        batches = -generation(c->file);
        cpu = -cpu_s(servers, c->n_nodes);
        run = joins_run(servers, c->n_nodes, c->connections, sealed, JOINS_MAX);
        cpu += cpu_s(servers, c->n_nodes);
        batches += generation(c->file);
        counted = count(servers, c->n_nodes);
        for (size_t i = 0; i < JOINS_MAX; i++)
                free(sealed[i].bytes);
        end_nodes(servers, c->n_nodes);
        printf("%3zu connections, %zu node%s, %-26s %s %6.0f joins/s, p50 %5.1f ms, p99 %5.1f ms, "
               "%3.0f us of the nodes' processor a join",
               c->connections, c->n_nodes, c->n_nodes > 1 ? "s" : " ", c->what,
               c->one_route ? "one route: " : "own routes:", run.rate, run.p50_ms, run.p99_ms,
               cpu * 1e6 / JOINS_MAX);
        if (!c->file)
                printf(", %.1f joins a batch, which waits %.1f ms for its turn; %.1f conflicts/s",
                       (double)JOINS_MAX / (double)batches,
                       counted.turns_s * 1000 / counted.batches,
                       counted.undone * run.rate / JOINS_MAX);
        puts("");
        (void)fflush(stdout);
}

static void measure_nodes(const char *what, size_t connections)
{
        for (size_t n = 1; n <= NODES; n++)
                for (int one_route = 0; one_route <= 1; one_route++)
                        measure(&(Case){what, false, one_route, n, connections});
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
                measure(&(Case){"its file", true, false, 1, crowds[i]});
                measure_nodes("PostgreSQL", crowds[i]);
        }
        postgres_begin_standby(&standby, &primary);
        for (size_t i = 0; i < n; i++)
                measure_nodes("with a synchronous standby", crowds[i]);
        postgres_end(&standby);
        postgres_end(&primary);
        return 0;
}
