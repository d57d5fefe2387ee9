/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/protocol/cardseal.h"

static const Key key = {{1}};
static const Id id = {{2}};
static const char text[] = "BEGIN:VCARD\r\nEND:VCARD\r\n";
enum { TEXT = sizeof text - 1 };

static int set_up(void **state)
{
        return sodium_init();
}

static int try_open(const uint8_t *sealed, size_t len, const Key *k, const Id *member,
                    unsigned part)
{
        _cleanup_(secret_freep) char *opened = NULL;
        size_t opened_len;

        return card_open(&opened, &opened_len, sealed, len, k, member, part);
}

static void every_length_comes_back(void **state)
{
        static const struct {
                size_t len, padded;
        } cases[] = {{0, 1024},
                     {1023, 1024},
                     {1024, 2048},
                     {2047, 2048},
                     {CARD_PART_MAX - 1, CARD_PART_MAX},
                     {CARD_PART_MAX, 2 * CARD_PART_MAX}};
        static char long_text[CARD_PART_MAX];

        memset(long_text, 'x', sizeof long_text);
        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_(secret_freep) char *opened = NULL;
                _cleanup_free_ uint8_t *sealed = NULL;
                size_t len, opened_len;

                assert_int_equal(card_seal(&sealed, &len, long_text, cases[i].len, &key, &id, 1),
                                 0);
                assert_int_equal(len, 24 + cases[i].padded + 16);
                assert_int_equal(card_open(&opened, &opened_len, sealed, len, &key, &id, 1), 0);
                assert_int_equal(opened_len, cases[i].len);
                assert_int_equal(strlen(opened), cases[i].len);
        }
}

static void too_large_is_not_sealed(void **state)
{
        static const char long_text[CARD_PART_MAX + 1];
        uint8_t *sealed = NULL;
        size_t len;

        assert_int_equal(card_seal(&sealed, &len, long_text, sizeof long_text, &key, &id, 1),
                         CARDSEAL_E_TOO_LARGE);
        assert_null(sealed);
}

static void a_part_is_for_one_key_member_and_place(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        const Key other_key = {{2}};
        const Id other_id = {{3}};
        size_t len;

        assert_int_equal(card_seal(&sealed, &len, text, TEXT, &key, &id, 1), 0);
        assert_int_equal(try_open(sealed, len, &other_key, &id, 1), CARDSEAL_E_WRONG);
        assert_int_equal(try_open(sealed, len, &key, &other_id, 1), CARDSEAL_E_WRONG);
        assert_int_equal(try_open(sealed, len, &key, &id, 2), CARDSEAL_E_WRONG);
        assert_int_equal(try_open(sealed, len, &key, &id, 1), 0);
}

static void altered_parts_do_not_open(void **state)
{
        _cleanup_free_ uint8_t *sealed = NULL;
        Bytes32 hash, other;
        size_t len;

        assert_int_equal(card_seal(&sealed, &len, text, TEXT, &key, &id, 2), 0);
        card_part_hash(&hash, sealed, len);
        for (size_t cut = 0; cut < len; cut++)
                assert_int_equal(try_open(sealed, cut, &key, &id, 2), CARDSEAL_E_WRONG);
        for (size_t bit = 0; bit < 8 * len; bit++) {
                sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
                assert_int_equal(try_open(sealed, len, &key, &id, 2), CARDSEAL_E_WRONG);
                card_part_hash(&other, sealed, len);
                assert_false(bytes32_equal(&hash, &other));
                sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
        }
        card_part_hash(&other, sealed, len);
        assert_true(bytes32_equal(&hash, &other));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(every_length_comes_back),
                cmocka_unit_test(too_large_is_not_sealed),
                cmocka_unit_test(a_part_is_for_one_key_member_and_place),
                cmocka_unit_test(altered_parts_do_not_open),
        };

        return cmocka_run_group_tests_name("cardseal", tests, set_up, NULL);
}
