/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cloud of three nodes over PostgreSQL, in the weather of the ether (round.h): each request comes
 * to any of them, what one has saved is told to the others late, out of order or never (nodes.h),
 * and nodes die. Besides what holds of one node, each of them always knows what the others know.
 */
#include "nodes.h"
#include "round.h"

#include "cloud/store-news.h"
#include "src/base/log.h"
#include "tests/cloud/postgres.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>

enum { NODES = 3, TERMINALS = 10, MEETINGS = 2, ROUNDS = 2 };

typedef struct NodesKind {
        Kind kind;
        NodesWeather between;
} NodesKind;

static const NodesKind calm = {
        .kind =
                {
                        .name = "calm",
                        .weather = WEATHER(1, 5, 0, 0),
                        .complete = true,
                        .first_seed = 1,
                },
        .between = {5, 10, 0, STORE_NEWS_MS, 0},
};
static const NodesKind late_news = {
        .kind =
                {
                        .name = "late news",
                        .weather = WEATHER(1, 50, 0, 50),
                        .complete = true,
                        .first_seed = 1000,
                },
        .between = {5, 5000, 500, 10 * STORE_NEWS_MS, 0},
};
static const NodesKind dying = {
        .kind =
                {
                        .name = "dying nodes",
                        .weather = WEATHER(1, 50, 10, 10),
                        .radio_drop_permille = 100,
                        .cloud_dies = true,
                        .first_seed = 2000,
                },
        .between = {5, 3000, 200, STORE_NEWS_MS, 100},
};
static const NodesKind parting = {
        .kind =
                {
                        .name = "people close and leave",
                        .weather = WEATHER(1, 400, 50, 100),
                        .radio_drop_permille = 300,
                        .people_close = true,
                        .people_admit = true,
                        .people_leave = true,
                        .first_seed = 3000,
                },
        .between = {5, 5000, 500, 10 * STORE_NEWS_MS, 0},
};
static const NodesKind all_at_once = {
        .kind =
                {
                        .name = "all at once",
                        .weather = WEATHER(1, 800, 50, 100),
                        .radio_drop_permille = 300,
                        .kill_permille = 20,
                        .cloud_dies = true,
                        .people_close = true,
                        .people_admit = true,
                        .people_leave = true,
                        .first_seed = 4000,
                },
        .between = {5, 5000, 300, 5 * STORE_NEWS_MS, 100},
};

static void expect_agreement(const Round *r, bool reads_anew)
{
        const char *wrong = nodes_differ(r->world, reads_anew);

        if (wrong)
                round_complain(r, NULL, wrong);
}

static void look_now_and_then(Round *r)
{
        if (chance_permille(&r->world->chance, 300))
                expect_agreement(r, false);
}

static void run_round(const Kind *kind, uint64_t seed)
{
        static const NodesWeather fine = {STORE_NEWS_SOON_MS, STORE_NEWS_SOON_MS, 0, STORE_NEWS_MS,
                                          0};
        Round r = {kind, seed, .n_meetings = MEETINGS, .look = look_now_and_then};
        char text[32];

        (void)snprintf(text, sizeof text, "%llu", (unsigned long long)seed);
        fixed_random(text);
        assert_int_equal(nodes_world_new(&r.world, seed, TERMINALS, NODES), 0);
        nodes_set_weather(r.world, &((const NodesKind *)kind)->between);
        round_live(&r);
        nodes_set_weather(r.world, &fine);
        round_end(&r);
        expect_agreement(&r, true);
        (void)world_free(r.world);
}

static void run_kind(void **state)
{
        round_run_kind(*state, ROUNDS, run_round);
}

#define KIND_TEST(k)                                                                               \
        {                                                                                          \
                .name = #k, .test_func = run_kind, .initial_state = (void *)&(k).kind              \
        }

int main(void)
{
        const struct CMUnitTest tests[] = {
                KIND_TEST(calm),    KIND_TEST(late_news),   KIND_TEST(dying),
                KIND_TEST(parting), KIND_TEST(all_at_once),
        };

        if (!postgres_is_there())
                return postgres_skip();
        log_set_level(LOG_CRIT); /* HUDDLE_LOG says otherwise */
        log_open("test-nodes");
        return sodium_init() < 0 ? 1
                                 : cmocka_run_group_tests(tests, postgres_set_up_careless,
                                                          postgres_tear_down);
}
