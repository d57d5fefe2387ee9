/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guests: people without a terminal, who press in a browser, beside terminals and alone. Who gets
 * whose card, who is shown as a guest, and what a cloud that lies about it gains.
 */
#include "liar.h"
#include "welcome.h"
#include "world.h"

#include "daemon/exchange/exchange-context.h"
#include "src/base/log.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum { WINDOW_S = 20, VETO_MS = 1000, PEOPLE_MAX = 6, ENOUGH_MS = 5 * 60 * 1000, NOBODY = 9 };

#define WORDS "4821 maple tiger"
#define OTHER_WORDS "4821 tiger maple"
#define DIGITS "4821"

typedef struct Person {
        const char *code;
        GuestMark mark;
        unsigned reads; /* whose screen; NOBODY: it typed the digits */
        size_t cards;
        ExchangeError error;
} Person;

typedef struct Case {
        const char *name;
        Person people[PEOPLE_MAX];
        bool lies; /* the cloud believes that everybody welcomes guests */
} Case;

#define GUEST MARK_GUEST
#define YES MARK_WELCOME
#define NO MARK_REFUSED

static const Case cases[] = {
        {"three terminals and three guests in a party",
         {{DIGITS, YES, NOBODY, 5, 0},
          {DIGITS, YES, NOBODY, 5, 0},
          {DIGITS, YES, NOBODY, 5, 0},
          {DIGITS, GUEST, 0, 5, 0},
          {DIGITS, GUEST, 0, 5, 0},
          {DIGITS, GUEST, 1, 5, 0}},
         false},
        {"three guests alone",
         {{DIGITS, GUEST, NOBODY, 2, 0},
          {DIGITS, GUEST, NOBODY, 2, 0},
          {DIGITS, GUEST, NOBODY, 2, 0}},
         false},
        {"a terminal comes to guests",
         {{DIGITS, GUEST, NOBODY, 2, 0},
          {DIGITS, GUEST, NOBODY, 2, 0},
          {DIGITS, YES, NOBODY, 2, 0}},
         false},
        {"words, and the opener lets guests come",
         {{WORDS, YES, NOBODY, 3, 0},
          {WORDS, MARK_NONE, NOBODY, 3, 0},
          {WORDS, GUEST, 0, 3, 0},
          {WORDS, GUEST, 0, 3, 0}},
         false},
        {"words, and a guest has others",
         {{WORDS, YES, NOBODY, 2, 0},
          {WORDS, MARK_NONE, NOBODY, 2, 0},
          {WORDS, GUEST, 0, 2, 0},
          {OTHER_WORDS, GUEST, 0, 0, EXCHANGE_E_NOT_PROVEN}},
         false},
        {"words, and nobody has asked for guests",
         {{WORDS, MARK_NONE, NOBODY, 1, 0},
          {WORDS, MARK_NONE, NOBODY, 1, 0},
          {WORDS, GUEST, NOBODY, 0, EXCHANGE_E_ALONE}},
         false},
        {"a party whose opener wants no guests",
         {{DIGITS, MARK_NONE, NOBODY, 1, 0},
          {DIGITS, YES, NOBODY, 1, 0},
          {DIGITS, GUEST, 1, 0, EXCHANGE_E_ALONE}},
         false},
        {"a party in which one refuses them",
         {{DIGITS, YES, NOBODY, 1, 0},
          {DIGITS, NO, NOBODY, 1, 0},
          {DIGITS, GUEST, 0, 0, EXCHANGE_E_NO_GUESTS}},
         false},
        {"one refuses them, and the cloud lets them in",
         {{DIGITS, YES, NOBODY, 2, 0},
          {DIGITS, NO, NOBODY, 2, 0},
          {DIGITS, YES, NOBODY, 2, 0},
          {DIGITS, GUEST, 0, 1, 0},
          {DIGITS, GUEST, 0, 1, 0}},
         true},
        {"the same with one guest",
         {{DIGITS, YES, NOBODY, 1, 0},
          {DIGITS, NO, NOBODY, 1, 0},
          {DIGITS, GUEST, 0, 0, EXCHANGE_E_NO_GUESTS}},
         true},
        {"the opener has said nothing, and the cloud lets one in",
         {{WORDS, MARK_NONE, NOBODY, 1, 0},
          {WORDS, YES, NOBODY, 1, 0},
          {WORDS, GUEST, 1, 0, EXCHANGE_E_NO_GUESTS}},
         true},
        {"one refuses them, has words, and the cloud lets one in who knows them",
         {{WORDS, YES, NOBODY, 1, 0},
          {WORDS, NO, NOBODY, 1, 0},
          {WORDS, GUEST, 0, 0, EXCHANGE_E_NO_GUESTS}},
         true},
};

/* ---- what is seen ---- */

typedef struct Stored {
        const SimPress *at;
        size_t wrong;
} Stored;

/* The history says of each card whether it is that of a guest. */
static int check_stored_guest(void *userdata, const Id *member, const char *vcard)
{
        Stored *stored = userdata;
        const SimPress *at = stored->at, *owner = world_find_press(at->terminal->world, member);
        bool guest = daemon_store_is_guest(at->terminal->store, at->number, member) == 0;

        stored->wrong += guest != (owner->terminal->mark == MARK_GUEST);
        return 0;
}

static void check_marks(const SimPress *p)
{
        const ExchangeMember *members;
        size_t n = exchange_members(p->exchange, &members);
        Stored stored = {.at = p};
        uint32_t guests = 0;

        for (size_t i = 0; i < n; i++) {
                const SimPress *other = world_find_press(p->terminal->world, &members[i].id);

                assert_int_equal(members[i].guest, other->terminal->mark == MARK_GUEST);
                guests += members[i].guest;
        }
        assert_int_equal(exchange_guest_count(p->exchange), guests);
        assert_int_equal(
                daemon_store_card_walk(p->terminal->store, p->number, check_stored_guest, &stored),
                0);
        assert_int_equal(stored.wrong, 0);
}

static void check_deposits(const SimPress *p)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};

        if (daemon_store_secret_get(p->terminal->store, p->number, &secret) == 0)
                assert_true(p->terminal->mark != MARK_GUEST || !secret.deposits);
}

static void check(const Case *c, size_t i, const SimPress *p)
{
        const Person *person = &c->people[i];

        if (world_cards_of(p) != person->cards || p->error != person->error)
                fail_msg("%s: person %zu has %zu cards, error %d, state %s", c->name, i,
                         world_cards_of(p), (int)p->error,
                         exchange_state_name(exchange_state(p->exchange)));
        assert_int_equal(p->ended, person->cards > 0 ? EXCHANGE_DELIVERED : EXCHANGE_FAILED);
        assert_int_equal(exchange_level(p->exchange),
                         person->cards > 0 && strcmp(person->code, DIGITS) != 0 ? LEVEL_PROVEN
                                                                                : LEVEL_UNCHECKED);
        check_marks(p);
        check_deposits(p);
}

static uint32_t veto_ms = VETO_MS;

static size_t press_all(World *w, const Case *c, SimPress *p[static PEOPLE_MAX])
{
        size_t n = 0;

        for (size_t i = 0; i < PEOPLE_MAX; i++)
                if (c->people[i].mark == MARK_GUEST)
                        assert_int_equal(terminal_be_guest(&w->terminals[i]), 0);
                else
                        w->terminals[i].mark = c->people[i].mark;
        for (; n < PEOPLE_MAX && c->people[n].code; n++) {
                const Person *person = &c->people[n];
                Terminal *t = &w->terminals[n];

                t->reads = person->reads == NOBODY ? NULL : p[person->reads];
                assert_int_equal(
                        world_press(w, (unsigned)n, 0, 0, person->code, WINDOW_S, veto_ms, &p[n]),
                        0);
                world_run(w, 2000); /* a screen shows its link once the cloud has the serial */
        }
        return n;
}

/* Its link brings guests and the words to a page: not even a cloud that says that they may come
 * makes somebody show it who has not. */
static void check_screens(SimPress *const p[], size_t n)
{
        Token screen;

        for (size_t i = 0; i < n; i++)
                assert_true(p[i]->terminal->mark == MARK_WELCOME ||
                            !exchange_screen(p[i]->exchange, &screen));
}

static void who_gets_what(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                SimPress *p[PEOPLE_MAX];
                World *w = NULL;
                size_t n;

                fixed_random(cases[i].name);
                assert_int_equal(world_new(&w, i + 1, PEOPLE_MAX, ":memory:"), 0);
                if (cases[i].lies)
                        believe_in_welcome(w, true);
                n = press_all(w, &cases[i], p);
                check_screens(p, n);
                if (cases[i].lies)
                        believe_in_welcome(w, false);
                world_run(w, ENOUGH_MS);
                for (size_t j = 0; j < n; j++)
                        check(&cases[i], j, p[j]);
                assert_null(w->violation);
                (void)world_free(w);
        }
}

/* ---- guests that do not know their place ---- */

/* It takes the others for people like itself: gives them its key, and takes theirs. */
static void be_forward(SimPress *p)
{
        Group *g = p->exchange ? p->exchange->group : NULL;

        if (!g || !g->fixed || !g->parted)
                return;
        g->parted = false;
        for (size_t i = 0; i < g->n; i++)
                g->members[i].unproven = g->members[i].failed = false;
}

/* While the terminals' countdown runs it offers them its key, which by chance may be the better. */
static void forward_guests_get_nothing(void **state)
{
        enum { SEEDS = 8, STEP_MS = 10, LONG_MS = 40 * 1000 };
        static const Case *const refused = &cases[8];

        for (unsigned seed = 0; seed < SEEDS; seed++) {
                SimPress *p[PEOPLE_MAX];
                World *w = NULL;
                char text[16];
                size_t n;

                (void)snprintf(text, sizeof text, "forward %u", seed);
                fixed_random(text);
                assert_int_equal(world_new(&w, seed + 1, PEOPLE_MAX, ":memory:"), 0);
                believe_in_welcome(w, true);
                veto_ms = LONG_MS;
                n = press_all(w, refused, p);
                veto_ms = VETO_MS;
                believe_in_welcome(w, false);
                for (unsigned t = 0; t < LONG_MS / STEP_MS; t++) {
                        world_run(w, STEP_MS);
                        be_forward(p[3]);
                        be_forward(p[4]);
                }
                world_run(w, ENOUGH_MS);
                for (size_t j = 0; j < n; j++)
                        if (world_cards_of(p[j]) != refused->people[j].cards)
                                fail_msg("seed %u: person %zu has %zu cards", seed, j,
                                         world_cards_of(p[j]));
                (void)world_free(w);
        }
}

/* ---- restarts ---- */

/* Whoever is killed at whatever moment goes on as what it was, a guest as a guest. */
static void guests_survive_restarts(void **state)
{
        static const uint32_t moments_ms[] = {500, 4000, 16500, 19000, 21000};
        static const Case *const party = &cases[0];

        for (size_t i = 0; i < ARRAY_LEN(moments_ms); i++) {
                SimPress *p[PEOPLE_MAX];
                World *w = NULL;
                size_t n;

                fixed_random("restarts");
                assert_int_equal(world_new(&w, i + 1, PEOPLE_MAX, ":memory:"), 0);
                n = press_all(w, party, p);
                world_run(w, moments_ms[i]);
                for (size_t j = 0; j < n; j++) {
                        terminal_kill(p[j]->terminal);
                        world_run(w, 100);
                        assert_int_equal(terminal_start(p[j]->terminal), 0);
                }
                world_run(w, ENOUGH_MS);
                for (size_t j = 0; j < n; j++) {
                        if (world_cards_of(p[j]) != n - 1)
                                fail_msg("killed after %u ms, person %zu has %zu cards",
                                         moments_ms[i], j, world_cards_of(p[j]));
                        if (p[j]->exchange)
                                check_marks(p[j]);
                }
                (void)world_free(w);
        }
}

/* ---- lies about marks ---- */

static void rewrite_nonce(Liar *l, GuestMark from, GuestMark to)
{
        PbWatched *w = l->answer->body_case == PB_RESPONSE_BODY_WATCHED ? l->answer->watched : NULL;

        for (size_t i = 0; w && i < w->n_openings; i++) {
                MemberKeys keys = {};
                MemberOpening o;

                wire_opening_read(&o, w->openings[i]);
                if (opening_mark(&o) != from)
                        continue;
                keys.nonce = o.nonce;
                if (to == MARK_NONE)
                        keys.nonce.b[0] ^= 1;
                member_keys_mark(&keys, to);
                w->openings[i]->nonce.data = liar_room(l, sizeof keys.nonce);
                memcpy(w->openings[i]->nonce.data, keys.nonce.b, sizeof keys.nonce);
                liar_told(l);
        }
}

static void hide_guest(Liar *l)
{
        if (l->terminal == 1)
                rewrite_nonce(l, MARK_GUEST, MARK_WELCOME);
}

static void unmark_guest(Liar *l)
{
        if (l->terminal == 1)
                rewrite_nonce(l, MARK_GUEST, MARK_NONE);
}

static void make_guest(Liar *l)
{
        if (l->terminal == 1)
                rewrite_nonce(l, MARK_WELCOME, MARK_GUEST);
}

static void hide_refusal(Liar *l)
{
        rewrite_nonce(l, MARK_REFUSED, MARK_WELCOME);
}

static const Case party = {
        "party",
        {{DIGITS, YES, NOBODY, 2, 0}, {DIGITS, YES, NOBODY, 2, 0}, {DIGITS, GUEST, 0, 2, 0}},
        false};
static const Case refusing = {
        "refusing",
        {{DIGITS, YES, NOBODY, 2, 0}, {DIGITS, NO, NOBODY, 2, 0}, {DIGITS, GUEST, 0, 2, 0}},
        true};

static const struct {
        const char *name;
        const Case *people;
        LieFunc lie;
} lies[] = {
        {"a guest is no guest", &party, unmark_guest},
        {"a guest is a terminal that welcomes guests", &party, hide_guest},
        {"a terminal is a guest", &party, make_guest},
        {"nobody refuses guests", &refusing, hide_refusal},
};

/* Who is told so ends before its card is out. */
static void marks_are_not_for_the_cloud_to_say(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(lies); i++) {
                SimPress *p[PEOPLE_MAX];
                World *w = NULL;
                unsigned told = 0;
                Liar l;
                size_t n;

                fixed_random(lies[i].name);
                assert_int_equal(world_new(&w, i + 1, PEOPLE_MAX, ":memory:"), 0);
                if (lies[i].people->lies)
                        believe_in_welcome(w, true);
                liar_begin(&l, w, lies[i].lie, NULL);
                n = press_all(w, lies[i].people, p);
                if (lies[i].people->lies)
                        believe_in_welcome(w, false);
                world_run(w, ENOUGH_MS);
                for (size_t j = 0; j < n; j++) {
                        if (!l.told[p[j]->terminal->number])
                                continue;
                        told++;
                        assert_int_equal(p[j]->error, EXCHANGE_E_GROUP_REFUSED);
                        assert_int_equal(l.card_keys[j], 0);
                }
                assert_true(told > 0);
                liar_end(&l);
                (void)world_free(w);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(who_gets_what),
                cmocka_unit_test(forward_guests_get_nothing),
                cmocka_unit_test(guests_survive_restarts),
                cmocka_unit_test(marks_are_not_for_the_cloud_to_say),
        };

        log_set_level(LOG_ERR); /* HUDDLE_LOG says otherwise */
        log_open("test-guests");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
