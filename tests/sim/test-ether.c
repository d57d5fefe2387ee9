/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The ether: terminals, their radios, the way to the cloud and a cloud of one node, in weather of
 * every kind (round.h). */
#include "round.h"

#include "src/base/log.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

static const Kind calm = {
        .name = "calm",
        .weather = WEATHER(1, 5, 0, 0),
        .complete = true,
        .first_seed = 1,
};
static const Kind lossy = {
        .name = "lossy",
        .weather = WEATHER(1, 400, 100, 50),
        .radio_drop_permille = 300,
        .first_seed = 1000,
};
static const Kind slow = {
        .name = "slow",
        .weather = WEATHER(200, 3000, 0, 100),
        .radio_drop_permille = 500,
        .people_leave = true,
        .first_seed = 2000,
};
static const Kind deadly = {
        .name = "deadly terminals",
        .weather = WEATHER(1, 50, 10, 10),
        .radio_drop_permille = 100,
        .kill_permille = 30,
        .first_seed = 3000,
};
static const Kind cloud_deadly = {
        .name = "deadly cloud",
        .weather = WEATHER(1, 50, 10, 10),
        .radio_drop_permille = 100,
        .cloud_dies = true,
        .first_seed = 4000,
};
static const Kind cloud_on_disk = {
        .name = "deadly cloud on disk",
        .weather = WEATHER(1, 50, 10, 10),
        .cloud_dies = true,
        .on_disk = true,
        .first_seed = 6000,
};
static const Kind all_at_once = {
        .name = "all at once",
        .weather = WEATHER(1, 800, 50, 50),
        .radio_drop_permille = 300,
        .kill_permille = 20,
        .cloud_dies = true,
        .people_leave = true,
        .first_seed = 5000,
};

static const Kind cut = {
        .name = "half without a route",
        .weather = WEATHER(1, 5, 0, 0),
        .cut_permille = 500,
        .helped = true,
        .first_seed = 7000,
};
static const Kind cut_beside_bad_neighbours = {
        .name = "half without a route, beside bad neighbours",
        .weather = WEATHER(1, 50, 10, 10),
        .radio_drop_permille = 100,
        .kill_permille = 5,
        .cut_permille = 500,
        .bad_permille = 500,
        .routes_change = true,
        .people_leave = true,
        .first_seed = 8000,
};

static void run_round(const Kind *kind, uint64_t seed)
{
        Round r = {.kind = kind, .seed = seed, .n_meetings = ROUND_MEETINGS};
        char text[32], directory[] = "/tmp/huddle-ether-XXXXXX", path[64] = ":memory:";

        if (kind->on_disk) {
                assert_non_null(mkdtemp(directory));
                (void)snprintf(path, sizeof path, "%s/cloud", directory);
        }
        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
        fixed_random(text);
        assert_int_equal(world_new(&r.world, seed, ROUND_TERMINALS, path), 0);
        round_live(&r);
        round_end(&r);
        world_free(r.world);
        if (kind->on_disk) {
                assert_int_equal(unlink(path), 0);
                assert_int_equal(rmdir(directory), 0);
        }
}

static void run_kind(void **state)
{
        const Kind *kind = *state;

        round_run_kind(kind, kind->on_disk ? 2 : 10, run_round);
}

#define KIND_TEST(k)                                                                               \
        {                                                                                          \
                .name = #k, .test_func = run_kind, .initial_state = (void *)&k                     \
        }

int main(void)
{
        const struct CMUnitTest tests[] = {
                KIND_TEST(calm),
                KIND_TEST(lossy),
                KIND_TEST(slow),
                KIND_TEST(deadly),
                KIND_TEST(cloud_deadly),
                KIND_TEST(all_at_once),
                KIND_TEST(cloud_on_disk),
                KIND_TEST(cut),
                KIND_TEST(cut_beside_bad_neighbours),
        };

        log_set_level(LOG_ERR); /* HUDDLE_LOG says otherwise */
        log_open("test-ether");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
