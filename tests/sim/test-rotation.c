/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exchanges while the cloud replaces its keys, a terminal that was away too long, and clouds and
 * networks that name keys which nobody may follow.
 */
#include "liar.h"

#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <string.h>

enum {
        PEOPLE = 3,
        WINDOW_S = 10,
        SOON_MS = 2 * 60 * 1000,
        HOUR_MS = 3600 * 1000,
        DAY_MS = 24 * HOUR_MS,
};
static const KeyOverlap overlap = {30 * UINT64_C(86400000), 7 * UINT64_C(86400000)};

static World *begin(const char *seed)
{
        World *w = NULL;

        fixed_random(seed);
        assert_int_equal(world_new(&w, 1, PEOPLE, ":memory:"), 0);
        return w;
}

static uint64_t now(const World *w)
{
        return clock_wall(w->clock);
}

static void rotate_all(World *w)
{
        assert_int_equal(cloud_keys_rotate_ticket(&w->keys, now(w)), 0);
        assert_int_equal(cloud_keys_rotate_identity(&w->keys, true, true, &overlap, now(w)), 0);
        api_forget_sessions(w->nodes[0].api);
}

/* The keys of a cloud whose operator prunes. */
static void prune(World *w)
{
        (void)cloud_keys_prune(&w->keys, now(w));
        api_forget_sessions(w->nodes[0].api);
}

static void press(World *w, unsigned from, unsigned to, SimPress **ret)
{
        for (unsigned i = from; i < to; i++)
                assert_int_equal(world_press(w, i, 0, 0, "4821", WINDOW_S, 0, &ret[i]), 0);
}

static void assert_delivered(SimPress *const *p, unsigned n)
{
        for (unsigned i = 0; i < n; i++)
                assert_int_equal(p[i]->ended, EXCHANGE_DELIVERED);
}

static void meet(World *w, unsigned n)
{
        SimPress *p[PEOPLE];

        press(w, 0, n, p);
        world_run(w, SOON_MS);
        assert_delivered(p, n);
}

static bool pins(const World *w, unsigned i, const CloudIdentity *id)
{
        return memcmp(&pin_keeper_pin(w->terminals[i].pin)->identity, id, sizeof *id) == 0;
}

/* ---- honest rotations ---- */

/* All three keys are replaced while a group gathers, and the exchange ends as if nothing was. */
static void an_exchange_spans_a_rotation(void **state)
{
        World *w = begin("span");
        CloudIdentity old = w->keys.identity, next;
        SimPress *p[PEOPLE];

        press(w, 0, PEOPLE, p);
        world_run(w, 4000);
        rotate_all(w);
        next = w->keys.next.identity;
        /* the file is everywhere at once, and terminals hear of it as soon as they open sessions */
        w->keys.tickets[1].from_ms = w->keys.next.told_ms = now(w);
        for (unsigned i = 0; i < PEOPLE; i += 2) { /* the first and the last start again */
                terminal_kill(&w->terminals[i]);
                assert_int_equal(terminal_start(&w->terminals[i]), 0);
        }
        world_run(w, SOON_MS);
        assert_delivered(p, PEOPLE);
        assert_true(pins(w, 0, &next) && pins(w, 1, &old) && pins(w, 2, &next));
        world_free(w);
}

/* The new key signs the list while the roster is of the old one, and the other way about. */
static void roster_and_list_of_different_keys(void **state)
{
        for (unsigned moved = 0; moved < 2; moved++) {
                World *w = begin(moved ? "moved" : "not moved");
                SimPress *p[PEOPLE];

                rotate_all(w);
                world_run(w, CLOUD_KEYS_SPREAD_MS);
                meet(w, PEOPLE); /* all have heard of it */
                for (unsigned i = 0; i < PEOPLE; i++)
                        assert_true(pins(w, i, &w->keys.next.identity));
                w->keys.next.signs_ms = moved ? 0 : UINT64_MAX;
                press(w, 0, PEOPLE, p);
                world_run(w, 11 * 1000);
                w->keys.next.signs_ms = moved ? UINT64_MAX : 0;
                world_run(w, SOON_MS);
                assert_delivered(p, PEOPLE);
                world_free(w);
        }
}

/* Day by day until after the overlap: those that meet now and then never notice. */
static void terminals_follow_through_the_whole_overlap(void **state)
{
        World *w = begin("days");
        CloudIdentity next;

        meet(w, 2);
        rotate_all(w);
        next = w->keys.next.identity;
        for (unsigned day = 0; day < 34; day += 2) {
                world_run(w, 2 * (uint64_t)DAY_MS - SOON_MS);
                meet(w, 2);
                for (unsigned i = 0; i < 2; i++)
                        assert_true(pins(w, i, &next));
                prune(w);
        }
        assert_true(memcmp(&w->keys.identity, &next, sizeof next) == 0 && !w->keys.has_next);
        world_free(w);
}

static void one_that_was_away_too_long_is_told(void **state)
{
        World *w = begin("away");
        CloudIdentity old = w->keys.identity;
        SimPress *p;

        meet(w, PEOPLE);
        rotate_all(w);
        world_run(w, overlap.overlap_ms + HOUR_MS);
        prune(w);
        assert_int_equal(world_press(w, 2, 0, 0, "4821", WINDOW_S, 0, &p), 0);
        world_run(w, SOON_MS);
        assert_int_equal(p->ended, EXCHANGE_FAILED);
        assert_int_equal(p->error, EXCHANGE_E_OTHER_KEY);
        assert_true(pins(w, 2, &old));
        world_free(w);
}

/* What was moved stays so over a restart, and a second rotation is followed, too. */
static void a_pin_outlives_a_restart(void **state)
{
        World *w = begin("restart");
        CloudIdentity next;

        for (unsigned round = 0; round < 2; round++) {
                rotate_all(w);
                next = w->keys.next.identity;
                world_run(w, CLOUD_KEYS_SPREAD_MS);
                meet(w, 2);
                for (unsigned i = 0; i < 2; i++) {
                        terminal_kill(&w->terminals[i]);
                        assert_int_equal(terminal_start(&w->terminals[i]), 0);
                        assert_true(pins(w, i, &next));
                        assert_non_null(cloud_pin_signer(pin_keeper_pin(w->terminals[i].pin), 1));
                }
                meet(w, 2);
                world_run(w, overlap.overlap_ms + DAY_MS); /* clocks differ by minutes */
                prune(w);
                for (unsigned i = 0; i < 2; i++)
                        assert_null(cloud_pin_signer(pin_keeper_pin(w->terminals[i].pin), 1));
        }
        world_free(w);
}

/* ---- lies ---- */

typedef struct Forgery {
        const char *name;
        bool old_signs, new_signs; /* with the keys that belong there, else with others */
        bool foreign;              /* not from our cloud's identity */
        int made_days, until_days; /* from now */
} Forgery;

static const Forgery forgeries[] = {
        {"a network that has no key", false, true, false, 0, 30},
        {"a successor that has not agreed", true, false, false, 0, 30},
        {"another cloud's succession", true, true, true, 0, 30},
        {"one that is over", true, true, false, -31, -1},
        {"one that never ends", true, true, false, 0, 400},
};
static const Forgery *forgery;
static uint8_t forged[SUCCESSION_SIZE];

static void forge(World *w)
{
        uint64_t at = now(w);
        CloudIdentity attacker, other;
        uint8_t private[64], other_private[64];
        Succession s;

        randombytes_buf(&attacker.box_key, sizeof attacker.box_key);
        randombytes_buf(&other.box_key, sizeof other.box_key);
        (void)crypto_sign_keypair(attacker.sign_key.b, private);
        (void)crypto_sign_keypair(other.sign_key.b, other_private);
        s = (Succession){
                .from = forgery->foreign ? other : w->keys.identity,
                .to = attacker,
                .made_ms = at + (uint64_t)((int64_t)forgery->made_days * DAY_MS),
                .until_ms = at + (uint64_t)((int64_t)forgery->until_days * DAY_MS),
        };
        succession_sign(forged, &s,
                        forgery->foreign || !forgery->old_signs ? other_private
                                                                : w->keys.sign_private,
                        forgery->new_signs ? private : other_private);
}

static void tell_forgery(Liar *l)
{
        if (l->answer->body_case != PB_RESPONSE_BODY_SESSION_OPENED)
                return;
        l->answer->session_opened->succession.data = liar_room(l, sizeof forged);
        l->answer->session_opened->succession.len = sizeof forged;
        memcpy(l->answer->session_opened->succession.data, forged, sizeof forged);
        liar_told(l);
}

static void hostile_successions_move_nobody(void **state)
{
        for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
                World *w = begin(forgeries[i].name);
                CloudIdentity old = w->keys.identity;
                SimPress *p[PEOPLE];
                Liar liar;

                forgery = &forgeries[i];
                forge(w);
                liar_begin(&liar, w, tell_forgery, NULL);
                press(w, 0, PEOPLE, p);
                world_run(w, SOON_MS);
                liar_end(&liar);
                for (unsigned k = 0; k < PEOPLE; k++) {
                        assert_true(liar.told[k]);
                        if (!pins(w, k, &old) ||
                            cloud_pin_signer(pin_keeper_pin(w->terminals[k].pin), 1))
                                fail_msg("%s: followed", forgeries[i].name);
                }
                assert_delivered(p, PEOPLE); /* and it harms nothing */
                world_free(w);
        }
}

/* The old key is stolen after terminals have moved: a second successor of it moves nobody. */
static void a_stolen_old_key_moves_nobody_that_has_moved(void **state)
{
        static const Forgery theft = {"theft", true, true, false, 1, 31};
        World *w = begin("theft");
        CloudIdentity next;
        SimPress *p[2];
        Liar liar;

        forgery = &theft;
        forge(w);
        rotate_all(w);
        next = w->keys.next.identity;
        world_run(w, CLOUD_KEYS_SPREAD_MS);
        meet(w, 2);
        w->keys.box_private = w->keys.next.box_private; /* the liar opens what comes for that key */
        w->keys.identity.box_key = w->keys.next.identity.box_key;
        liar_begin(&liar, w, tell_forgery, NULL);
        for (unsigned i = 0; i < 2; i++) {
                terminal_kill(&w->terminals[i]);
                assert_int_equal(terminal_start(&w->terminals[i]), 0);
        }
        press(w, 0, 2, p);
        world_run(w, SOON_MS);
        liar_end(&liar);
        assert_delivered(p, 2);
        for (unsigned i = 0; i < 2; i++)
                assert_true(liar.told[i] && pins(w, i, &next));
        world_free(w);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_exchange_spans_a_rotation),
                cmocka_unit_test(roster_and_list_of_different_keys),
                cmocka_unit_test(terminals_follow_through_the_whole_overlap),
                cmocka_unit_test(one_that_was_away_too_long_is_told),
                cmocka_unit_test(a_pin_outlives_a_restart),
                cmocka_unit_test(hostile_successions_move_nobody),
                cmocka_unit_test(a_stolen_old_key_moves_nobody_that_has_moved),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests_name("rotation", tests, NULL, NULL);
}
