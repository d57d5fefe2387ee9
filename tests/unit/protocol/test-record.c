/* SPDX-License-Identifier: GPL-2.0-or-later */
/* test-record.c - numbers and passwords as people write them, and what only the right ones open */
#include "src/protocol/record.h"

#include "tests/unit/test.h"

#define NUMBER "12345678903"

static void passwords_as_people_write_them(void **state)
{
        static const struct {
                const char *name, *text;
                int result;
                unsigned at;
        } rows[] = {
                {"as shown", "7K3F-9QXM-2WTD-HJ4P", 0, 0},
                {"in one", "7K3F9QXM2WTDHJ4P", 0, 0},
                {"small", "7k3f-9qxm-2wtd-hj4p", 0, 0},
                {"with blanks", " 7K3F 9QXM 2WTD HJ4P\n", 0, 0},
                {"dashes anywhere", "7-K3F9-QXM2W--TDHJ4P-", 0, 0},
                {"empty", "", RECORD_E_LENGTH, 0},
                {"one short", "7K3F-9QXM-2WTD-HJ4", RECORD_E_LENGTH, 0},
                {"one more", "7K3F-9QXM-2WTD-HJ4PP", RECORD_E_LENGTH, 0},
                {"the letter O", "7K3F-9QXM-2WTD-OJ4P", RECORD_E_SYMBOL, 16},
                {"the letter I", "iK3F-9QXM-2WTD-HJ4P", RECORD_E_SYMBOL, 1},
                {"a nought", "0K3F-9QXM-2WTD-HJ4P", RECORD_E_SYMBOL, 1},
                {"a one", "7K3F-1QXM-2WTD-HJ4P", RECORD_E_SYMBOL, 6},
                {"an accent",
                 "7K3F-9QXM-2WTD-H\xc3\xa4"
                 "4P",
                 RECORD_E_SYMBOL, 17},
                {"a slash", "7K3F/9QXM/2WTD/HJ4P", RECORD_E_SYMBOL, 5},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                RecordPassword p = {"untouched"};
                char text[RECORD_PASSWORD_TEXT];
                unsigned at = 0;

                assert_case(rows[i].name,
                            record_password_parse(&p, rows[i].text, &at) == rows[i].result);
                assert_case(rows[i].name, at == rows[i].at);
                record_password_format(text, &p);
                assert_case(rows[i].name,
                            (strcmp(text, "7K3F-9QXM-2WTD-HJ4P") == 0) == (rows[i].result == 0));
        }
}

static void numbers_as_people_write_them(void **state)
{
        static const struct {
                const char *name, *text;
                bool good;
        } rows[] = {
                {"plain", NUMBER, true},
                {"in groups", "123 4567-8903", true},
                {"empty", "", false},
                {"wrong check digit", "12345678904", false},
                {"ten digits", "1234567890", false},
                {"twelve digits", "123456789033", false},
                {"a letter", "1234567890O", false},
                {"another script's digits",
                 "\xd9\xa1"
                 "2345678903",
                 false},
        };

        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                char number[RECORD_NUMBER_SIZE] = "untouched";

                assert_case(rows[i].name,
                            record_number_parse(number, rows[i].text) == rows[i].good);
                assert_case(rows[i].name, strcmp(number, rows[i].good ? NUMBER : "untouched") == 0);
        }
}

static void halves(void **state)
{
        char half[RECORD_HALF_SIZE];

        for (unsigned i = 0; i < 1000; i++) {
                record_half_draw(half);
                assert_true(record_half_valid(half));
        }
        assert_false(record_half_valid(""));
        assert_false(record_half_valid("7K3"));
        assert_false(record_half_valid("7K3FF"));
        assert_false(record_half_valid("7k3f"));
        assert_false(record_half_valid("7O3F"));
}

/* Twelve symbols of the group key's, none of the key's own bytes. */
static void password_depends_on_both_halves(void **state)
{
        RecordPassword a, b, c;
        Key gk, other;

        key_random(&gk);
        key_random(&other);
        record_password_make(&a, "7K3F", &gk);
        record_password_make(&b, "7K3F", &gk);
        assert_string_equal(a.symbols, b.symbols);
        record_password_make(&b, "ABCD", &gk);
        assert_memory_equal(b.symbols, "ABCD", RECORD_CLOUD_SYMBOLS);
        assert_string_equal(a.symbols + RECORD_CLOUD_SYMBOLS, b.symbols + RECORD_CLOUD_SYMBOLS);
        record_password_make(&c, "7K3F", &other);
        assert_string_not_equal(a.symbols + RECORD_CLOUD_SYMBOLS, c.symbols + RECORD_CLOUD_SYMBOLS);
        assert_int_equal(strlen(a.symbols), RECORD_SYMBOLS);
}

typedef struct Sealed {
        RecordPassword password;
        RecordKeys keys;
        Key gk;
        Bytes32 transcript;
        uint8_t escrow[RECORD_ESCROW_SIZE];
} Sealed;

static void seal(Sealed *s)
{
        key_random(&s->gk);
        randombytes_buf(&s->transcript, sizeof s->transcript);
        record_password_make(&s->password, "7K3F", &s->gk);
        assert_int_equal(record_keys_derive(&s->keys, NUMBER, &s->password), 0);
        record_escrow_seal(s->escrow, &s->keys, NUMBER, &s->gk, &s->transcript);
}

static int open_with(const Sealed *s, const uint8_t *escrow, size_t len, const RecordKeys *keys,
                     const char *number)
{
        Bytes32 transcript = {"untouched"};
        Key gk = {"untouched"};
        int r = record_escrow_open(&gk, &transcript, escrow, len, keys, number);

        assert_true(r == 0 ? key_equal(&gk, &s->gk) : memcmp(gk.b, "untouched", 9) == 0);
        assert_true(r == 0 ? bytes32_equal(&transcript, &s->transcript)
                           : memcmp(transcript.b, "untouched", 9) == 0);
        return r;
}

static void the_right_password_opens(void **state)
{
        uint8_t again[RECORD_ESCROW_SIZE];
        Sealed s;

        seal(&s);
        assert_int_equal(open_with(&s, s.escrow, sizeof s.escrow, &s.keys, NUMBER), 0);
        record_escrow_seal(again, &s.keys, NUMBER, &s.gk, &s.transcript);
        assert_memory_equal(again, s.escrow, sizeof again); /* the same for every depositor */
}

static void nothing_else_opens(void **state)
{
        RecordPassword wrong;
        RecordKeys keys;
        Sealed s;

        seal(&s);
        for (size_t i = 0; i < sizeof s.escrow; i++) {
                uint8_t flipped[sizeof s.escrow];

                memcpy(flipped, s.escrow, sizeof flipped);
                flipped[i] ^= 1;
                assert_int_equal(open_with(&s, flipped, sizeof flipped, &s.keys, NUMBER),
                                 RECORD_E_WRONG);
        }
        assert_int_equal(open_with(&s, s.escrow, sizeof s.escrow - 1, &s.keys, NUMBER),
                         RECORD_E_WRONG);
        assert_int_equal(open_with(&s, s.escrow, 0, &s.keys, NUMBER), RECORD_E_WRONG);
        assert_int_equal(open_with(&s, s.escrow, sizeof s.escrow, &s.keys, "98765432107"),
                         RECORD_E_WRONG);
        wrong = s.password;
        wrong.symbols[RECORD_SYMBOLS - 1] = wrong.symbols[RECORD_SYMBOLS - 1] == '2' ? '3' : '2';
        assert_int_equal(record_keys_derive(&keys, NUMBER, &wrong), 0);
        assert_int_equal(open_with(&s, s.escrow, sizeof s.escrow, &keys, NUMBER), RECORD_E_WRONG);
        assert_false(key_equal(&keys.token, &s.keys.token));
        assert_int_equal(record_keys_derive(&keys, "98765432107", &s.password), 0);
        /* a token is of use with its number alone */
        assert_false(key_equal(&keys.token, &s.keys.token));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(passwords_as_people_write_them),
                cmocka_unit_test(numbers_as_people_write_them),
                cmocka_unit_test(halves),
                cmocka_unit_test(password_depends_on_both_halves),
                cmocka_unit_test(the_right_password_opens),
                cmocka_unit_test(nothing_else_opens),
        };

        return sodium_init() < 0 ? 1 : cmocka_run_group_tests(tests, NULL, NULL);
}
