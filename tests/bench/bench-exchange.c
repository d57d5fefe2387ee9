/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-exchange.c - from the close to the last card: what groups of several sizes cost
 *
 * All terminals and the cloud share this process and one core, stores are in memory and the way to the cloud
 * takes no time: what is left is what the machines compute, and the round trips that the protocol needs.
 */
#include "../sim/step-clock.h"
#include "../sim/world.h"

#include "../../src/log.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { ONE_WAY_MS = 5 };

static double seconds(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static size_t count(const World *w, ExchangeState state)
{
        size_t n = 0;

        for (size_t i = 0; i < w->n_presses; i++)
                n += exchange_state(w->presses[i]->exchange) == state;
        return n;
}

static void on_closed(void *userdata, int result)
{
        assert(result == 0);
}

static void run_until(World *w, ExchangeState state, size_t n)
{
        while (count(w, state) < n && step_clock_next(w->clock))
                ;
}

static void bench(size_t n, const char *code)
{
        static const NetWeather fine = {.delay_min_ms = ONE_WAY_MS, .delay_max_ms = ONE_WAY_MS};
        static const MediumRule air = {MEDIUM_ANY, MEDIUM_ANY, 10, 1000, 0};
        World *w = NULL;
        double begin, spent;
        uint64_t closed_ms;
        int r = world_new(&w, 1, n, ":memory:");

        if (r == 0)
                r = medium_rule(w->medium, &air);
        for (unsigned i = 0; r == 0 && i < n; i++)
                r = world_press(w, i, 0, 0, code, 60, 0, NULL);
        assert(r == 0);
        net_set_weather(w->net, &fine);
        run_until(w, EXCHANGE_GATHERING, n);
        world_run(w, 5000); /* all parts are deposited, all evidence is told */
        closed_ms = clock_now(w->clock);
        begin = seconds();
        for (size_t i = 0; i < n; i++)
                if (exchange_opener(w->presses[i]->exchange))
                        exchange_close(w->presses[i]->exchange, on_closed, NULL);
        run_until(w, EXCHANGE_DELIVERED, n);
        spent = seconds() - begin;
        printf("%4zu terminals: %8.1f ms of one core in all, %6.2f ms a terminal; %4llu ms with %d ms one "
               "way (%zu of %zu)\n",
               n, spent * 1e3, spent * 1e3 / (double)n,
               (unsigned long long)(clock_now(w->clock) - closed_ms), ONE_WAY_MS,
               count(w, EXCHANGE_DELIVERED), n);
        world_free(w);
}

int main(void)
{
        static const size_t sizes[] = {2, 8, 30, 200};

        log_set_level(LOG_ERR);
        puts("from the close to the last card, cloud included, a party:");
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                bench(sizes[i], "4821");
        puts("the same with secret words, proven:");
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                bench(sizes[i], "4821 maple tiger");
        return 0;
}
