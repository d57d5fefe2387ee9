/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong has its own end: a cloud that cannot be reached, one that forges its roster
 * after a restart (all other lies are in test-liar.c), a veto.
 */
#include "world.h"

#include "src/base/log.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { PEOPLE = 3, WINDOW_S = 10, VETO_MS = 5000 };

static World *begin(const char *seed)
{
        World *w = NULL;

        fixed_random(seed);
        assert_int_equal(world_new(&w, 1, PEOPLE, ":memory:"), 0);
        return w;
}

static int count_row(void *userdata, uint64_t number, uint32_t uid)
{
        ++*(size_t *)userdata;
        return 0;
}

static int count_card(void *userdata, const Id *member, const char *vcard)
{
        ++*(size_t *)userdata;
        return 0;
}

static size_t cards_of(const SimPress *p)
{
        size_t n = 0;

        assert_int_equal(daemon_store_card_walk(p->terminal->store, p->number, count_card, &n), 0);
        return n;
}

static void assert_no_trace(const SimPress *p)
{
        size_t rows = 0;

        assert_int_equal(
                daemon_store_exchange_walk_unfinished(p->terminal->store, count_row, &rows), 0);
        assert_int_equal(rows, 0);
        assert_int_equal(cards_of(p), 0);
        assert_false(medium_radio_on(p->terminal->radio));
}

/* ---- no way to the cloud ---- */

static const struct {
        const char *name;
        CarrierResult failure;
        ExchangeError error;
} failures[] = {
        {"no network", CARRIER_NO_NETWORK, EXCHANGE_E_NO_NETWORK},
        {"cloud down", CARRIER_UNREACHABLE, EXCHANGE_E_UNREACHABLE},
        {"certificate", CARRIER_TLS, EXCHANGE_E_TLS},
        {"cloud with another key", CARRIER_REFUSED, EXCHANGE_E_OTHER_KEY},
        {"busy cloud", CARRIER_BUSY, EXCHANGE_E_CLOUD_REFUSED},
};

static void unreachable_cloud_has_its_own_error(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(failures); i++) {
                World *w = begin(failures[i].name);
                NetWeather weather = {1, 5, 0, 0, failures[i].failure};
                SimPress *p;

                net_set_weather(w->net, &weather);
                assert_int_equal(world_press(w, 0, 0, 0, "4821", WINDOW_S, 0, &p), 0);
                world_run(w, 19 * 1000);
                assert_int_equal(p->ended, EXCHANGE_LISTENING);
                world_run(w, 4 * 1000);
                if (p->ended != EXCHANGE_FAILED || p->error != failures[i].error)
                        fail_msg("%s: state %d, error %d", failures[i].name, (int)p->ended,
                                 (int)p->error);
                assert_no_trace(p);
                world_free(w);
        }
}

/* A cloud that comes back in time is all the user ever notices. */
static void cloud_back_in_time(void **state)
{
        World *w = begin("back");
        SimPress *p[2];

        world_kill_cloud(w);
        for (unsigned i = 0; i < 2; i++)
                assert_int_equal(world_press(w, i, 0, 0, "4821", 6 * WINDOW_S, 0, &p[i]), 0);
        world_run(w, 10 * 1000);
        assert_int_equal(world_start_cloud(w), 0);
        world_run(w, 90 * 1000);
        for (unsigned i = 0; i < 2; i++) {
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(cards_of(p[i]), 1);
        }
        world_free(w);
}

/* Who is heard while the serial is on its way to the cloud and back is told of afterwards. */
static void heard_while_joining(void **state)
{
        World *w = begin("slow");
        NetWeather slow = {600, 600, 0, 0, CARRIER_ANSWERED};
        SimPress *p[2];

        net_set_weather(w->net, &slow);
        assert_int_equal(world_press(w, 0, 0, 0, "4821", 6 * WINDOW_S, 0, &p[0]), 0);
        world_run(w, 1500); /* its serial is under way */
        assert_false(p[0]->gathered);
        assert_int_equal(world_press(w, 1, 0, 0, "4821", 6 * WINDOW_S, 0, &p[1]), 0);
        world_run(w, 15 * 1000);
        for (unsigned i = 0; i < 2; i++) {
                Neighbourhood *n = exchange_neighbourhood(p[i]->exchange);

                assert_int_equal(neighbourhood_count(n), 1);
                assert_true(neighbourhood_get(n, 0)->mutual);
        }
        world_free(w);
}

static void nobody_else_came(void **state)
{
        World *w = begin("alone");
        SimPress *p;

        assert_int_equal(world_press(w, 0, 0, 0, "4821", WINDOW_S, 0, &p), 0);
        world_run(w, 30 * 1000);
        assert_int_equal(p->ended, EXCHANGE_FAILED);
        assert_int_equal(p->error, EXCHANGE_E_ALONE);
        assert_no_trace(p);
        world_free(w);
}

/* ---- a cloud that lies ---- */

static World *liar; /* whose store tells the lie */

static int forge_roster(Store *s, int64_t group, Roster **ret)
{
        int r = liar->store_ops->roster_get(s, group, ret);

        if (r == 0)
                (*ret)->signature[0] ^= 1;
        return r;
}

/* Another roster than the one that was fixed, rightly signed, after a restart. */
static void roster_does_not_change(void **state)
{
        SimPress *p[PEOPLE];

        liar = begin("another roster");
        for (unsigned j = 0; j < PEOPLE; j++)
                assert_int_equal(world_press(liar, j, 0, 0, "4821", WINDOW_S, 60 * 1000, &p[j]), 0);
        world_run(liar, 20 * 1000);
        assert_int_equal(exchange_state(p[0]->exchange), EXCHANGE_RELEASING);
        terminal_kill(&liar->terminals[0]);
        liar->noting_ops.roster_get = forge_roster;
        assert_int_equal(terminal_start(&liar->terminals[0]), 0);
        world_run(liar, 10 * 1000);
        assert_int_equal(p[0]->ended, EXCHANGE_FAILED);
        assert_int_equal(p[0]->error, EXCHANGE_E_GROUP_REFUSED);
        assert_no_trace(p[0]);
        world_free(liar);
}

/* Who vetoes gives nothing away and gets nothing; the others are not held up. */
static void veto_in_the_countdown(void **state)
{
        World *w = begin("veto");
        SimPress *p[PEOPLE];

        for (unsigned j = 0; j < PEOPLE; j++)
                assert_int_equal(world_press(w, j, 0, 0, "4821", WINDOW_S, VETO_MS, &p[j]), 0);
        while (exchange_state(p[0]->exchange) < EXCHANGE_RELEASING)
                world_run(w, 10);
        world_run(w, 1000);
        assert_int_equal(exchange_veto(p[0]->exchange), 0);
        p[0]->has_left = true;
        world_run(w, 60 * 1000);
        assert_int_equal(p[0]->ended, EXCHANGE_LEFT);
        assert_no_trace(p[0]);
        for (unsigned j = 1; j < PEOPLE; j++) {
                assert_int_equal(p[j]->ended, EXCHANGE_DELIVERED);
                assert_int_equal(cards_of(p[j]), PEOPLE - 2);
        }
        world_free(w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(unreachable_cloud_has_its_own_error),
                cmocka_unit_test(cloud_back_in_time),
                cmocka_unit_test(heard_while_joining),
                cmocka_unit_test(nobody_else_came),
                cmocka_unit_test(roster_does_not_change),
                cmocka_unit_test(veto_in_the_countdown),
        };

        log_set_level(LOG_ERR);
        log_open("test-trouble");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
