/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-limits.c - limits that hold for a cloud: a restart gives no new tries, and neither does
 * another node */
#include "postgres.h"
#include "server.h"

#include "cloud/store/store.h"

#include <signal.h>

enum { MOST = 3, HOUR_MS = 3600 * 1000 };

static int register_new(Terminal *t, Cloud *c, ApiOrigin from, const char *handle)
{
        terminal_begin(t, c);
        t->origin = from;
        return terminal_register(t, handle);
}

static const ApiOrigin somewhere = {{192, 0, 2, 1}, 4}, elsewhere = {{192, 0, 2, 2}, 4};

static void a_restart_gives_no_new_registrations(void **state)
{
        char handle[16];
        Terminal t;
        Cloud c = {.verifies = false};

        cloud_begin(&c, NULL);
        c.settings.registrations_per_hour = MOST;
        for (unsigned i = 0; i < MOST; i++) {
                (void)snprintf(handle, sizeof handle, "person %u", i);
                assert_int_equal(register_new(&t, &c, somewhere, handle), OK);
                cloud_restart(&c);
        }
        assert_int_equal(register_new(&t, &c, somewhere, "too many"), PB_STATUS_BUSY);
        assert_int_equal(register_new(&t, &c, elsewhere, "other"), OK);
        step_clock_advance(c.clock, HOUR_MS / MOST);
        assert_int_equal(register_new(&t, &c, somewhere, "later"), OK);
        cloud_end(&c);
}

static void a_restart_gives_no_new_codes(void **state)
{
        Terminal t;
        Cloud c = {.verifies = true};

        cloud_begin(&c, NULL);
        c.settings.codes_per_hour = MOST;
        c.settings.code_lifetime_ms = 1000;
        assert_int_equal(register_new(&t, &c, somewhere, "a@example.org"), OK);
        for (unsigned i = 1; i < MOST; i++) {
                step_clock_advance(c.clock, c.settings.code_lifetime_ms);
                cloud_restart(&c);
                assert_int_equal(terminal_register(&t, "a@example.org"), OK);
        }
        step_clock_advance(c.clock, c.settings.code_lifetime_ms);
        cloud_restart(&c);
        assert_int_equal(terminal_register(&t, "a@example.org"), PB_STATUS_BUSY);
        assert_int_equal(c.n_sent, MOST);
        cloud_end(&c);
}

static int64_t rows_of(Cloud *c, const char *name)
{
        TriesRow t;
        int64_t n = 0;

        for (unsigned i = 0; i < 1 << 16; i++) {
                char what[32];

                (void)snprintf(what, sizeof what, "%s %u", name, i);
                n += store_tries_get(c->store, what, &t) == 0;
        }
        return n;
}

/* What is left of an address is a number below 65536, and that for an hour. */
static void buckets_that_are_full_are_forgotten(void **state)
{
        Cloud c = {.verifies = false};
        bool more;
        Terminal t;

        cloud_begin(&c, NULL);
        assert_int_equal(register_new(&t, &c, somewhere, "a"), OK);
        assert_int_equal(rows_of(&c, "allowance"), 1);
        step_clock_advance(c.clock, HOUR_MS);
        assert_int_equal(store_begin(c.store), 0);
        assert_int_equal(store_expire(c.store, WALL_START_MS + HOUR_MS, 100, &more), 0);
        assert_int_equal(store_commit(c.store), 0);
        assert_int_equal(rows_of(&c, "allowance"), 0);
        cloud_end(&c);
}

/* ---- two nodes ---- */

/* Every request reaches these nodes from this machine, which is not counted, unless a neighbour
 * brings it. */
static int register_relayed(Server *s, const char *handle)
{
        Terminal t;

        terminal_begin(&t, &s->cloud);
        t.way = API_RELAYED;
        return terminal_register(&t, handle);
}

static void another_node_gives_no_new_registrations(void **state)
{
        char config[POSTGRES_CONNINFO + 64], store[POSTGRES_CONNINFO], handle[16];
        Server nodes[2];

        postgres_clear(&postgres);
        postgres_config(&postgres, NULL, store);
        (void)snprintf(config, sizeof config, "[Limits]\nRegistrationsPerHour=%d\n%s", MOST, store);
        server_begin(&nodes[0], config);
        server_begin_beside(&nodes[1], &nodes[0], config);
        for (unsigned i = 0; i < MOST; i++) {
                (void)snprintf(handle, sizeof handle, "person %u", i);
                assert_int_equal(register_relayed(&nodes[i % 2], handle), OK);
        }
        assert_int_equal(register_relayed(&nodes[0], "more"), PB_STATUS_BUSY);
        assert_int_equal(register_relayed(&nodes[1], "more"), PB_STATUS_BUSY);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(server_stop(&nodes[i], SIGTERM), 0);
                server_end(&nodes[i]);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_restart_gives_no_new_registrations),
                cmocka_unit_test(a_restart_gives_no_new_codes),
                cmocka_unit_test(buckets_that_are_full_are_forgotten),
        };
        const struct CMUnitTest of_nodes[] = {
                cmocka_unit_test(another_node_gives_no_new_registrations),
        };
        int r;

        if (sodium_init() < 0)
                return 1;
        r = cmocka_run_group_tests(tests, NULL, NULL);
        if (r != 0 || !postgres_is_there())
                return r;
        return cmocka_run_group_tests(of_nodes, postgres_set_up, postgres_tear_down);
}
