/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What people type as the name of their account, and what becomes of it. */
#include "src/protocol/handle.h"
#include "tests/unit/test.h"

#include <string.h>

static const struct {
        const char *name, *typed;
        const char *tidy; /* NULL: refused */
        const char *normal;
} rows[] = {
        {"a nickname", "Ann", "Ann", "ann"},
        {"spaces at the ends", "  Ann ", "Ann", "ann"},
        {"e-mail", "Ann@Example.ORG", "Ann@Example.ORG", "ann@example.org"},
        {"one digit", "7", "7", "7"},
        {"nothing", "", NULL, NULL},
        {"spaces", "   ", NULL, NULL},
        {"an ideographic space", "\u3000", NULL, NULL},
        {"a zero-width space", "\u200b", NULL, NULL},
        {"a Hangul filler", "\u3164", NULL, NULL},
        {"a Hangul filler in a name", "an\u3164n", NULL, NULL},
        {"a blank of Braille", "\u2800", NULL, NULL},
        {"a variation selector", "\ufe0f", NULL, NULL},
        {"marks alone", "\u0301\u0302", NULL, NULL},
        {"punctuation alone", "...", NULL, NULL},
        {"a line feed", "a\nb", NULL, NULL},
        {"not UTF-8", "a\xff", NULL, NULL},
        {"international", "+49 151 1234567", "+491511234567", "+491511234567"},
        {"with a trunk zero", "+49 (0)151 1234-567", "+491511234567", "+491511234567"},
        {"with 00", "0049 151/12 34 567", "+491511234567", "+491511234567"},
        {"in full width", "\uff0b\uff14\uff19 151 1234567", "+491511234567", "+491511234567"},
        {"in Arabic digits", "+\u0664\u0669 151 1234567", "+491511234567", "+491511234567"},
        {"with another dash", "+49\u2013151\u20101234567", "+491511234567", "+491511234567"},
        {"of one country", "0151 1234567", "01511234567", "01511234567"},
        {"with brackets", "(555) 123-4567", "5551234567", "5551234567"},
        {"too short", "12-34-56", "12-34-56", "12-34-56"},
        {"too long", "1234567890 1234567890 1", "1234567890 1234567890 1",
         "1234567890 1234567890 1"},
        {"a plus inside", "123+4567890", "123+4567890", "123+4567890"},
        {"with a name", "Ann 5551234567", "Ann 5551234567", "ann 5551234567"},
};

static void handles_are_tidied(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
                char tidy[HANDLE_SIZE], normal[HANDLE_SIZE];
                int r = handle_tidy(tidy, rows[i].typed);

                assert_case(rows[i].name, handle_normalise(normal, rows[i].typed) == r);
                assert_case(rows[i].name, r == (rows[i].tidy ? 0 : HANDLE_E_UNUSABLE));
                if (r != 0)
                        continue;
                assert_case(rows[i].name, strcmp(tidy, rows[i].tidy) == 0);
                assert_case(rows[i].name, strcmp(normal, rows[i].normal) == 0);
        }
}

static void long_handles_are_refused(void **state)
{
        char text[HANDLE_SIZE + 2], ret[HANDLE_SIZE];

        memset(text, 'a', sizeof text);
        text[HANDLE_SIZE - 1] = '\0';
        assert_int_equal(handle_tidy(ret, text), 0);
        assert_string_equal(ret, text);
        text[HANDLE_SIZE - 1] = 'a';
        text[HANDLE_SIZE] = '\0';
        assert_int_equal(handle_tidy(ret, text), HANDLE_E_UNUSABLE);
}

int main(void)
{
        static const struct CMUnitTest tests[] = {
                cmocka_unit_test(handles_are_tidied),
                cmocka_unit_test(long_handles_are_refused),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
