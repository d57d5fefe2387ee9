/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What goes wrong has its own end: a cloud that cannot be reached, and one that lies. A lie is told by a
 * store that hands the honest core of the cloud something else than was put in.
 */
#include "world.h"

#include "../../src/log.h"
#include "../unit/fixed-random.h"

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

        assert_int_equal(daemon_store_exchange_walk_unfinished(p->terminal->store, count_row, &rows), 0);
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
                        fail_msg("%s: state %d, error %d", failures[i].name, (int)p->ended, (int)p->error);
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

static World *liar; /* whose store the lies below are told to */

typedef struct Relay { /* what a lying walk passes its rows on to */
        void *func;
        void *userdata;
} Relay;

static int bend_opening(const MemberOpening *o, uint32_t order, void *userdata)
{
        const Relay *relay = userdata;
        MemberOpening bent = *o;

        bent.box_key.b[0] ^= 1;
        return ((OpeningFunc)relay->func)(&bent, order, relay->userdata);
}

static int swap_keys(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata)
{
        return liar->store_ops->openings_walk(s, group, after, bend_opening,
                                              &(Relay){(void *)func, userdata});
}

static int bend_piece(const PieceRow *p, void *userdata)
{
        static uint8_t bytes[8192];
        const Relay *relay = userdata;
        PieceRow bent = *p;

        assert_true(p->len <= sizeof bytes);
        memcpy(bytes, p->bytes, p->len);
        bytes[p->len / 2] ^= 1;
        bent.bytes = bytes;
        return ((PieceFunc)relay->func)(&bent, relay->userdata);
}

static int alter_card(Store *s, int64_t group, int64_t without, uint64_t cursor, uint64_t *ret_cursor,
                      PieceFunc func, void *userdata)
{
        return liar->store_ops->pieces_walk(s, group, without, cursor, ret_cursor, bend_piece,
                                            &(Relay){(void *)func, userdata});
}

static int bend_message(const MessageRow *m, void *userdata)
{
        const Relay *relay = userdata;
        MessageRow bent = *m;

        bent.body[0] ^= 1;
        return ((MessageFunc)relay->func)(&bent, relay->userdata);
}

static int alter_messages(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                          MessageFunc func, void *userdata)
{
        return liar->store_ops->messages_walk(s, group, to, after, limit, bend_message,
                                              &(Relay){(void *)func, userdata});
}

static int forge_roster(Store *s, int64_t group, Roster **ret)
{
        int r = liar->store_ops->roster_get(s, group, ret);

        if (r == 0)
                (*ret)->signature[0] ^= 1;
        return r;
}

/* Somebody with the cloud's own key puts a ghost in each member's place. */
static int ghost_roster(Store *s, int64_t group, const Roster *roster)
{
        RosterMember ghosts[PEOPLE];
        Roster *lie = NULL;
        int r;

        for (size_t i = 0; i < PEOPLE; i++)
                randombytes_buf(&ghosts[i], sizeof ghosts[i]);
        r = roster_sign(&lie, roster->record_number, roster->closed_at_ms, &ghosts[0].id, ghosts, PEOPLE,
                        liar->keys.sign_private);
        assert_int_equal(r, 0);
        r = liar->store_ops->roster_put(s, group, lie);
        roster_free(lie);
        return r;
}

static size_t card_keys_posted;

static int count_card_keys(Store *s, int64_t group, MessageRow *m)
{
        card_keys_posted += m->kind == HUDDLE__V1__MESSAGE_KIND__MESSAGE_CARD_KEY;
        return liar->store_ops->message_add(s, group, m);
}

static void swapped_keys(StoreOps *ops)
{
        ops->openings_walk = swap_keys;
}
static void altered_card(StoreOps *ops)
{
        ops->pieces_walk = alter_card;
}
static void altered_messages(StoreOps *ops)
{
        ops->messages_walk = alter_messages;
}
static void forged_signature(StoreOps *ops)
{
        ops->roster_get = forge_roster;
}
static void ghosts(StoreOps *ops)
{
        ops->roster_put = ghost_roster;
}

static const struct {
        const char *name;
        void (*tell)(StoreOps *ops);
} lies[] = {
        {"swapped keys", swapped_keys},         {"altered card", altered_card},
        {"altered messages", altered_messages}, {"forged signature", forged_signature},
        {"ghosts in the roster", ghosts},
};

/* A visible refusal (and alone is who is left behind by those who refused), no card anywhere, and no key of
 * a card let out of anybody's hands. */
static void lies_are_refused(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
                SimPress *p[PEOPLE];
                unsigned refused = 0;

                liar = begin(lies[i].name);
                card_keys_posted = 0;
                liar->noting_ops.message_add = count_card_keys;
                lies[i].tell(&liar->noting_ops);
                for (unsigned j = 0; j < PEOPLE; j++)
                        assert_int_equal(world_press(liar, j, 0, 0, "4821", WINDOW_S, VETO_MS, &p[j]), 0);
                world_run(liar, 5 * 60 * 1000);
                for (unsigned j = 0; j < PEOPLE; j++) {
                        refused += p[j]->error == EXCHANGE_E_GROUP_REFUSED;
                        if (p[j]->ended != EXCHANGE_FAILED ||
                            (p[j]->error != EXCHANGE_E_GROUP_REFUSED && p[j]->error != EXCHANGE_E_ALONE))
                                fail_msg("%s: state %d, error %d", lies[i].name, (int)p[j]->ended,
                                         (int)p[j]->error);
                        assert_no_trace(p[j]);
                }
                assert_true(refused >= PEOPLE - 1);
                assert_int_equal(card_keys_posted, 0);
                world_free(liar);
        }
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
        forged_signature(&liar->noting_ops);
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
                cmocka_unit_test(nobody_else_came),
                cmocka_unit_test(lies_are_refused),
                cmocka_unit_test(roster_does_not_change),
                cmocka_unit_test(veto_in_the_countdown),
        };

        log_set_level(LOG_ERR);
        log_open("test-trouble");
        return cmocka_run_group_tests(tests, NULL, NULL);
}
