/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A cloud that lies (tests/sim/liar.h) gets nothing from the engine of the pages either: each lie
 * of the tables is told to guests whose engine is WebAssembly under Node, to three alone and to one
 * beside terminals, and ends as it does for terminals [sim/test-liar].
 */
#include "engine-guest.h"

#include "src/base/log.h"
#include "tests/sim/step-clock.h"
#include "tests/sim/welcome.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
        PEOPLE = 3,
        GUEST = 1,      /* the one beside terminals */
        GHOST = PEOPLE, /* of the cloud, where there is one */
        WINDOW_S = 10,
        VETO_MS = 5000,
        RUN_MS = 90 * 1000,
        SILENCE_MS = 40 * 60 * 1000,
        ATTEMPTS = 10,
        FLIPS = 100,
};

static char digits[] = "4821", words[] = "4821 tiger maple";

static EngineNode node;

/* ---- a party: three guests, or one beside two terminals ---- */

typedef struct Party {
        World *world;
        char seed[128];
        SimPress *press[PEOPLE + 1];
        EngineGuest *guest[PEOPLE + 1]; /* NULL: a terminal */
        Liar liar;
} Party;

static Party party;
static LieFunc told_lie;     /* NULL: none */
static BendFunc bent_answer; /* likewise */
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

static void press_as_guest(unsigned i, const SimPress *screen, const char *code)
{
        char own[160];

        (void)snprintf(own, sizeof own, "%s, guest %u", party.seed, i);
        party.guest[i] = engine_guest_new(&node, party.world, i, screen, code, own);
        party.press[i] = engine_guest_press(party.guest[i]);
        party.world->terminals[i].mark = MARK_GUEST;
}

static void press_as_terminal(unsigned i, GuestMark mark, const char *code)
{
        party.world->terminals[i].mark = mark;
        assert_int_equal(
                world_press(party.world, i, 0, 0, code, WINDOW_S, VETO_MS, &party.press[i]), 0);
}

/* The guest comes with the QR code of the first terminal. mark: of the other one. */
static void press_beside_terminals(GuestMark mark, const char *code)
{
        press_as_terminal(0, MARK_WELCOME, code);
        press_as_terminal(2, mark, code);
        while (!party.press[0]->gathered)
                assert_true(step_clock_next(party.world->clock));
        press_as_guest(GUEST, party.press[0], code);
}

static void press_as_guests(const char *code)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                press_as_guest(i, NULL, code);
}

/* Whom a lie hits depends on ids: each party has others. */
static void party_new(const char *code, const char *name, unsigned attempt)
{
        static const NetWeather weather = {.delay_min_ms = 20, .delay_max_ms = 50};

        party = (Party){};
        (void)snprintf(party.seed, sizeof party.seed, "%s, %s, %d, %u", name, code,
                       beside_terminals, attempt);
        fixed_random(party.seed);
        assert_int_equal(world_new(&party.world, attempt + 1, PEOPLE + 1, ":memory:"), 0);
        net_set_weather(party.world->net, &weather);
        liar_begin(&party.liar, party.world, tell, bent_answer);
}

static void party_meet(const char *code, const char *name, unsigned attempt)
{
        party_new(code, name, attempt);
        if (beside_terminals)
                press_beside_terminals(MARK_WELCOME, code);
        else
                press_as_guests(code);
        world_run(party.world, RUN_MS);
}

static void party_end(void)
{
        for (unsigned i = 0; i <= PEOPLE; i++)
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
        party_meet(code, "truth", 0);
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
        party_meet(code, row->name, attempt);
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

/* ---- any bit of any answer ---- */

static struct {
        unsigned answer; /* so many are left as they are */
        uint32_t at;     /* in the answer, modulo its length */
} flip;

/* Before the press there is nothing to gain. */
static void flip_bit(Liar *l, uint8_t *plain, size_t len)
{
        if (l->asked->body_case == PB_REQUEST_BODY_DESCRIBE ||
            l->asked->body_case == PB_REQUEST_BODY_REGISTER_GUEST || flip.answer-- != 0 || len == 0)
                return;
        plain[flip.at / 8 % len] ^= (uint8_t)(1 << flip.at % 8);
        liar_told(l);
}

/* False: the exchange had fewer answers. */
static bool try_flip(const char *code, unsigned attempt)
{
        uint32_t answer = flip.answer;
        bool told = false;

        party_meet(code, "flip", attempt);
        for (unsigned i = 0; i < PEOPLE; i++) {
                Seen seen = look(i);

                told = told || party.liar.told[i];
                if (seen.false_cards > 0 || (seen.cards > 0 && seen.ended == EXCHANGE_FAILED))
                        fail_msg("bit %u of answer %u: %s: state %d, %zu cards, %zu false",
                                 (unsigned)flip.at, (unsigned)answer, party.press[i]->name,
                                 (int)seen.ended, seen.cards, seen.false_cards);
        }
        party_end();
        return told;
}

/* Whatever it hits: every card that is taken is the one that was given. */
static void any_bit_flipped(void **state)
{
        unsigned told = 0;
        Chance chance;

        chance_seed(&chance, 1);
        beside_terminals = false;
        told_lie = NULL;
        bent_answer = flip_bit;
        for (unsigned i = 0; i < FLIPS; i++) {
                flip.answer = chance_below(&chance, 60);
                flip.at = chance_below(&chance, 1 << 16);
                told += try_flip(*state, i);
        }
        bent_answer = NULL;
        assert_true(told > FLIPS / 2);
}

/* ---- people whom the cloud invents, and guests whom it lets in ---- */

static void words_keep_ghosts_out(void **state)
{
        beside_terminals = false;
        told_lie = NULL;
        party_new(words, "ghost", 0);
        press_as_guests(words);
        press_as_guest(GHOST, NULL, "4821 zebra autumn");
        world_run(party.world, RUN_MS);
        for (unsigned i = 0; i < PEOPLE; i++) {
                Seen seen = look(i);

                assert_int_equal(seen.ended, EXCHANGE_DELIVERED);
                assert_int_equal(seen.cards, PEOPLE - 1);
                assert_int_equal(seen.false_cards, 0);
        }
        assert_int_equal(look(GHOST).cards, 0);
        assert_int_equal(liar_reads(&party.liar, NULL), 0);
        party_end();
}

/* It finds out by itself, and keeps its card. */
static void where_one_refuses_guests_it_ends(void **state)
{
        Seen seen;

        beside_terminals = true;
        told_lie = NULL;
        party_new(*state, "welcome", 0);
        believe_in_welcome(party.world, true);
        press_beside_terminals(MARK_REFUSED, *state);
        world_run(party.world, 2000);
        believe_in_welcome(party.world, false);
        world_run(party.world, RUN_MS);
        seen = look(GUEST);
        assert_int_equal(seen.ended, EXCHANGE_FAILED);
        assert_int_equal(seen.error, EXCHANGE_E_NO_GUESTS);
        assert_int_equal(seen.cards, 0);
        assert_int_equal(party.liar.card_keys[GUEST], 0);
        assert_int_equal(look(0).cards, 1);
        assert_int_equal(look(2).cards, 1);
        check_liar();
        party_end();
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
                cmocka_unit_test_prestate(any_bit_flipped, digits),
                cmocka_unit_test_prestate(any_bit_flipped, words),
                cmocka_unit_test(words_keep_ghosts_out),
                cmocka_unit_test_prestate(where_one_refuses_guests_it_ends, digits),
                cmocka_unit_test_prestate(where_one_refuses_guests_it_ends, words),
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
