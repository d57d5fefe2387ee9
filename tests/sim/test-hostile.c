/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A hostile terminal beside honest ones: a member that posts what it likes,
 * or a stranger with an account. Each row is one thing it can send. Whatever it is, the others
 * exchange their cards with each other all the same, and it gets no more than it was given.
 */
#include "world.h"

#include "daemon/exchange/exchange-context.h"
#include "daemon/exchange/member.h"
#include "src/base/log.h"
#include "step-clock.h"
#include "tests/unit/fixed-random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

enum {
        PEOPLE = 3,
        HOSTILE = PEOPLE,
        ALL,
        WINDOW_S = 10,
        VETO_MS = 5000,
        NEVER_MS = 24 * 60 * 60 * 1000, /* the hostile member releases nothing */
        RUN_MS = 120 * 1000,
        SILENT_MS = 25 * 1000,  /* so long a member that does not prove the words holds up others */
        STALLED_MS = 90 * 1000, /* if it goes on talking */
};

#define DIGITS "4821"
#define RIGHT "4821 tiger maple"
#define WRONG "4821 zebra kayak"

typedef struct Hostile {
        World *world;
        SimPress **p;
        MemberKeys keys;
        Bytes32 transcript;
        Outbox *outbox; /* of the hostile member, whatever its own exchange does */
} Hostile;

static void on_posted(void *userdata)
{
}

static Group *group_of(const Hostile *h, unsigned i)
{
        return h->p[i]->exchange->group;
}

static void put(Hostile *h, const Id *to, PbMessageKind kind, unsigned run, const void *body,
                size_t len, const uint8_t *key_id)
{
        assert_int_equal(outbox_put(h->outbox, to, kind, run, body, len, key_id), 0);
}

static void put_random(Hostile *h, const Id *to, PbMessageKind kind, unsigned run, size_t len,
                       const uint8_t *key_id)
{
        uint8_t body[MEMBER_MESSAGE_BODY_MAX];

        assert(len <= sizeof body);
        randombytes_buf(body, len);
        put(h, to, kind, run, body, len, key_id);
}

/* ---- verdicts ---- */

static const uint8_t no_key[GROUPKEY_ID_SIZE] = {1};

static void burn_without_key(Hostile *h)
{
        put_random(h, NULL, PB_MESSAGE_BURN, 0, sizeof(Bytes32), no_key);
}

/* The id of the group key is in every message. */
static void burn_with_key_id(Hostile *h)
{
        put_random(h, NULL, PB_MESSAGE_BURN, 0, sizeof(Bytes32), group_of(h, 0)->key_id);
}

static void burn_rightly_tagged(Hostile *h)
{
        const Group *g = group_of(h, 0);
        Bytes32 tag;

        groupkey_verdict(&tag, &g->key, &g->transcript, PB_MESSAGE_BURN, &h->keys.id, &h->keys.id);
        put(h, NULL, PB_MESSAGE_BURN, 0, tag.b, sizeof tag, g->key_id);
}

static void unproven_without_tag(Hostile *h)
{
        uint8_t body[sizeof(Id) + sizeof(Bytes32)];

        for (unsigned i = 0; i < PEOPLE; i++) {
                randombytes_buf(body, sizeof body);
                memcpy(body, h->p[i]->member.b, sizeof(Id));
                put(h, NULL, PB_MESSAGE_UNPROVEN, i, body, sizeof body, group_of(h, 0)->key_id);
        }
}

/* ---- keys ---- */

static int compare_keys(const void *a, const void *b)
{
        uint8_t left[GROUPKEY_ID_SIZE], right[GROUPKEY_ID_SIZE];

        groupkey_id(left, a);
        groupkey_id(right, b);
        return memcmp(right, left, sizeof left);
}

enum { KEYS = MESSAGE_RUN_MAX };

static void give_key(Hostile *h, unsigned whom, const Key *key, unsigned run)
{
        const GroupMember *m = group_find(group_of(h, HOSTILE), &h->p[whom]->member);

        assert_int_equal(outbox_group_key(h->outbox, &m->opening, key, run), 0);
}

/* Keys of which each is better than the one before. */
static void draw_better_keys(Key ret[static KEYS])
{
        Key keys[1024];

        for (size_t i = 0; i < ARRAY_LEN(keys); i++)
                key_random(&keys[i]);
        qsort(keys, ARRAY_LEN(keys), sizeof *keys, compare_keys);
        memcpy(ret, &keys[ARRAY_LEN(keys) - KEYS], KEYS * sizeof *ret);
}

/* One key for one person, which nobody else is told of. */
static void key_for_one(Hostile *h)
{
        Key keys[KEYS];

        draw_better_keys(keys);
        give_key(h, 0, &keys[0], 1);
}

/* All but two wear out everybody's runs. The last two leave two people with different ones. */
static void keys_to_split(Hostile *h)
{
        Key keys[KEYS];

        draw_better_keys(keys);
        for (unsigned i = 0; i < KEYS - 2; i++) {
                give_key(h, 0, &keys[i], 1 + i);
                world_run(h->world, 300);
        }
        give_key(h, 0, &keys[KEYS - 2], KEYS - 1);
        give_key(h, 1, &keys[KEYS - 1], KEYS - 1);
}

static void keys_at_once(Hostile *h)
{
        Key keys[KEYS];

        draw_better_keys(keys);
        for (unsigned i = 0; i < KEYS; i++)
                give_key(h, i % PEOPLE, &keys[i], 1 + i);
}

/* A better key for one person, and under its tag: the others have not proven anything. */
static void unproven_under_own_key(Hostile *h)
{
        const Bytes32 *transcript = &h->transcript;
        Key keys[KEYS];
        uint8_t id[GROUPKEY_ID_SIZE], body[sizeof(Id) + sizeof(Bytes32)];

        draw_better_keys(keys);
        groupkey_id(id, &keys[0]);
        assert_int_equal(outbox_card_key(h->outbox, 1, &keys[0], 3), 0);
        give_key(h, 0, &keys[0], 1);
        for (unsigned i = 1; i < PEOPLE; i++) {
                const Id *about = &h->p[i]->member;
                Bytes32 tag;

                groupkey_verdict(&tag, &keys[0], transcript, PB_MESSAGE_UNPROVEN, &h->keys.id,
                                 about);
                memcpy(body, about->b, sizeof *about);
                memcpy(body + sizeof *about, tag.b, sizeof tag);
                put(h, NULL, PB_MESSAGE_UNPROVEN, i, body, sizeof body, id);
        }
}

static void key_of_garbage(Hostile *h)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                put_random(h, &h->p[i]->member, PB_MESSAGE_GROUP_KEY, 3, GROUPKEY_BOX_SIZE, no_key);
}

static void key_of_short_garbage(Hostile *h)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                put_random(h, &h->p[i]->member, PB_MESSAGE_GROUP_KEY, 3, 1, no_key);
}

static void key_as_in_a_proof(Hostile *h)
{
        for (unsigned i = 0; i < PEOPLE; i++)
                put_random(h, &h->p[i]->member, PB_MESSAGE_GROUP_KEY, 3, PROOF_KEY_SIZE, no_key);
}

static void wrapped_garbage(Hostile *h)
{
        put_random(h, NULL, PB_MESSAGE_NAME_KEY, 3, WRAPPED_KEY_SIZE, group_of(h, 0)->key_id);
        put_random(h, NULL, PB_MESSAGE_CARD_KEY, 3, WRAPPED_KEY_SIZE, group_of(h, 0)->key_id);
}

static void wrapped_under_unknown(Hostile *h)
{
        for (unsigned run = 3; run <= MESSAGE_RUN_MAX; run++) {
                put_random(h, NULL, PB_MESSAGE_NAME_KEY, run, WRAPPED_KEY_SIZE, no_key);
                put_random(h, NULL, PB_MESSAGE_CARD_KEY, run, WRAPPED_KEY_SIZE, no_key);
        }
}

/* A key under the right tag that opens no part. */
static void wrong_card_key(Hostile *h)
{
        const Group *g = group_of(h, 0);
        uint8_t wrapped[WRAPPED_KEY_SIZE];
        Key key;

        key_random(&key);
        cardkey_wrap(wrapped, &key, &g->key, &g->transcript, &h->keys.id, 1);
        put(h, NULL, PB_MESSAGE_NAME_KEY, 3, wrapped, sizeof wrapped, g->key_id);
        cardkey_wrap(wrapped, &key, &g->key, &g->transcript, &h->keys.id, 2);
        put(h, NULL, PB_MESSAGE_CARD_KEY, 3, wrapped, sizeof wrapped, g->key_id);
}

/* Another's wrapped key as one's own. */
static void echoed_card_key(Hostile *h)
{
        const Group *g = group_of(h, 0);
        uint8_t wrapped[WRAPPED_KEY_SIZE];

        cardkey_wrap(wrapped, &h->p[0]->exchange->s.keys.card_keys[0], &g->key, &g->transcript,
                     &h->p[0]->member, 1);
        put(h, NULL, PB_MESSAGE_NAME_KEY, 3, wrapped, sizeof wrapped, g->key_id);
}

/* ---- proofs ---- */

static void runs_for_everybody(Hostile *h)
{
        static const uint8_t best[GROUPKEY_ID_SIZE];

        put_random(h, NULL, PB_MESSAGE_NAME_KEY, 3, WRAPPED_KEY_SIZE, best);
        for (unsigned run = 2; run <= MESSAGE_RUN_MAX; run++)
                for (unsigned i = 0; i < PEOPLE; i++)
                        put_random(h, &h->p[i]->member, PB_MESSAGE_PROOF_A, run, PROOF_SHARE_SIZE,
                                   best);
}

static void answers_unasked(Hostile *h)
{
        for (unsigned run = 1; run <= MESSAGE_RUN_MAX; run++)
                for (unsigned i = 0; i < PEOPLE; i++)
                        put_random(h, &h->p[i]->member, PB_MESSAGE_PROOF_B, run, PROOF_ANSWER_SIZE,
                                   NULL);
}

/* ---- other things ---- */

static void says_nothing(Hostile *h)
{
}

/* Opens, and says no more. */
static void falls_silent(Hostile *h)
{
        exchange_hang_up(h->p[HOSTILE]->exchange);
        world_run(h->world, SILENT_MS);
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(h->p[i]->ended, EXCHANGE_DELIVERED);
}

/* Opens, and talks on without a proof. */
static void proves_nothing(Hostile *h)
{
        exchange_hang_up(h->p[HOSTILE]->exchange);
        for (unsigned run = 1; run <= MESSAGE_RUN_MAX; run++) {
                for (unsigned i = 0; i < PEOPLE; i++)
                        put_random(h, &h->p[i]->member, PB_MESSAGE_PROOF_A, run, PROOF_SHARE_SIZE,
                                   no_key);
                world_run(h->world, STALLED_MS / MESSAGE_RUN_MAX);
        }
        for (unsigned i = 0; i < PEOPLE; i++)
                assert_int_equal(h->p[i]->ended, EXCHANGE_DELIVERED);
}

static void veto(Hostile *h)
{
        put(h, NULL, PB_MESSAGE_VETO, 0, NULL, 0, NULL);
}

static void veto_with_a_body(Hostile *h)
{
        put_random(h, NULL, PB_MESSAGE_VETO, 0, MEMBER_MESSAGE_BODY_MAX, NULL);
}

static void speaks_for_another(Hostile *h)
{
        h->keys.id = h->p[0]->member;
        put(h, NULL, PB_MESSAGE_VETO, 0, NULL, 0, NULL);
        burn_rightly_tagged(h);
}

/* ---- the table ---- */

typedef enum When { EARLY, LATER } When; /* before the group key has come, or in the countdown */

static const struct {
        const char *name, *people, *hostile; /* codes */
        When when;
        void (*act)(Hostile *h);
} rows[] = {
        {"nothing at all, in a party", DIGITS, DIGITS, LATER, says_nothing},
        {"nothing at all, with words", RIGHT, RIGHT, LATER, says_nothing},
        {"burn without the key, early", RIGHT, WRONG, EARLY, burn_without_key},
        {"burn without the key, party, early", DIGITS, DIGITS, EARLY, burn_without_key},
        {"burn without the key", RIGHT, WRONG, LATER, burn_without_key},
        {"burn with the id of the key", RIGHT, WRONG, LATER, burn_with_key_id},
        {"burn with the id of the key, party", DIGITS, DIGITS, LATER, burn_with_key_id},
        {"burn with the key, in a party", DIGITS, DIGITS, LATER, burn_rightly_tagged},
        {"unproven without the tag", RIGHT, WRONG, LATER, unproven_without_tag},
        {"unproven without the tag, in a party", DIGITS, DIGITS, EARLY, unproven_without_tag},
        {"unproven under a key of its own", DIGITS, DIGITS, EARLY, unproven_under_own_key},
        {"fifteen group keys", DIGITS, DIGITS, LATER, keys_to_split},
        {"fifteen group keys, early", DIGITS, DIGITS, EARLY, keys_to_split},
        {"fifteen group keys at once", DIGITS, DIGITS, LATER, keys_at_once},
        {"group key for one", DIGITS, DIGITS, EARLY, key_for_one},
        {"group key of garbage", DIGITS, DIGITS, EARLY, key_of_garbage},
        {"group key of garbage, with words", RIGHT, WRONG, EARLY, key_of_garbage},
        {"group key of one byte", DIGITS, DIGITS, EARLY, key_of_short_garbage},
        {"group key as in a proof, in a party", DIGITS, DIGITS, EARLY, key_as_in_a_proof},
        {"group key as in a proof", RIGHT, WRONG, EARLY, key_as_in_a_proof},
        {"wrapped keys of garbage", DIGITS, DIGITS, LATER, wrapped_garbage},
        {"wrapped keys of garbage, with words", RIGHT, WRONG, LATER, wrapped_garbage},
        {"wrapped keys under an unknown key", DIGITS, DIGITS, LATER, wrapped_under_unknown},
        {"wrapped keys under an unknown key, words", RIGHT, WRONG, EARLY, wrapped_under_unknown},
        {"keys that open nothing", DIGITS, DIGITS, LATER, wrong_card_key},
        {"keys that open nothing, with words", RIGHT, RIGHT, LATER, wrong_card_key},
        {"key of somebody else", DIGITS, DIGITS, LATER, echoed_card_key},
        {"runs for everybody", RIGHT, WRONG, EARLY, runs_for_everybody},
        {"runs for everybody, in a party", DIGITS, DIGITS, EARLY, runs_for_everybody},
        {"answers to no run", RIGHT, WRONG, EARLY, answers_unasked},
        {"answers to no run, later", RIGHT, RIGHT, LATER, answers_unasked},
        {"silence instead of a proof", RIGHT, RIGHT, EARLY, falls_silent},
        {"talk instead of a proof", RIGHT, RIGHT, EARLY, proves_nothing},
        {"veto", DIGITS, DIGITS, LATER, veto},
        {"veto with a body", RIGHT, RIGHT, LATER, veto_with_a_body},
        {"in another's name", DIGITS, DIGITS, LATER, speaks_for_another},
        {"in another's name, with words", RIGHT, WRONG, LATER, speaks_for_another},
};

/* ---- people beside it ---- */

static int look_at_card(void *userdata, const Id *member, const char *vcard)
{
        const SimPress *owner =
                world_find_press(((SimPress **)userdata)[0]->terminal->world, member);
        char name[64];

        assert_non_null(owner);
        (void)snprintf(name, sizeof name, "FN:%s\r\n", owner->name);
        if (!strstr(vcard, name))
                fail_msg("a card of %s that it did not give", owner->name);
        return 0;
}

static size_t cards_of(SimPress *p)
{
        assert_int_equal(daemon_store_card_walk(p->terminal->store, p->number, look_at_card, &p),
                         0);
        return world_cards_of(p);
}

static bool all_in(SimPress *const p[ALL], ExchangeState state)
{
        for (unsigned i = 0; i < ALL; i++)
                if (exchange_state(p[i]->exchange) < state && i != HOSTILE)
                        return false;
        return exchange_state(p[HOSTILE]->exchange) >= EXCHANGE_PROVING;
}

static void hostile_begin(Hostile *ret, World *w, SimPress *p[ALL], When when)
{
        while (!all_in(p, when == EARLY ? EXCHANGE_PROVING : EXCHANGE_RELEASING))
                assert_true(step_clock_next(w->clock));
        *ret = (Hostile){.world = w, .p = p, .keys = p[HOSTILE]->exchange->s.keys};
        ret->transcript = group_of(ret, HOSTILE)->transcript;
        assert_int_equal(outbox_new(&ret->outbox, ret->world->clock, p[HOSTILE]->terminal->client,
                                    &ret->keys, &ret->transcript, on_posted, NULL),
                         0);
}

static void check_person(const char *row, SimPress *const p[ALL], unsigned i, bool words)
{
        size_t cards = cards_of(p[i]);

        if (p[i]->ended != EXCHANGE_DELIVERED || cards != PEOPLE - 1)
                fail_msg("%s: %s has %zu cards, state %s, error %d", row, p[i]->name, cards,
                         exchange_state_name(exchange_state(p[i]->exchange)), (int)p[i]->error);
        assert_int_equal(exchange_level(p[i]->exchange), words ? LEVEL_PROVEN : LEVEL_UNCHECKED);
        assert_string_equal(exchange_phrase(p[i]->exchange), exchange_phrase(p[0]->exchange));
}

static void hostile_member(void **state)
{
        const char *only = getenv("HUDDLE_SIM_ROW");

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                bool words = strcmp(rows[i].people, DIGITS) != 0;
                SimPress *p[ALL];
                World *w = NULL;
                Hostile h;

                if (only && strcmp(only, rows[i].name) != 0)
                        continue;
                fixed_random(rows[i].name);
                assert_int_equal(world_new(&w, i + 1, ALL, ":memory:"), 0);
                for (unsigned j = 0; j < ALL; j++)
                        assert_int_equal(
                                world_press(w, j, 0, 0,
                                            j == HOSTILE ? rows[i].hostile : rows[i].people,
                                            WINDOW_S, j == HOSTILE ? NEVER_MS : VETO_MS, &p[j]),
                                0);
                hostile_begin(&h, w, p, rows[i].when);
                rows[i].act(&h);
                world_run(w, RUN_MS);
                for (unsigned j = 0; j < PEOPLE; j++)
                        check_person(rows[i].name, p, j, words);
                assert_int_equal(cards_of(p[HOSTILE]), 0);
                for (unsigned j = 0; j < PEOPLE && rows[i].act == says_nothing; j++)
                        assert_false(
                                group_find(group_of(&h, HOSTILE), &p[j]->member)->has_card_key[1]);
                assert_null(w->violation);
                outbox_free(h.outbox);
                world_free(w);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(hostile_member),
        };

        log_set_level(LOG_ERR);
        log_open("test-hostile");
        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
