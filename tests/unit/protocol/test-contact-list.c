/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "tests/unit/fixed-random.h"
#include "src/protocol/contact-list.h"
#include "src/protocol/unpack.h"

enum { MEMBERS = 3 };

typedef struct Group {
        Bytes32 public_key;
        uint8_t private_key[64];
        RosterMember members[MEMBERS];
        ContactListEntry entries[MEMBERS];
        Roster *roster;
        ContactList *head;
} Group;

static const char number[] = "12345678903";

static int set_up(void **state)
{
        static Group g;

        if (sodium_init() < 0)
                return -1;
        fixed_random("list");
        (void)crypto_sign_keypair(g.public_key.b, g.private_key);
        for (size_t i = 0; i < MEMBERS; i++) {
                Bytes32 hashes[2];

                id_random(&g.members[i].id);
                randombytes_buf(hashes, sizeof hashes);
                contact_list_entry_make(&g.entries[i], &g.members[i].id, hashes);
        }
        *state = &g;
        if (roster_sign(&g.roster, number, 1, &g.members[0].id, g.members, MEMBERS,
                        g.private_key) != 0)
                return -1;
        return contact_list_sign(&g.head, number, 7, g.entries, MEMBERS, g.private_key);
}

static int tear_down(void **state)
{
        Group *g = *state;

        (void)roster_free(g->roster);
        (void)contact_list_free(g->head);
        return 0;
}

static int verify(const Group *g, const uint8_t *bytes, size_t len,
                  const uint8_t signature[static 64])
{
        _cleanup_(contact_list_freep) ContactList *got = NULL;

        return contact_list_verify(&got, bytes, len, signature, &g->public_key, g->roster);
}

static void a_head_comes_back(void **state)
{
        _cleanup_(contact_list_freep) ContactList *got = NULL;
        Group *g = *state;

        assert_int_equal(contact_list_verify(&got, g->head->bytes, g->head->n_bytes,
                                             g->head->signature, &g->public_key, g->roster),
                         0);
        assert_int_equal(got->revision, 7);
        assert_int_equal(got->n, MEMBERS);
        assert_memory_equal(got->entries, g->head->entries, MEMBERS * sizeof *got->entries);
}

static void altered_ones_are_not_signed(void **state)
{
        Group *g = *state;
        ContactList *h = g->head;

        for (size_t bit = 0; bit < 8 * h->n_bytes; bit++) {
                h->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(verify(g, h->bytes, h->n_bytes, h->signature),
                                 CONTACT_LIST_E_SIGNATURE);
                h->bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        for (size_t len = 0; len < h->n_bytes; len++)
                assert_int_equal(verify(g, h->bytes, len, h->signature), CONTACT_LIST_E_SIGNATURE);
        /* the same bytes signed as something else */
        assert_int_equal(verify(g, h->bytes, h->n_bytes, g->roster->signature),
                         CONTACT_LIST_E_SIGNATURE);
}

static void an_entry_covers_id_and_both_parts(void **state)
{
        Bytes32 hashes[2] = {{{1}}, {{2}}}, other[2] = {{{2}}, {{1}}};
        Id id = {{1}}, other_id = {{2}};
        ContactListEntry first, second, third;

        contact_list_entry_make(&first, &id, hashes);
        contact_list_entry_make(&second, &id, other);
        contact_list_entry_make(&third, &other_id, hashes);
        assert_false(bytes32_equal(&first.digest, &second.digest));
        assert_false(bytes32_equal(&first.digest, &third.digest));
}

static void heads_of_other_groups_are_told(void **state)
{
        _cleanup_(contact_list_freep) ContactList *other_number = NULL, *stranger = NULL,
                                                  *nobody = NULL;
        Group *g = *state;
        ContactListEntry entries[2] = {g->entries[0], g->entries[1]};

        assert_int_equal(
                contact_list_sign(&other_number, "00000000001", 7, entries, 2, g->private_key), 0);
        assert_int_equal(
                verify(g, other_number->bytes, other_number->n_bytes, other_number->signature),
                CONTACT_LIST_E_OTHER);
        entries[0].id.b[5] ^= 1;
        assert_int_equal(contact_list_sign(&stranger, number, 7, entries, 2, g->private_key), 0);
        assert_int_equal(verify(g, stranger->bytes, stranger->n_bytes, stranger->signature),
                         CONTACT_LIST_E_OTHER);
        assert_int_equal(contact_list_sign(&nobody, number, 7, NULL, 0, g->private_key), 0);
        assert_int_equal(verify(g, nobody->bytes, nobody->n_bytes, nobody->signature), 0);
}

static void nonsense_is_not_signed(void **state)
{
        Group *g = *state;
        ContactListEntry twice[2] = {g->entries[0], g->entries[0]};
        ContactList *h = NULL;

        assert_int_equal(contact_list_sign(&h, number, 1, twice, 2, g->private_key),
                         CONTACT_LIST_E_MALFORMED);
        assert_null(h);
}

static int sign_and_verify(const Group *g, const PbListHead *w)
{
        uint8_t bytes[1024], signature[64];
        size_t len = pb_list_head_pack(w, bytes);
        Bytes32 digest;

        digest_one(&digest, "huddle v1 list", bytes, len);
        (void)crypto_sign_detached(signature, NULL, digest.b, sizeof digest, g->private_key);
        return verify(g, bytes, len, signature);
}

static void signed_nonsense_is_malformed(void **state)
{
        PbListHead w = PB_LIST_HEAD_INIT;
        PbListDigest entries[2] = {PB_LIST_DIGEST_INIT, PB_LIST_DIGEST_INIT};
        PbListDigest *list[2] = {&entries[0], &entries[1]};
        Group *g = *state;

        for (size_t i = 0; i < 2; i++) {
                entries[i].member_id = (ProtobufCBinaryData){16, g->head->entries[i].id.b};
                entries[i].digest = (ProtobufCBinaryData){32, g->head->entries[i].digest.b};
        }
        w.record_number = (char *)number;
        w.entries = list;
        w.n_entries = 2;
        assert_int_equal(sign_and_verify(g, &w), 0);
        list[0] = &entries[1];
        assert_int_equal(sign_and_verify(g, &w), CONTACT_LIST_E_MALFORMED); /* doubled */
        list[1] = &entries[0];
        assert_int_equal(sign_and_verify(g, &w), CONTACT_LIST_E_MALFORMED); /* unsorted */
        w.n_entries = 1;
        entries[1].member_id.len = 15;
        assert_int_equal(sign_and_verify(g, &w), CONTACT_LIST_E_MALFORMED);
        entries[1].member_id.len = 16;
        entries[1].digest.len = 31;
        assert_int_equal(sign_and_verify(g, &w), CONTACT_LIST_E_MALFORMED);
        entries[1].digest.len = 32;
        assert_int_equal(sign_and_verify(g, &w), 0);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_head_comes_back),
                cmocka_unit_test(altered_ones_are_not_signed),
                cmocka_unit_test(an_entry_covers_id_and_both_parts),
                cmocka_unit_test(heads_of_other_groups_are_told),
                cmocka_unit_test(nonsense_is_not_signed),
                cmocka_unit_test(signed_nonsense_is_malformed),
        };

        return cmocka_run_group_tests_name("contact-list", tests, set_up, tear_down);
}
