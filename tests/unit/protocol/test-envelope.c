/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/protocol/envelope.h"
#include "src/protocol/padding.h"

typedef struct Parties {
        Bytes32 cloud_public;
        Key cloud_private;
        Session terminal;
        Session cloud;
} Parties;

static const uint8_t text[] = "a request of a few bytes";
enum { TEXT = sizeof text - 1 };

static int meet(void **state)
{
        static Parties p;

        if (sodium_init() < 0)
                return -1;
        (void)crypto_kx_keypair(p.cloud_public.b, p.cloud_private.b);
        if (session_begin(&p.terminal, &p.cloud_public) != 0 ||
            session_accept(&p.cloud, &p.terminal.public_key, &p.cloud_public, &p.cloud_private) !=
                    0)
                return -1;
        *state = &p;
        return 0;
}

static void sessions_agree(void **state)
{
        Parties *p = *state;

        assert_true(key_equal(&p->terminal.to_cloud, &p->cloud.to_cloud));
        assert_true(key_equal(&p->terminal.to_terminal, &p->cloud.to_terminal));
        assert_false(key_equal(&p->terminal.to_cloud, &p->terminal.to_terminal));
}

/* Points of order 1, 2, 4 and 8, also in their non-canonical forms (RFC 7748, section 6.1). */
static void unusable_keys_are_refused(void **state)
{
        static const struct {
                const char *name;
                const char *hex;
        } cases[] = {
                {"zero", "0000000000000000000000000000000000000000000000000000000000000000"},
                {"one", "0100000000000000000000000000000000000000000000000000000000000000"},
                {"order 8, first",
                 "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800"},
                {"order 8, second",
                 "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157"},
                {"p - 1", "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
                {"p", "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
                {"p + 1", "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"},
        };
        Parties *p = *state;

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                Session s;
                Bytes32 bad;

                (void)sodium_hex2bin(bad.b, sizeof bad.b, cases[i].hex, 64, NULL, NULL, NULL);
                assert_case(cases[i].name, session_begin(&s, &bad) == -EINVAL);
                assert_case(cases[i].name,
                            session_accept(&s, &bad, &p->cloud_public, &p->cloud_private) ==
                                    ENVELOPE_E_NOT_FOR_US);
        }
}

static void every_length_comes_back(void **state)
{
        static const size_t lengths[] = {0, 1, 510, 511, 512, 513, 1023, 1024, 8192, 65535};
        static uint8_t plain[65535];
        Parties *p = *state;

        memset(plain, 0x80, sizeof plain); /* looks like padding everywhere */
        for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
                _cleanup_free_ uint8_t *sealed = NULL, *opened = NULL;
                uint8_t sent[ENVELOPE_NONCE], got[ENVELOPE_NONCE];
                size_t sealed_len, opened_len;

                assert_int_equal(envelope_seal_request(&sealed, &sealed_len, sent, &p->terminal,
                                                       plain, lengths[i]),
                                 0);
                assert_true(sealed_len <= ENVELOPE_REQUEST_MAX);
                assert_int_equal(envelope_open_request(&opened, &opened_len, got, &p->cloud, sealed,
                                                       sealed_len),
                                 0);
                assert_int_equal(opened_len, lengths[i]);
                assert_memory_equal(opened, plain, opened_len);
                assert_int_equal(opened[opened_len], 0);
                assert_memory_equal(sent, got, sizeof sent);
        }
}

static void lengths_are_hidden(void **state)
{
        Parties *p = *state;

        for (size_t len = 0; len < ENVELOPE_PAD_MIN; len++) {
                _cleanup_free_ uint8_t *sealed = NULL;
                uint8_t plain[ENVELOPE_PAD_MIN] = {}, nonce[ENVELOPE_NONCE];
                size_t sealed_len;

                assert_int_equal(envelope_seal_request(&sealed, &sealed_len, nonce, &p->terminal,
                                                       plain, len),
                                 0);
                assert_int_equal(sealed_len,
                                 ENVELOPE_REQUEST_HEAD + ENVELOPE_PAD_MIN + ENVELOPE_TAG);
        }
}

static void too_large_is_not_sealed(void **state)
{
        static uint8_t plain[ENVELOPE_RESPONSE_PADDED_MAX];
        Parties *p = *state;
        uint8_t nonce[ENVELOPE_NONCE] = {}, *sealed = NULL;
        size_t len;

        assert_int_equal(envelope_seal_request(&sealed, &len, nonce, &p->terminal, plain, 65536),
                         ENVELOPE_E_TOO_LARGE);
        assert_int_equal(
                envelope_seal_response(&sealed, &len, nonce, &p->cloud, plain, sizeof plain),
                ENVELOPE_E_TOO_LARGE);
        assert_null(sealed);
}

static int try_request(Parties *p, const uint8_t *sealed, size_t len)
{
        _cleanup_free_ uint8_t *opened = NULL;
        uint8_t nonce[ENVELOPE_NONCE];
        size_t opened_len;

        return envelope_open_request(&opened, &opened_len, nonce, &p->cloud, sealed, len);
}

static int try_response(Parties *p, const uint8_t nonce[static ENVELOPE_NONCE],
                        const uint8_t *sealed, size_t len)
{
        _cleanup_free_ uint8_t *opened = NULL;
        size_t opened_len;

        return envelope_open_response(&opened, &opened_len, nonce, &p->terminal, sealed, len);
}

static void altered_requests_do_not_open(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL, *longer = NULL;
        uint8_t nonce[ENVELOPE_NONCE];
        Parties *p = *state;
        size_t len;

        assert_int_equal(envelope_seal_request(&sealed, &len, nonce, &p->terminal, text, TEXT), 0);
        for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(try_request(p, sealed, cut), ENVELOPE_E_MALFORMED);
        for (size_t bit = 0; bit < 8 * len; bit++) {
                sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(try_request(p, sealed, len),
                                 bit < 8 ? ENVELOPE_E_MALFORMED : ENVELOPE_E_NOT_FOR_US);
                sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        longer = calloc(1, len + ENVELOPE_PAD_MIN);
        assert_non_null(longer);
        memcpy(longer, sealed, len);
        assert_int_equal(try_request(p, longer, len + 1), ENVELOPE_E_MALFORMED);
        assert_int_equal(try_request(p, longer, len + ENVELOPE_PAD_MIN), ENVELOPE_E_NOT_FOR_US);
        assert_int_equal(try_request(p, sealed, len), 0);
}

static void altered_responses_do_not_open(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        uint8_t nonce[ENVELOPE_NONCE] = {7}, other[ENVELOPE_NONCE] = {8};
        Parties *p = *state;
        size_t len;

        assert_int_equal(envelope_seal_response(&sealed, &len, nonce, &p->cloud, text, TEXT), 0);
        for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(try_response(p, nonce, sealed, cut), ENVELOPE_E_MALFORMED);
        for (size_t bit = 0; bit < 8 * len; bit++) {
                sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(try_response(p, nonce, sealed, len),
                                 bit < 8 ? ENVELOPE_E_MALFORMED : ENVELOPE_E_NOT_FOR_US);
                sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        /* another request's */
        assert_int_equal(try_response(p, other, sealed, len), ENVELOPE_E_NOT_FOR_US);
        assert_int_equal(try_response(p, nonce, sealed, len), 0);
}

static void other_keys_do_not_open(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL, *answer = NULL, *echoed = NULL;
        uint8_t nonce[ENVELOPE_NONCE];
        Parties *p = *state, stranger = *p;
        size_t len, answer_len, echoed_len;

        assert_int_equal(envelope_seal_request(&sealed, &len, nonce, &p->terminal, text, TEXT), 0);
        key_random(&stranger.cloud.to_cloud);
        assert_int_equal(try_request(&stranger, sealed, len), ENVELOPE_E_NOT_FOR_US);

        /* the directions have keys of their own: the wrong one for requests does not touch
         * responses … */
        assert_int_equal(
                envelope_seal_response(&answer, &answer_len, nonce, &stranger.cloud, text, TEXT),
                0);
        assert_int_equal(try_response(p, nonce, answer, answer_len), 0);

        /* … and what is sealed under that for requests is no response */
        stranger.cloud.to_terminal = p->terminal.to_cloud;
        assert_int_equal(
                envelope_seal_response(&echoed, &echoed_len, nonce, &stranger.cloud, text, TEXT),
                0);
        assert_int_equal(try_response(p, nonce, echoed, echoed_len), ENVELOPE_E_NOT_FOR_US);
}

static void session_key_is_read_unopened(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        uint8_t nonce[ENVELOPE_NONCE];
        Parties *p = *state;
        Bytes32 found;
        size_t len;

        assert_int_equal(envelope_seal_request(&sealed, &len, nonce, &p->terminal, text, TEXT), 0);
        assert_int_equal(envelope_session_key(&found, sealed, len), 0);
        assert_true(bytes32_equal(&found, &p->terminal.public_key));
        assert_int_equal(envelope_session_key(&found, sealed, len - 1), ENVELOPE_E_MALFORMED);
        assert_int_equal(envelope_session_key(&found, NULL, 0), ENVELOPE_E_MALFORMED);
        sealed[0] = 2;
        assert_int_equal(envelope_session_key(&found, sealed, len), ENVELOPE_E_MALFORMED);
}

static void a_text_is_padded_one_way(void **state)
{
        static const struct {
                const char *name;
                size_t mark; /* where 0x80 stands */
                uint8_t mark_byte;
                int result;
        } cases[] = {
                {"all padding", 0, 0x80, 0},
                {"a full block", 511, 0x80, 0},
                {"no mark", 0, 0x00, -EBADMSG},
                {"another mark", 5, 0x81, -EBADMSG},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                uint8_t padded[512] = {};
                size_t len = 0;

                padded[cases[i].mark] = cases[i].mark_byte;
                assert_case(cases[i].name,
                            padding_strip(&len, padded, 512, 512) == cases[i].result);
                assert_case(cases[i].name, len == (cases[i].result == 0 ? cases[i].mark : 0));
                assert_case("a block too many", padding_strip(&len, padded, 512, 256) ==
                                                        (cases[i].mark == 511 ? 0 : -EBADMSG));
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(sessions_agree),
                cmocka_unit_test(unusable_keys_are_refused),
                cmocka_unit_test(every_length_comes_back),
                cmocka_unit_test(lengths_are_hidden),
                cmocka_unit_test(too_large_is_not_sealed),
                cmocka_unit_test(altered_requests_do_not_open),
                cmocka_unit_test(altered_responses_do_not_open),
                cmocka_unit_test(other_keys_do_not_open),
                cmocka_unit_test(session_key_is_read_unopened),
                cmocka_unit_test(a_text_is_padded_one_way),
        };

        return cmocka_run_group_tests_name("envelope", tests, meet, NULL);
}
