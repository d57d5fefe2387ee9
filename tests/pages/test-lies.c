/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cloud that lies (tests/sim/liar.h) gets nothing from the engine of the pages either: each lie
 * of the tables is told to guests whose engine is WebAssembly under Node, to three alone and to one
 * beside terminals, and ends as it does for terminals [sim/test-liar].
 */
#include "engine-guest.h"

#include "src/base/log.h"
#include "tests/sim/step-clock.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
        PEOPLE = 3,
        GUEST = 1, /* the one beside terminals */
        WINDOW_S = 10,
        VETO_MS = 5000,
        RUN_MS = 90 * 1000,
        SILENCE_MS = 40 * 60 * 1000,
        ATTEMPTS = 10,
};

static char digits[] = "4821", words[] = "4821 tiger maple";

static EngineNode node;

/* ---- a party: three guests, or one beside two terminals ---- */

typedef struct Party {
        World *world;
        SimPress *press[PEOPLE];
        EngineGuest *guest[PEOPLE]; /* NULL: a terminal */
        Liar liar;
} Party;

static Party party;
static LieFunc told_lie; /* NULL: none */
static bool beside_terminals;

/* A guest's member is in its first request that has one. */
static void learn_member(const Liar *l)
{
        if (party.guest[l->terminal] && l->asked->body_case == PB_REQUEST_BODY_JOIN)
                wire_id_read(&party.press[l->terminal]->member, l->asked->join->member_id);
}

static void tell(Liar *l)
{
        learn_member(l);
        if (told_lie && (l->terminal == GUEST || !beside_terminals))
                told_lie(l);
}

static void press_as_guest(unsigned i, const SimPress *screen, const char *code, const char *seed)
{
        char own[160];

        (void)snprintf(own, sizeof own, "%s, guest %u", seed, i);
        party.guest[i] = engine_guest_new(&node, party.world, i, screen, code, own);
        party.press[i] = engine_guest_press(party.guest[i]);
}

static void press_as_terminal(unsigned i, const char *code)
{
        party.world->terminals[i].mark = MARK_WELCOME;
        assert_int_equal(
                world_press(party.world, i, 0, 0, code, WINDOW_S, VETO_MS, &party.press[i]), 0);
}

static void press_all(const char *code, const char *seed)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                if (!beside_terminals)
                        press_as_guest(i, NULL, code, seed);
                else if (i != GUEST)
                        press_as_terminal(i, code);
        if (!beside_terminals)
                return;
        while (!party.press[0]->gathered)
                assert_true(step_clock_next(party.world->clock));
        press_as_guest(GUEST, party.press[0], code, seed);
}

/* Whom a lie hits depends on ids: each party has others. */
static void party_begin(const char *code, const char *name, unsigned attempt)
{
        static const NetWeather weather = {.delay_min_ms = 20, .delay_max_ms = 50};
        char seed[128];

        (void)snprintf(seed, sizeof seed, "%s, %s, %d, %u", name, code, beside_terminals, attempt);
        fixed_random(seed);
        party = (Party){};
        assert_int_equal(world_new(&party.world, attempt + 1, PEOPLE, ":memory:"), 0);
        net_set_weather(party.world->net, &weather);
        liar_begin(&party.liar, party.world, tell, NULL);
        press_all(code, seed);
        world_run(party.world, RUN_MS);
}

static void party_end(void)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                engine_guest_free(party.guest[i]);
        liar_end(&party.liar);
        world_free(party.world);
}

static Seen look(unsigned i)
{
        return party.guest[i] ? engine_guest_look(party.guest[i]) : judge_look(party.press[i]);
}

/* The cloud has all cards, and can read none. */
static void check_liar(void)
{
        assert_int_equal(party.liar.n_parts, 2 * PEOPLE);
        assert_int_equal(liar_reads(&party.liar, NULL), 0);
}

/* ---- the truth ---- */

static void check_truth(const char *code)
{
        told_lie = NULL;
        party_begin(code, "truth", 0);
        for (unsigned i = 0; i < PEOPLE; i++) {
                Seen seen = look(i);

                assert_int_equal(seen.ended, EXCHANGE_DELIVERED);
                assert_int_equal(seen.cards, PEOPLE - 1);
                assert_int_equal(seen.false_cards, 0);
                assert_true(party.liar.card_keys[i] > 0);
        }
        check_liar();
        party_end();
}

static void everybody_gets_every_card(void **state)
{
        for (unsigned i = 0; i < 2; i++) {
                beside_terminals = i > 0;
                check_truth(*state);
        }
}

/* ---- each lie ---- */

static void check_end(const LieRow *row, unsigned i, const Seen *seen)
{
        unsigned keys = party.liar.card_keys[i];

        if (seen->false_cards == 0 &&
            (!party.liar.told[i] ||
             judge_ends_well(seen, row->end, PEOPLE - 1, keys, beside_terminals)))
                return;
        fail_msg("%s: %s: state %d, error %d, %zu cards, %zu false, %u keys released", row->name,
                 party.press[i]->name, (int)seen->ended, (int)seen->error, seen->cards,
                 seen->false_cards, keys);
}

static void check_silence_ends(const LieRow *row)
{
        world_run(party.world, SILENCE_MS);
        for (unsigned i = 0; i < PEOPLE; i++)
                if (look(i).ended < EXCHANGE_DELIVERED)
                        fail_msg("%s: %s waits for ever", row->name, party.press[i]->name);
}

/* False: no guest was told it, since what it is about never came so. */
static bool try_lie(const LieRow *row, const char *code, unsigned attempt)
{
        unsigned refused = 0, told = 0;

        told_lie = row->lie;
        party_begin(code, row->name, attempt);
        for (unsigned i = 0; i < PEOPLE; i++) {
                Seen seen = look(i);

                check_end(row, i, &seen);
                refused += judge_refused(&seen);
                told += party.liar.told[i];
        }
        if (told > 0 && row->end == LIE_REFUSED && refused == 0)
                fail_msg("%s: told to %u, refused by nobody", row->name, told);
        if (told > 0 && row->end == LIE_SILENCE)
                check_silence_ends(row);
        check_liar();
        party_end();
        return told > 0;
}

static size_t check_lies(const LieTable *lies, const char *code)
{
        for (size_t i = 0; i < lies->n; i++) {
                unsigned attempt = 0;

                while (!try_lie(&lies->rows[i], code, attempt))
                        if (++attempt == ATTEMPTS)
                                fail_msg("%s: told to nobody", lies->rows[i].name);
        }
        return lies->n;
}

static void check_all_lies(const char *code)
{
        size_t told = check_lies(&group_lies, code) + check_lies(&card_lies, code);

        assert_true(told > 50);
        print_message("%zu lies told\n", told);
}

static void told_to_guests(void **state)
{
        beside_terminals = false;
        check_all_lies(*state);
}

static void told_to_one_beside_terminals(void **state)
{
        beside_terminals = true;
        check_all_lies(*state);
}

/* ---- */

static const char *folder(const char *variable)
{
        const char *f = getenv(variable);

        return f ? f : ".";
}

static int cannot_run(const char *why)
{
        (void)printf("SKIP: %s\n", why);
        return 77;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_prestate(everybody_gets_every_card, digits),
                cmocka_unit_test_prestate(everybody_gets_every_card, words),
                cmocka_unit_test_prestate(told_to_guests, digits),
                cmocka_unit_test_prestate(told_to_guests, words),
                cmocka_unit_test_prestate(told_to_one_beside_terminals, digits),
                cmocka_unit_test_prestate(told_to_one_beside_terminals, words),
        };
        char script[4096], module[4096];
        int failed;

        (void)snprintf(script, sizeof script, "%s/tests/pages/serve-engine.js",
                       folder("top_srcdir"));
        (void)snprintf(module, sizeof module, "%s/src/wasm/build/engine.wasm",
                       folder("top_builddir"));
        if (access(module, R_OK) != 0)
                return cannot_run("the engine is not built: ./bootstrap deps pages (Debian: lld)");
        if (system("command -v node >/dev/null") != 0)
                return cannot_run("node is not installed (Debian: nodejs)");
        log_set_level(LOG_CRIT);
        log_open("test-lies");
        if (sodium_init() < 0)
                return 1;
        engine_node_start(&node, script, module);
        failed = cmocka_run_group_tests(tests, NULL, NULL);
        engine_node_end(&node);
        return failed;
}
