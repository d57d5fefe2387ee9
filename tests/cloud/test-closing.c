/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-closing.c - two nodes over one PostgreSQL, and a large group that is due at both: they close
 * it in slices, in turns; when one stops, the other goes on, and everybody ends where they would
 * with one node */
#include "crowd.h"
#include "fixture.h"
#include "postgres.h"

#include <sodium.h>

enum { CROWD = 600, TURNS_MAX = 20000, SLICES = 5 };

static Store *open_node(void)
{
        char conninfo[POSTGRES_CONNINFO];
        Store *s;

        postgres_conninfo(&postgres, NULL, conninfo);
        assert_int_equal(store_postgres_open(&s, conninfo), 0);
        return s;
}

static int64_t bring_crowd(Cloud *c, CrowdKind kind)
{
        int64_t group;

        api_flush(c->api);
        assert_int_equal(store_begin(c->store), 0);
        group = crowd_add(c->store, kind, CROWD, clock_wall(c->clock));
        assert_int_equal(store_commit(c->store), 0);
        return group;
}

static void turn(Cloud *c)
{
        step_clock_advance(c->clock, 1);
        api_flush(c->api);
}

static void close_with_one(CrowdKind kind, CrowdEnded *ret)
{
        Cloud c = {0};
        int64_t group;
        unsigned turns = 0;

        cloud_begin(&c, NULL);
        group = bring_crowd(&c, kind);
        cloud_restart(&c);
        for (; crowd_gathers(c.store, group) && turns < TURNS_MAX; turns++)
                turn(&c);
        assert_in_range(turns, SLICES + 1, TURNS_MAX - 1);
        crowd_read_ended(c.store, CROWD, ret);
        cloud_end(&c);
}

/* Both take turns, but for the one that has begun, after so many slices (0: it goes on). */
static void close_with_two(CrowdKind kind, unsigned stops_after, CrowdEnded *ret)
{
        Cloud c[2] = {0};
        int64_t group;
        unsigned turns = 0;

        postgres_clear(&postgres);
        for (size_t i = 0; i < 2; i++)
                cloud_begin(&c[i], open_node());
        group = bring_crowd(&c[0], kind);
        for (size_t i = 0; i < 2; i++)
                cloud_restart(&c[i]);
        for (; crowd_gathers(c[1].store, group) && turns < TURNS_MAX; turns++) {
                if (stops_after == 0 || turns < stops_after)
                        turn(&c[0]);
                turn(&c[1]);
                api_look(c[1].api); /* as when it hears of the other */
                api_flush(c[1].api);
        }
        assert_in_range(turns, 1, TURNS_MAX - 1);
        crowd_read_ended(c[1].store, CROWD, ret);
        for (size_t i = 0; i < 2; i++)
                cloud_end(&c[i]);
}

static void two_nodes_close_a_group(void **state)
{
        static const CrowdKind kinds[] = {CROWD_CIRCLES, CROWD_APART};
        static CrowdEnded one, two;

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                close_with_one(kinds[i], &one);
                close_with_two(kinds[i], 0, &two);
                assert_memory_equal(&one, &two, sizeof one);
                close_with_two(kinds[i], SLICES, &two);
                assert_memory_equal(&one, &two, sizeof one);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(two_nodes_close_a_group),
        };

        if (!postgres_is_there())
                return postgres_skip();
        return sodium_init() < 0
                       ? 1
                       : cmocka_run_group_tests(tests, postgres_set_up, postgres_tear_down);
}
