/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-closing.c - two nodes over one PostgreSQL, and a large group that is due at both: they close
 * it in slices, in turns; when one stops, the other goes on, and everybody ends where they would
 * with one node */
#include "crowd.h"
#include "fixture.h"
#include "postgres.h"

#include <sodium.h>

enum { CROWD = 600, TURNS_MAX = 20000, SLICES = 5 };

static Postgres postgres;

/* Where everybody ended: the first of those with whom they are, and in which phase. */
typedef struct Ended {
        uint32_t first[CROWD];
        GroupPhase phase[CROWD];
} Ended;

static void read_ended(Store *s, Ended *ret)
{
        static int64_t groups[CROWD];
        MemberRow m;
        GroupRow g;

        for (uint32_t i = 0; i < CROWD; i++) {
                Id id = crowd_id(i);

                assert_int_equal(store_member_get(s, &id, &m), 0);
                assert_int_equal(store_group_get(s, m.group, &g), 0);
                groups[i] = m.group;
                ret->phase[i] = g.phase;
                for (ret->first[i] = 0; groups[ret->first[i]] != m.group; ret->first[i]++)
                        ;
        }
}

static bool group_gathers(Store *s, int64_t group)
{
        GroupRow g;
        int r = store_group_get(s, group, &g);

        return r == 0 && g.phase == GROUP_GATHERING && g.deadline_ms > 0;
}

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

static void close_with_one(CrowdKind kind, Ended *ret)
{
        Cloud c = {0};
        int64_t group;
        unsigned turns = 0;

        cloud_begin(&c, NULL);
        group = bring_crowd(&c, kind);
        cloud_restart(&c);
        for (; group_gathers(c.store, group) && turns < TURNS_MAX; turns++)
                turn(&c);
        assert_in_range(turns, SLICES + 1, TURNS_MAX - 1);
        read_ended(c.store, ret);
        cloud_end(&c);
}

/* Both take turns, but for the one that has begun, after so many slices (0: it goes on). */
static void close_with_two(CrowdKind kind, unsigned stops_after, Ended *ret)
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
        for (; group_gathers(c[1].store, group) && turns < TURNS_MAX; turns++) {
                if (stops_after == 0 || turns < stops_after)
                        turn(&c[0]);
                turn(&c[1]);
                api_look(c[1].api); /* as when it hears of the other */
                api_flush(c[1].api);
        }
        assert_in_range(turns, 1, TURNS_MAX - 1);
        read_ended(c[1].store, ret);
        for (size_t i = 0; i < 2; i++)
                cloud_end(&c[i]);
}

static void two_nodes_close_a_group(void **state)
{
        static const CrowdKind kinds[] = {CROWD_CIRCLES, CROWD_APART};
        static Ended one, two;

        for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
                close_with_one(kinds[i], &one);
                close_with_two(kinds[i], 0, &two);
                assert_memory_equal(&one, &two, sizeof one);
                close_with_two(kinds[i], SLICES, &two);
                assert_memory_equal(&one, &two, sizeof one);
        }
}

static int begin_postgres(void **state)
{
        postgres_begin(&postgres);
        return 0;
}

static int end_postgres(void **state)
{
        postgres_end(&postgres);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(two_nodes_close_a_group),
        };

        if (!postgres_is_there())
                return postgres_skip();
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, begin_postgres, end_postgres);
}
