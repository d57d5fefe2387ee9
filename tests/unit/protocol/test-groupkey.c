/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What members of a closed group say to one another: openings, transcript, group key, card keys,
 * messages. */
#include "tests/unit/test.h"

#include "src/protocol/code.h"
#include "tests/unit/fixed-random.h"
#include "src/protocol/groupkey.h"

enum { MEMBERS = 3 };

typedef struct Group {
        MemberKeys keys[MEMBERS];
        MemberOpening openings[MEMBERS];
        RosterMember members[MEMBERS];
        uint8_t cloud_private[64];
        Bytes32 cloud_public;
        Roster *roster;
        Bytes32 transcript;
} Group;

static int set_up(void **state)
{
        static Group g;

        if (sodium_init() < 0)
                return -1;
        fixed_random("group");
        (void)crypto_sign_keypair(g.cloud_public.b, g.cloud_private);
        for (size_t i = 0; i < MEMBERS; i++) {
                Bytes32 hashes[2];

                randombytes_buf(hashes, sizeof hashes);
                member_keys_draw(&g.keys[i]);
                opening_make(&g.openings[i], &g.keys[i], hashes);
                g.members[i].id = g.keys[i].id;
                commitment_make(&g.members[i].commitment, &g.openings[i]);
        }
        *state = &g;
        if (roster_sign(&g.roster, "00000000001", 5, &g.keys[0].id, g.members, MEMBERS,
                        g.cloud_private) != 0)
                return -1;
        return transcript_hash(&g.transcript, g.roster, g.openings, MEMBERS);
}

static int tear_down(void **state)
{
        (void)roster_free(((Group *)*state)->roster);
        return 0;
}

/* ---- commitment ---- */

static void an_opening_fits_one_commitment(void **state)
{
        Group *g = *state;
        MemberOpening o = g->openings[0];

        assert_true(opening_matches(&o, &g->members[0].commitment));
        assert_false(opening_matches(&o, &g->members[1].commitment));
        for (size_t i = 0; i < sizeof o; i++) { /* every byte counts: there is no padding in it */
                ((uint8_t *)&o)[i] ^= 1;
                assert_false(opening_matches(&o, &g->members[0].commitment));
                ((uint8_t *)&o)[i] ^= 1;
        }
}

static bool is_opening_with(const Group *g, const Bytes32 *box_key)
{
        MemberOpening o = g->openings[0];
        Bytes32 c;

        o.box_key = *box_key;
        commitment_make(&c, &o);
        return opening_matches(&o, &c);
}

/* libsodium refuses a shared secret that is zero. */
static bool multiplies(const Bytes32 *key)
{
        static const uint8_t any[crypto_scalarmult_SCALARBYTES] = {1};
        Bytes32 shared;

        return crypto_scalarmult(shared.b, any, key->b) == 0;
}

static void an_unusable_key_is_no_opening(void **state)
{
        static const char *const low_order[] = {
                "0000000000000000000000000000000000000000000000000000000000000000",
                "0100000000000000000000000000000000000000000000000000000000000000",
                "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
                "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
                "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
                "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        };
        Group *g = *state;
        Bytes32 key;

        for (size_t i = 0; i < 2 * ARRAY_LEN(low_order); i++) {
                (void)sodium_hex2bin(key.b, sizeof key.b, low_order[i / 2], 64, NULL, NULL, NULL);
                key.b[31] |= (uint8_t)(i % 2 << 7); /* the last bit is ignored */
                assert_case(low_order[i / 2], !multiplies(&key) && !is_opening_with(g, &key));
        }
}

/* What is compared against a list is what libsodium finds by multiplying: numbers next to the
 * listed ones, small and large ones, and any. */
static void every_other_key_is_an_opening(void **state)
{
        Group *g = *state;
        Bytes32 key;

        for (unsigned i = 0; i < 4 * 256; i++) {
                randombytes_buf(key.b, sizeof key.b);
                if (i < 512)
                        memset(key.b + 1, i < 256 ? 0 : 0xff, sizeof key.b - 1);
                if (i < 768)
                        key.b[0] = (uint8_t)i;
                assert_int_equal(is_opening_with(g, &key), multiplies(&key));
        }
}

/* ---- transcript ---- */

static void the_order_of_openings_does_not_matter(void **state)
{
        Group *g = *state;
        MemberOpening other[MEMBERS] = {g->openings[2], g->openings[0], g->openings[1]};
        Bytes32 t;

        assert_int_equal(transcript_hash(&t, g->roster, other, MEMBERS), 0);
        assert_true(bytes32_equal(&t, &g->transcript));
}

static void everything_is_in_the_transcript(void **state)
{
        Group *g = *state;
        MemberOpening o[MEMBERS];
        Roster roster = *g->roster;
        Bytes32 t;

        assert_int_equal(transcript_hash(&t, g->roster, g->openings, MEMBERS - 1), 0);
        assert_false(bytes32_equal(&t, &g->transcript));
        for (size_t i = 0; i < sizeof o; i += 16) {
                memcpy(o, g->openings, sizeof o);
                ((uint8_t *)o)[i] ^= 1;
                assert_int_equal(transcript_hash(&t, g->roster, o, MEMBERS), 0);
                assert_false(bytes32_equal(&t, &g->transcript));
        }
        roster.signature[9] ^= 1;
        assert_int_equal(transcript_hash(&t, &roster, g->openings, MEMBERS), 0);
        assert_false(bytes32_equal(&t, &g->transcript));
        roster = *g->roster;
        roster.n_bytes--;
        assert_int_equal(transcript_hash(&t, &roster, g->openings, MEMBERS), 0);
        assert_false(bytes32_equal(&t, &g->transcript));
}

static void the_phrase_is_the_first_24_bits(void **state)
{
        Bytes32 t = {{0x00, 0x01, 0xff, 0x55}}, other = {{0x00, 0x01, 0xff, 0xaa}};
        char text[PHRASE_TEXT_MAX], expected[PHRASE_TEXT_MAX], same[PHRASE_TEXT_MAX];

        (void)snprintf(expected, sizeof expected, "%s %s %s / 0000 0511", words_get(0),
                       words_get(5), words_get(5 * 255));
        transcript_phrase(&t, text);
        transcript_phrase(&other, same);
        assert_string_equal(text, expected);
        assert_string_equal(text, same);
        memset(t.b, 0xff, sizeof t);
        transcript_phrase(&t, text);
        assert_string_equal(strchr(text, '/'), "/ 1677 7215");
}

/* ---- group key ---- */

static void the_group_key_reaches_its_member_alone(void **state)
{
        Group *g = *state;
        uint8_t boxed[GROUPKEY_BOX_SIZE];
        Bytes32 other_transcript = g->transcript;
        Key gk, got = {};

        key_random(&gk);
        assert_int_equal(
                groupkey_box(boxed, &gk, &g->transcript, &g->keys[0], &g->openings[1].box_key), 0);
        assert_int_equal(groupkey_unbox(&got, boxed, sizeof boxed, &g->transcript, &g->keys[2],
                                        &g->openings[0].box_key),
                         GROUPKEY_E_WRONG); /* another member */
        assert_int_equal(groupkey_unbox(&got, boxed, sizeof boxed, &g->transcript, &g->keys[1],
                                        &g->openings[2].box_key),
                         GROUPKEY_E_WRONG); /* the sender is another */
        other_transcript.b[0] ^= 1;
        assert_int_equal(groupkey_unbox(&got, boxed, sizeof boxed, &other_transcript, &g->keys[1],
                                        &g->openings[0].box_key),
                         GROUPKEY_E_WRONG);
        assert_true(sodium_is_zero(got.b, sizeof got));
        assert_int_equal(groupkey_unbox(&got, boxed, sizeof boxed, &g->transcript, &g->keys[1],
                                        &g->openings[0].box_key),
                         0);
        assert_true(key_equal(&got, &gk));
}

static void an_altered_box_does_not_open(void **state)
{
        Group *g = *state;
        uint8_t boxed[GROUPKEY_BOX_SIZE + 1] = {};
        const Bytes32 *from = &g->openings[0].box_key;
        Key gk, got;

        key_random(&gk);
        assert_int_equal(
                groupkey_box(boxed, &gk, &g->transcript, &g->keys[0], &g->openings[1].box_key), 0);
        for (size_t len = 0; len <= sizeof boxed; len++)
                if (len != GROUPKEY_BOX_SIZE)
                        assert_int_equal(
                                groupkey_unbox(&got, boxed, len, &g->transcript, &g->keys[1], from),
                                GROUPKEY_E_MALFORMED);
        for (size_t bit = 0; bit < 8 * GROUPKEY_BOX_SIZE; bit++) {
                boxed[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(groupkey_unbox(&got, boxed, GROUPKEY_BOX_SIZE, &g->transcript,
                                                &g->keys[1], from),
                                 GROUPKEY_E_WRONG);
                boxed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}

static void nothing_is_boxed_to_an_unusable_key(void **state)
{
        Group *g = *state;
        uint8_t boxed[GROUPKEY_BOX_SIZE];
        Bytes32 zero = {};
        Key gk = {{1}};

        assert_int_equal(groupkey_box(boxed, &gk, &g->transcript, &g->keys[0], &zero), -EINVAL);
}

static void a_key_id_names_the_key(void **state)
{
        uint8_t id[GROUPKEY_ID_SIZE], again[GROUPKEY_ID_SIZE], other[GROUPKEY_ID_SIZE];
        Key k = {{1}}, l = {{2}};

        groupkey_id(id, &k);
        groupkey_id(again, &k);
        groupkey_id(other, &l);
        assert_memory_equal(id, again, sizeof id);
        assert_memory_not_equal(id, other, sizeof id);
}

/* ---- card keys ---- */

static void a_card_key_is_for_one_group_member_and_part(void **state)
{
        Group *g = *state;
        Bytes32 other_transcript = {{1}};
        uint8_t wrapped[WRAPPED_KEY_SIZE];
        Key gk = {{1}}, other = {{2}}, got = {};
        const Key *ck = &g->keys[0].card_keys[0];
        const Id *id = &g->keys[0].id;

        cardkey_wrap(wrapped, ck, &gk, &g->transcript, id, 1);
        assert_int_equal(
                cardkey_unwrap(&got, wrapped, sizeof wrapped, &other, &g->transcript, id, 1),
                GROUPKEY_E_WRONG);
        assert_int_equal(
                cardkey_unwrap(&got, wrapped, sizeof wrapped, &gk, &other_transcript, id, 1),
                GROUPKEY_E_WRONG);
        assert_int_equal(cardkey_unwrap(&got, wrapped, sizeof wrapped, &gk, &g->transcript,
                                        &g->keys[1].id, 1),
                         GROUPKEY_E_WRONG);
        assert_int_equal(cardkey_unwrap(&got, wrapped, sizeof wrapped, &gk, &g->transcript, id, 2),
                         GROUPKEY_E_WRONG);
        assert_true(sodium_is_zero(got.b, sizeof got));
        assert_int_equal(cardkey_unwrap(&got, wrapped, sizeof wrapped, &gk, &g->transcript, id, 1),
                         0);
        assert_true(key_equal(&got, ck));
}

/* After a restart a member posts the same bytes again; nothing else has their nonce. */
static void what_is_made_again_is_the_same(void **state)
{
        Group *g = *state;
        uint8_t first[GROUPKEY_BOX_SIZE], again[GROUPKEY_BOX_SIZE], other[GROUPKEY_BOX_SIZE];
        Key gk = {{1}}, next = {{2}};
        const Key *ck = g->keys[0].card_keys;

        assert_int_equal(
                groupkey_box(first, &gk, &g->transcript, &g->keys[0], &g->openings[1].box_key), 0);
        assert_int_equal(
                groupkey_box(again, &gk, &g->transcript, &g->keys[0], &g->openings[1].box_key), 0);
        assert_memory_equal(first, again, sizeof first);
        assert_int_equal(
                groupkey_box(other, &next, &g->transcript, &g->keys[0], &g->openings[1].box_key),
                0);
        assert_memory_not_equal(first, other, 24);
        assert_int_equal(
                groupkey_box(other, &gk, &g->transcript, &g->keys[0], &g->openings[2].box_key), 0);
        assert_memory_not_equal(first, other, 24);

        cardkey_wrap(first, &ck[0], &gk, &g->transcript, &g->keys[0].id, 1);
        cardkey_wrap(again, &ck[0], &gk, &g->transcript, &g->keys[0].id, 1);
        assert_memory_equal(first, again, WRAPPED_KEY_SIZE);
        cardkey_wrap(other, &ck[0], &gk, &g->transcript, &g->keys[0].id, 2);
        assert_memory_not_equal(first, other, 24);
        cardkey_wrap(other, &ck[1], &gk, &g->transcript, &g->keys[0].id, 1);
        assert_memory_not_equal(first, other, 24);
}

static void a_confirmation_is_for_one_part(void **state)
{
        Group *g = *state;
        const MemberKeys *k = &g->keys[0];
        uint8_t first[WRAPPED_KEY_SIZE], second[WRAPPED_KEY_SIZE];
        Key gk = {{1}}, got;

        cardkey_wrap(first, &k->card_keys[0], &gk, &g->transcript, &k->id, 1);
        cardkey_wrap(second, &k->card_keys[0], &gk, &g->transcript, &k->id, 2);
        memcpy(first + WRAPPED_KEY_SIZE - 32, second + WRAPPED_KEY_SIZE - 32, 32);
        assert_int_equal(cardkey_unwrap(&got, first, sizeof first, &gk, &g->transcript, &k->id, 1),
                         GROUPKEY_E_WRONG);
}

static void an_altered_wrapping_does_not_open(void **state)
{
        Group *g = *state;
        uint8_t wrapped[WRAPPED_KEY_SIZE + 1] = {};
        const Id *id = &g->keys[0].id;
        Key gk = {{1}}, got;

        cardkey_wrap(wrapped, &g->keys[0].card_keys[1], &gk, &g->transcript, id, 2);
        for (size_t len = 0; len <= sizeof wrapped; len++)
                if (len != WRAPPED_KEY_SIZE)
                        assert_int_equal(
                                cardkey_unwrap(&got, wrapped, len, &gk, &g->transcript, id, 2),
                                GROUPKEY_E_MALFORMED);
        for (size_t bit = 0; bit < 8 * WRAPPED_KEY_SIZE; bit++) {
                wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(
                        cardkey_unwrap(&got, wrapped, WRAPPED_KEY_SIZE, &gk, &g->transcript, id, 2),
                        GROUPKEY_E_WRONG);
                wrapped[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
}

/* ---- messages ---- */

static const uint8_t body[] = "body", other_body[] = "bodz", key_id[GROUPKEY_ID_SIZE],
                     other_key_id[GROUPKEY_ID_SIZE] = {1};

static void spoil_from(MessageFields *m)
{
        m->from.b[0] ^= 1;
}
static void spoil_to(MessageFields *m)
{
        static const Id other = {{9}};

        m->to = &other;
}
static void spoil_to_all(MessageFields *m)
{
        m->to = NULL;
}
static void spoil_kind(MessageFields *m)
{
        m->kind++;
}
static void spoil_body(MessageFields *m)
{
        m->body = other_body;
}
static void spoil_body_length(MessageFields *m)
{
        m->body_len--;
}
static void spoil_key_id(MessageFields *m)
{
        m->key_id = other_key_id;
}
static void spoil_run(MessageFields *m)
{
        m->run++;
}
static void spoil_no_key_id(MessageFields *m)
{
        m->key_id = NULL;
}

static void a_message_says_what_was_signed(void **state)
{
        static const struct {
                const char *name;
                void (*spoil)(MessageFields *m);
        } cases[] = {
                {"another sender", spoil_from},   {"another receiver", spoil_to},
                {"to all", spoil_to_all},         {"another kind", spoil_kind},
                {"another body", spoil_body},     {"a shorter body", spoil_body_length},
                {"another key id", spoil_key_id}, {"no key id", spoil_no_key_id},
                {"another run", spoil_run},
        };
        Group *g = *state;
        const MessageFields honest = {g->keys[0].id, &g->keys[1].id, 1, body,
                                      sizeof body,   key_id,         1};
        const Bytes32 *e = &g->openings[0].sign_key;
        Bytes32 other_transcript = {{1}};
        uint8_t signature[64];

        message_sign(signature, &honest, &g->transcript, &g->keys[0]);
        assert_true(message_verify(signature, &honest, &g->transcript, e));
        assert_false(message_verify(signature, &honest, &other_transcript, e));
        assert_false(message_verify(signature, &honest, &g->transcript, &g->openings[1].sign_key));
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                MessageFields m = honest;

                cases[i].spoil(&m);
                assert_case(cases[i].name, !message_verify(signature, &m, &g->transcript, e));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(an_opening_fits_one_commitment),
                cmocka_unit_test(an_unusable_key_is_no_opening),
                cmocka_unit_test(every_other_key_is_an_opening),
                cmocka_unit_test(the_order_of_openings_does_not_matter),
                cmocka_unit_test(everything_is_in_the_transcript),
                cmocka_unit_test(the_phrase_is_the_first_24_bits),
                cmocka_unit_test(the_group_key_reaches_its_member_alone),
                cmocka_unit_test(an_altered_box_does_not_open),
                cmocka_unit_test(nothing_is_boxed_to_an_unusable_key),
                cmocka_unit_test(a_key_id_names_the_key),
                cmocka_unit_test(a_card_key_is_for_one_group_member_and_part),
                cmocka_unit_test(what_is_made_again_is_the_same),
                cmocka_unit_test(a_confirmation_is_for_one_part),
                cmocka_unit_test(an_altered_wrapping_does_not_open),
                cmocka_unit_test(a_message_says_what_was_signed),
        };

        return cmocka_run_group_tests_name("groupkey", tests, set_up, tear_down);
}
