/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bench-exchange.c - from the close to the last card: what groups of several sizes cost
 *
 * All terminals and the cloud share this process and one core, stores are in memory and the way
 * to the cloud takes no time: what is left is what the machines compute, and the round trips
 * that the protocol needs.
 *
 * Everybody gets everybody's card, so that the whole grows with the square of the group. What
 * each machine does on what reaches it stands beside it: a terminal's work grows with the cards
 * it gets, the cloud's with those it sends. The sponsor is the opener, who gives the others the
 * group key; its rounds of offers are among what timers bring about.
 */
#include "tests/sim/step-clock.h"
#include "tests/sim/world.h"

#include "src/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <time.h>

enum { ONE_WAY_MS = 5, SIZE_MAX_HERE = 200 };

/* Seconds of each machine, and when the work at hand began. */
typedef struct Meter {
        double cloud, terminals[SIZE_MAX_HERE], begin;
} Meter;

static double seconds(void)
{
        struct timespec ts;

        (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
        return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static void on_work(void *userdata, int number, bool done)
{
        Meter *m = userdata;

        if (!done)
                m->begin = seconds();
        else
                *(number == NET_CLOUD ? &m->cloud : &m->terminals[number]) += seconds() - m->begin;
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

/* Looks every 5 ms of the group's time: looking costs, too. */
static void run_until(World *w, ExchangeState state, size_t n)
{
        while (count(w, state) < n)
                world_run(w, ONE_WAY_MS);
}

static void close_group(World *w, size_t *ret_opener)
{
        for (size_t i = 0; i < w->n_presses; i++)
                if (exchange_opener(w->presses[i]->exchange)) {
                        *ret_opener = i;
                        exchange_close(w->presses[i]->exchange, on_closed, NULL);
                }
}

static void report(const Meter *m, size_t n, size_t opener, double spent,
                   unsigned long long took_ms)
{
        double sponsor = m->terminals[opener], others = -sponsor;

        for (size_t i = 0; i < n; i++)
                others += m->terminals[i];
        printf("%4zu terminals %7.1f ms of one core: cloud %6.1f (%5.1f us a card), each terminal "
               "%5.2f "
               "(%5.1f us a card), sponsor %5.2f, timers %5.1f; over after %llu ms\n",
               n, spent * 1e3, m->cloud * 1e3, m->cloud * 1e6 / (double)(n * (n - 1)),
               others * 1e3 / (double)(n - 1), others * 1e6 / (double)((n - 1) * (n - 1)),
               sponsor * 1e3, (spent - m->cloud - others - sponsor) * 1e3, took_ms);
}

static void bench(size_t n, const char *code)
{
        static const NetWeather fine = {.delay_min_ms = ONE_WAY_MS, .delay_max_ms = ONE_WAY_MS};
        static const MediumRule air = {MEDIUM_ANY, MEDIUM_ANY, 10, 1000, 0};
        Meter meter = {0};
        World *w = NULL;
        size_t opener = 0;
        double begin;
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
        net_set_meter(w->net, on_work, &meter);
        closed_ms = clock_now(w->clock);
        begin = seconds();
        close_group(w, &opener);
        run_until(w, EXCHANGE_DELIVERED, n);
        report(&meter, n, opener, seconds() - begin,
               (unsigned long long)(clock_now(w->clock) - closed_ms));
        world_free(w);
}

int main(void)
{
        static const size_t sizes[] = {2, 8, 30, 100, SIZE_MAX_HERE};

        if (sodium_init() < 0)
                return 1;
        log_set_level(LOG_ERR);
        printf("from the close to the last card, cloud included, %d ms one way, a party:\n",
               ONE_WAY_MS);
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                bench(sizes[i], "4821");
        puts("the same with secret words, proven:");
        for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
                bench(sizes[i], "4821 maple tiger");
        return 0;
}
