/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/unit/test.h"

#include "src/base/text.h"

#define FFFD "\xef\xbf\xbd"
#define LRM "\xe2\x80\x8e"
#define RLM "\xe2\x80\x8f"
#define ALM "\xd8\x9c"

static const struct {
        const char *name, *text;
        size_t max;
        const char *shown;
} terminal[] = {
        {"plain", "Ann", 10, "Ann"},
        {"escape sequence", "\033[2J", 20, FFFD "[2J"},
        {"C1 control",
         "a\xc2\x9b"
         "b",
         20, "a" FFFD "b"},
        {"newline and tab", "a\nb\tc", 20, "a" FFFD "b" FFFD "c"},
        {"delete", "a\x7f", 20, "a" FFFD},
        {"embedding",
         "a\xe2\x80\xaa"
         "b",
         20, "a" FFFD "b"},
        {"right-to-left override",
         "a\xe2\x80\xae"
         "b",
         20, "a" FFFD "b"},
        {"first isolate",
         "a\xe2\x81\xa6"
         "b",
         20, "a" FFFD "b"},
        {"end of an isolate",
         "a\xe2\x81\xa9"
         "b",
         20, "a" FFFD "b"},
        {"line separator",
         "a\xe2\x80\xa8"
         "b",
         20, "a" FFFD "b"},
        {"paragraph separator",
         "a\xe2\x80\xa9"
         "b",
         20, "a" FFFD "b"},
        {"byte order mark",
         "\xef\xbb\xbf"
         "a",
         20, FFFD "a"},
        {"not UTF-8",
         "a\xff"
         "b",
         20, "a" FFFD "b"},
        {"cut within a character", "a\xe2\x80", 20, "a" FFFD FFFD},
        {"Hebrew stays", "שלום", 20, "שלום"},
        {"emoji of several characters stays", "👩‍🔬", 20, "👩‍🔬"},
        {"mark between letters stays", "ש" RLM "ל", 20, "ש" RLM "ל"},
        {"mark at the end goes", "של" RLM, 20, "של"},
        {"mark at the beginning goes", LRM "a", 20, "a"},
        {"mark beside a digit goes", "1" RLM "a", 20, "1a"},
        {"mark beside a blank goes", "a " ALM "b", 20, "a b"},
        {"two marks go", "a" LRM RLM "b", 20, "ab"},
        {"cut between characters", "ääää", 6, "ää"},
        {"cut before a replacement", "ab\n", 5, "ab"},
        {"room for nothing", "ab", 1, ""},
        {"nothing", "", 5, ""},
};

static void on_a_terminal(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(terminal); i++) {
                char buffer[32];

                text_for_terminal(buffer, terminal[i].max, terminal[i].text);
                assert_case(terminal[i].name, strcmp(buffer, terminal[i].shown) == 0);
        }
}

/* Every code point is safe or has a reason here. */
static void each_character_alone(void **state)
{
        for (uint32_t c = 1; c < 0x110000; c++) {
                bool unsafe = c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x61c || c == 0x200e ||
                              c == 0x200f || (c >= 0x2028 && c <= 0x202e) ||
                              (c >= 0x2066 && c <= 0x2069) || c == 0xfeff;
                char text[4];
                size_t n;

                if (c >= 0xd800 && c < 0xe000)
                        continue;
                if (c < 0x80)
                        n = 1, text[0] = (char)c;
                else if (c < 0x800)
                        n = 2, text[0] = (char)(0xc0 | c >> 6);
                else if (c < 0x10000)
                        n = 3, text[0] = (char)(0xe0 | c >> 12);
                else
                        n = 4, text[0] = (char)(0xf0 | c >> 18);
                for (size_t i = 1; i < n; i++)
                        text[i] = (char)(0x80 | (c >> (6 * (n - 1 - i)) & 0x3f));
                if (text_unsafe_at(text, n, 0) != (unsafe ? n : 0))
                        fail_msg("U+%04X", c);
        }
}

static void in_json(void **state)
{
        static const struct {
                const char *name, *json, *same;
        } cases[] = {
                {"plain", "{\"a\":\"Ann\"}", "{\"a\":\"Ann\"}"},
                {"newlines of the layout", "{\n\t\"a\":1\n}", "{\n\t\"a\":1\n}"},
                {"override",
                 "\"a\xe2\x80\xae"
                 "b\"",
                 "\"a\\u202eb\""},
                {"C1 control", "\"\xc2\x9b\"", "\"\\u009b\""},
                {"delete", "\"\x7f\"", "\"\\u007f\""},
                {"mark at the end", "\"ש" RLM "\"", "\"ש\\u200f\""},
                {"mark between letters", "\"ש" RLM "ל\"", "\"ש" RLM "ל\""},
                {"nothing but these", "\"\xe2\x80\xae\xe2\x80\xae\"", "\"\\u202e\\u202e\""},
                {"nothing", "", ""},
        };

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                _cleanup_free_ char *text = text_for_json(cases[i].json);

                assert_case(cases[i].name, text && strcmp(text, cases[i].same) == 0);
        }
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(on_a_terminal),
                cmocka_unit_test(each_character_alone),
                cmocka_unit_test(in_json),
        };

        return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
