/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What begins a session: account signatures, tickets, the cloud's identity; and the digest under
 * all of them. */
#include "tests/unit/test.h"

#include "src/protocol/account-key.h"
#include "cloud/api/ticket.h"

static int set_up(void **state)
{
        return sodium_init();
}

/* ---- digests ---- */

static void digest_of(Bytes32 *ret, const char *const *fields)
{
        Digest d;

        digest_begin(&d, fields[0]);
        for (size_t i = 1; fields[i]; i++)
                digest_field(&d, fields[i], strlen(fields[i]));
        digest_end(&d, ret);
}

static void no_two_field_lists_are_one(void **state)
{
        static const char *const lists[][5] = {
                {"label"},           {"label", ""},           {"label", "", ""},
                {"label", "ab"},     {"label", "a", "b"},     {"label", "b", "a"},
                {"label", "ab", ""}, {"label", "", "ab"},     {"labe", "lab"},
                {"labelab"},         {"label", "a", "b", ""},
        };
        Bytes32 digests[ARRAY_LEN(lists)];

        for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
                digest_of(&digests[i], lists[i]);
                for (size_t k = 0; k < i; k++)
                        assert_false(bytes32_equal(&digests[i], &digests[k]));
        }
}

static void a_keyed_digest_needs_the_key(void **state)
{
        Bytes32 plain, one, other, again;
        Key k = {{1}}, l = {{2}};
        Digest d;

        digest_begin(&d, "label");
        digest_end(&d, &plain);
        digest_begin_keyed(&d, "label", &k);
        digest_end(&d, &one);
        digest_begin_keyed(&d, "label", &l);
        digest_end(&d, &other);
        digest_begin_keyed(&d, "label", &k);
        digest_end(&d, &again);
        assert_false(bytes32_equal(&plain, &one));
        assert_false(bytes32_equal(&one, &other));
        assert_true(bytes32_equal(&one, &again));
}

static void numbers_are_little_endian_fields(void **state)
{
        static const uint8_t bytes[8] = {8, 7, 6, 5, 4, 3, 2, 1};
        Bytes32 number, field;
        Digest d;

        digest_begin(&d, "label");
        digest_u64(&d, 0x0102030405060708);
        digest_end(&d, &number);
        digest_one(&field, "label", bytes, sizeof bytes);
        assert_true(bytes32_equal(&number, &field));
}

/* ---- account signatures ---- */

static void a_session_signature_is_for_one_session(void **state)
{
        Bytes32 cloud = {{1}}, session = {{2}}, other = {{3}};
        uint8_t signature[64];
        AccountKey k, stranger;

        account_key_draw(&k);
        account_key_draw(&stranger);
        account_sign_session(signature, &k, &cloud, &session);
        assert_true(account_verify_session(signature, &k.public_key, &cloud, &session));
        assert_false(account_verify_session(signature, &k.public_key, &cloud, &other));
        assert_false(account_verify_session(signature, &k.public_key, &other, &session));
        assert_false(account_verify_session(signature, &k.public_key, &session, &cloud));
        assert_false(account_verify_session(signature, &stranger.public_key, &cloud, &session));
        for (size_t bit = 0; bit < 8 * sizeof signature; bit++) {
                signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_false(account_verify_session(signature, &k.public_key, &cloud, &session));
                signature[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        account_key_done(&k);
        account_key_done(&stranger);
}

static void a_registration_covers_handle_and_consent(void **state)
{
        static const struct {
                const char *name;
                const char *handle;
                uint32_t consent;
                bool good;
        } cases[] = {
                {"the same", "anna", 3, true},          {"another handle", "annb", 3, false},
                {"a longer handle", "anna ", 3, false}, {"no handle", "", 3, false},
                {"another consent", "anna", 4, false},
        };
        Bytes32 cloud = {{1}}, session = {{2}};
        uint8_t signature[64];
        AccountKey k;

        account_key_draw(&k);
        account_sign_register(signature, &k, &cloud, &session, "anna", 3);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++)
                assert_case(cases[i].name,
                            account_verify_register(signature, &k.public_key, &cloud, &session,
                                                    cases[i].handle,
                                                    cases[i].consent) == cases[i].good);
        assert_false(
                account_verify_register(signature, &k.public_key, &session, &cloud, "anna", 3));
        assert_false(account_verify_session(signature, &k.public_key, &cloud, &session));
        account_key_done(&k);
}

static void the_key_of_nobody_signs_nothing(void **state)
{
        Bytes32 zero = {}, identity = {{1}}, cloud = {{1}}, session = {{2}};
        uint8_t signature[64] = {
                1}; /* R = identity, S = 0: valid for small-order keys where nobody checks */

        assert_false(account_verify_session(signature, &zero, &cloud, &session));
        assert_false(account_verify_session(signature, &identity, &cloud, &session));
}

/* ---- tickets ---- */

static void a_ticket_is_for_one_session_and_a_time(void **state)
{
        Ticket t = {.account = INT64_MAX, .epoch = UINT64_MAX - 1, .expires_ms = 1000}, got = {0};
        Key key = {{1}}, other_key = {{2}};
        Bytes32 session = {{3}}, other_session = {{4}};
        uint8_t ticket[TICKET_SIZE];

        ticket_seal(ticket, &key, &t, &session);
        assert_int_equal(ticket_open(&got, &other_key, ticket, TICKET_SIZE, &session, 999),
                         TICKET_E_INVALID);
        assert_int_equal(ticket_open(&got, &key, ticket, TICKET_SIZE, &other_session, 999),
                         TICKET_E_INVALID);
        assert_int_equal(ticket_open(&got, &key, ticket, TICKET_SIZE, &session, 1000),
                         TICKET_E_EXPIRED);
        assert_true(got.account == 0);
        assert_int_equal(ticket_open(&got, &key, ticket, TICKET_SIZE, &session, 999), 0);
        assert_true(got.account == t.account && got.epoch == t.epoch &&
                    got.expires_ms == t.expires_ms);
}

static void altered_tickets_do_not_open(void **state)
{
        uint8_t ticket[TICKET_SIZE + 1] = {};
        Ticket t = {.account = 7, .expires_ms = 1000}, got;
        Bytes32 session = {{3}};
        Key key = {{1}};

        ticket_seal(ticket, &key, &t, &session);
        for (size_t len = 0; len <= sizeof ticket; len++)
                if (len != TICKET_SIZE)
                        assert_int_equal(ticket_open(&got, &key, ticket, len, &session, 0),
                                         TICKET_E_INVALID);
        for (size_t bit = 0; bit < 8 * TICKET_SIZE; bit++) {
                ticket[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(ticket_open(&got, &key, ticket, TICKET_SIZE, &session, 0),
                                 TICKET_E_INVALID);
                ticket[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        assert_int_equal(ticket_open(&got, &key, ticket, TICKET_SIZE, &session, 0), 0);
        assert_int_equal(got.account, 7);
}

/* ---- the cloud's identity ---- */

static void an_identity_comes_back(void **state)
{
        CloudIdentity id, back;
        char text[CLOUD_IDENTITY_TEXT_MAX];

        randombytes_buf(&id, sizeof id);
        cloud_identity_format(text, &id);
        assert_int_equal(strlen(text), 99);
        assert_int_equal(cloud_identity_parse(&back, text), 0);
        assert_memory_equal(&back, &id, sizeof id);
}

static void every_slip_in_an_identity_is_noticed(void **state)
{
        char text[CLOUD_IDENTITY_TEXT_MAX];
        CloudIdentity id, back;

        randombytes_buf(&id, sizeof id);
        cloud_identity_format(text, &id);
        for (size_t i = 0; text[i]; i++) {
                const char right = text[i];

                text[i] = right == 'A' ? 'B' : 'A';
                assert_int_equal(cloud_identity_parse(&back, text), -EINVAL);
                text[i] = '\0'; /* cut off here */
                assert_int_equal(cloud_identity_parse(&back, text), -EINVAL);
                text[i] = right;
        }
        assert_int_equal(cloud_identity_parse(&back, text), 0);
        strcat(text, "A");
        assert_int_equal(cloud_identity_parse(&back, text), -EINVAL);
        text[99] = '\n';
        assert_int_equal(cloud_identity_parse(&back, text), -EINVAL);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(no_two_field_lists_are_one),
                cmocka_unit_test(a_keyed_digest_needs_the_key),
                cmocka_unit_test(numbers_are_little_endian_fields),
                cmocka_unit_test(a_session_signature_is_for_one_session),
                cmocka_unit_test(a_registration_covers_handle_and_consent),
                cmocka_unit_test(the_key_of_nobody_signs_nothing),
                cmocka_unit_test(a_ticket_is_for_one_session_and_a_time),
                cmocka_unit_test(altered_tickets_do_not_open),
                cmocka_unit_test(an_identity_comes_back),
                cmocka_unit_test(every_slip_in_an_identity_is_noticed),
        };

        return cmocka_run_group_tests_name("session", tests, set_up, NULL);
}
