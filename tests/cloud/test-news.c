/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-news.c - a node hears from PostgreSQL that another has saved something, before it is time to
 * look */
#include "postgres.h"

#include "cloud/store-news.h"
#include "cloud/store/store.h"
#include "tests/sim/step-clock.h"
#include "tests/unit/test.h"

#include <sodium.h>

enum { PATIENCE_US = 60 * 1000 * 1000, STEP_US = 50 * 1000 };

typedef struct Heard {
        unsigned n_looks, n_news;
        uint64_t generation;
} Heard;

static void on_news(uint64_t generation, void *userdata)
{
        Heard *heard = userdata;

        heard->n_looks += generation == 0;
        heard->n_news += generation > 0;
        heard->generation = generation;
}

static void save_something(Store *s)
{
        GroupRow g = {.route = "1", .phase = GROUP_GATHERING, .expires_ms = UINT32_MAX};

        assert_int_equal(store_begin(s), 0);
        assert_int_equal(store_group_add(s, &g), 0);
        assert_int_equal(store_commit(s), 0);
}

static uint64_t generation_of_server(void)
{
        return (uint64_t)postgres_run(&postgres, "SELECT generation FROM working_set");
}

/* A look each makes a step towards it; it is there when news comes. */
static void wait_for_connection(sd_event *event, Clock *clock, Heard *heard, Store *other)
{
        *heard = (Heard){.n_news = 0};
        for (unsigned looks = 0; heard->n_news == 0; looks++) {
                assert_true(looks < PATIENCE_US / STEP_US);
                step_clock_advance(clock, STORE_NEWS_MS);
                save_something(other);
                assert_true(sd_event_run(event, STEP_US) >= 0);
                step_clock_advance(clock, STORE_NEWS_SOON_MS);
        }
}

/* The time of a look does not come. */
static void expect_news(sd_event *event, Clock *clock, Heard *heard, Store *other)
{
        uint64_t generation;

        *heard = (Heard){.n_news = 0};
        save_something(other);
        generation = generation_of_server();
        while (heard->generation != generation) {
                assert_true(sd_event_run(event, PATIENCE_US) > 0);
                step_clock_advance(clock, STORE_NEWS_SOON_MS);
        }
        assert_int_equal(heard->n_looks, 0);
}

/* Also over the connection that it makes when the first has ended. */
static void a_node_hears_without_looking(void **state)
{
        char conninfo[POSTGRES_CONNINFO];
        sd_event *event = NULL;
        StoreNews *news = NULL;
        Heard heard = {.n_news = 0};
        Clock *clock;
        Store *other;

        postgres_conninfo(&postgres, NULL, conninfo);
        assert_int_equal(store_postgres_open(&other, conninfo), 0);
        assert_int_equal(step_clock_new(&clock, 1), 0);
        assert_true(sd_event_new(&event) >= 0);
        assert_int_equal(store_news_new(&news, event, clock, conninfo, on_news, &heard), 0);
        wait_for_connection(event, clock, &heard, other);
        expect_news(event, clock, &heard, other);
        (void)postgres_run(&postgres, "SELECT pg_terminate_backend(pid, 10000)"
                                      " FROM pg_stat_activity WHERE query = 'LISTEN huddle'");
        wait_for_connection(event, clock, &heard, other);
        expect_news(event, clock, &heard, other);
        (void)store_news_free(news);
        (void)sd_event_unref(event);
        (void)step_clock_free(clock);
        (void)store_free(other);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_node_hears_without_looking),
        };

        if (!postgres_is_there())
                return postgres_skip();
        return sodium_init() < 0
                       ? 1
                       : cmocka_run_group_tests(tests, postgres_set_up, postgres_tear_down);
}
