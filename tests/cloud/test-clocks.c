/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-clocks.c - two nodes over one PostgreSQL, and the clock of one is set, or wrong: groups
 * close when their window is over, at both */
#include "postgres.h"
#include "server.h"

#include <signal.h>

enum { SECOND = 1000, DAY = 24 * 60 * 60 * SECOND, WINDOW = 60 * SECOND };

/* Two clouds in this process, whose clocks go on together. */
typedef struct Nodes {
        Cloud c[2];
        Terminal t;
} Nodes;

static Store *open_store(void)
{
        char conninfo[POSTGRES_CONNINFO];
        Store *s;

        postgres_conninfo(&postgres, NULL, conninfo);
        assert_int_equal(store_postgres_open(&s, conninfo), 0);
        return s;
}

static void advance(Nodes *n, uint64_t ms)
{
        for (uint64_t passed = 0; passed < ms; passed += SECOND)
                for (size_t i = 0; i < 2; i++) {
                        step_clock_advance(n->c[i].clock, SECOND);
                        api_look(n->c[i].api);
                        api_flush(n->c[i].api);
                }
}

/* A stepped node may want a session of its own. */
static int phase_at(Nodes *n, size_t node)
{
        WireResponse *w;
        int phase;

        n->t.cloud = &n->c[node];
        assert_int_equal(terminal_open_session(&n->t), OK);
        w = terminal_watch(&n->t, 0, 0, 0);
        phase = w->status == OK ? (int)w->watched->phase : -1;
        (void)wire_response_free(w);
        return phase;
}

static void expect_phase(Nodes *n, int phase)
{
        for (size_t i = 0; i < 2; i++)
                assert_int_equal(phase_at(n, i), phase);
}

/* With somebody who has joined at the first, ten seconds ago. */
static void nodes_begin(Nodes *n)
{
        PbJoinVerdict verdict;

        postgres_clear(&postgres);
        memset(n, 0, sizeof *n);
        for (size_t i = 0; i < 2; i++)
                cloud_begin(&n->c[i], open_store());
        n->c[1].keys = n->c[0].keys;
        cloud_restart(&n->c[1]);
        terminal_ready_made(&n->t, &n->c[0], "ann");
        assert_int_equal(terminal_join(&n->t, "4821", &verdict), OK);
        assert_int_equal(verdict, PB_JOIN_OPENED);
        advance(n, 10 * SECOND);
}

static void nodes_end(Nodes *n)
{
        for (size_t i = 0; i < 2; i++)
                cloud_end(&n->c[i]);
}

static void step_wall(Cloud *c, int64_t ms)
{
        step_clock_set_wall(c->clock, clock_wall(c->clock) + (uint64_t)ms);
}

static void expect_close_in_time(Nodes *n)
{
        expect_phase(n, PB_PHASE_GATHERING);
        advance(n, WINDOW - 12 * SECOND);
        expect_phase(n, PB_PHASE_GATHERING);
        advance(n, 3 * SECOND);
        expect_phase(n, PB_PHASE_ALONE);
}

static const int64_t steps[] = {3 * (int64_t)DAY, -3 * (int64_t)DAY, WINDOW, -WINDOW};

static void a_step_moves_no_window(void **state)
{
        Nodes n;

        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
                nodes_begin(&n);
                step_wall(&n.c[1], steps[i]);
                expect_close_in_time(&n);
                nodes_end(&n);
        }
}

/* It starts with the time of the server: else it would close, or delete, what others have open. */
static void a_node_starts_with_a_wrong_clock(void **state)
{
        Nodes n;

        for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
                nodes_begin(&n);
                step_wall(&n.c[1], steps[i]);
                n.c[1].wall_ms = clock_wall(n.c[0].clock);
                cloud_restart(&n.c[1]);
                expect_close_in_time(&n);
                nodes_end(&n);
        }
}

/* Of a real node: the server's clock is not its own. */
static void the_time_is_that_of_the_server(void **state)
{
        PbJoinVerdict verdict;
        char config[POSTGRES_CONNINFO + 64];
        Server server;
        Terminal t;

        postgres_clear(&postgres);
        (void)postgres_run(&postgres,
                           "CREATE FUNCTION clock_timestamp() RETURNS timestamptz LANGUAGE sql AS"
                           " 'SELECT pg_catalog.clock_timestamp() + interval ''3 d'''");
        (void)postgres_run(&postgres, "ALTER ROLE huddle SET search_path = public, pg_catalog");
        postgres_config(&postgres, NULL, config);
        server_begin(&server, config);
        terminal_ready_made(&t, &server.cloud, "ann");
        assert_int_equal(terminal_join(&t, "4821", &verdict), OK);
        assert_in_range(postgres_run(&postgres, "SELECT (extract(epoch FROM to_timestamp(opened_ms"
                                                " / 1000) - now()) / 3600)::bigint FROM grp"),
                        71, 72);
        assert_int_equal(server_stop(&server, SIGTERM), 0);
        server_end(&server);
        (void)postgres_run(&postgres, "ALTER ROLE huddle RESET search_path");
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_step_moves_no_window),
                cmocka_unit_test(a_node_starts_with_a_wrong_clock),
                cmocka_unit_test(the_time_is_that_of_the_server),
        };

        if (!postgres_is_there())
                return postgres_skip();
        return sodium_init() < 0
                       ? 1
                       : cmocka_run_group_tests(tests, postgres_set_up, postgres_tear_down);
}
