/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "src/protocol/code.h"
#include "tests/unit/test.h"

static const struct {
        const char *name, *input, *normalised;
} good[] = {
        {"digits only", "4821", "4821"},
        {"longest route", "12345678", "12345678"},
        {"zeros lead", "0007", "0007"},
        {"one word", "4821 maple", "4821 maple"},
        {"two words", "4821 maple tiger", "4821 maple tiger"},
        {"three words", "4821 maple tiger maple", "4821 maple tiger maple"},
        {"capitals", "4821 MAPLE Tiger", "4821 maple tiger"},
        {"dashes and underscores", "4821-maple_tiger", "4821 maple tiger"},
        {"space around and doubled", "  4821 \t maple\n\ntiger\r\n", "4821 maple tiger"},
        {"grouped digits", "48 21-maple", "4821 maple"},
        {"commas and a stop at the end", "4821, maple,Tiger.", "4821 maple tiger"},
        {"Chinese punctuation and quotes", "「4821、maple，tiger。」", "4821 maple tiger"},
        {"no space behind the route", "4821maple tiger", "4821 maple tiger"},
        {"full width", "４８２１－ＭＡＰＬＥ　ｔｉｇｅｒ", "4821 maple tiger"},
        {"Arabic-Indic digits", "٤٨٢١ maple", "4821 maple"},
        {"extended Arabic-Indic digits", "۴۸۲۱ maple", "4821 maple"},
        {"Devanagari digits", "४८२१", "4821"},
        {"Thai digits", "๔๘๒๑", "4821"},
        {"mathematical digits beyond the first plane", "𝟒𝟖𝟐𝟏", "4821"},
        {"mixed scripts", "4٨२๑", "4821"},
        {"superscript digits", "⁴⁸²¹", "4821"},
        {"en dash, em dash, minus", "4821–maple—tiger−maple", "4821 maple tiger maple"},
        {"no-break, ideographic and thin space", "4821\u00a0maple\u3000tiger\u2009maple",
         "4821 maple tiger maple"},
        {"line separator", "4821\u2028maple", "4821 maple"},
        {"ligature and long s", "4821 o\ufb03ce \u017fafari", "4821 office safari"},
        {"circled letters", "4821 ⓜⓐⓟⓛⓔ", "4821 maple"},
        {"Kelvin sign for k", "4821 pic\u212ale", "4821 pickle"},
        {"marks of direction and of byte order", "\ufeff4821\u200e maple\u200f", "4821 maple"},
        {"soft hyphen", "4821 ma\u00adple", "4821 maple"},
};

static void test_good(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(good); i++) {
                _cleanup_code_ Code c = {0};
                char text[CODE_TEXT_MAX];

                assert_case(good[i].name, code_parse(&c, good[i].input, NULL) == 0);
                code_format(&c, text);
                assert_case(good[i].name, strcmp(text, good[i].normalised) == 0);
        }
}

#define TEN_WORDS "maple tiger maple tiger maple tiger maple tiger maple tiger "

static const struct {
        const char *defect, *input;
        int outcome;
        unsigned bad_word;
} broken[] = {
        {"nothing", "", CODE_E_EMPTY, 0},
        {"separators alone", " \t-_\u3000", CODE_E_EMPTY, 0},
        {"ignorable characters alone", "\ufeff\u200b", CODE_E_EMPTY, 0},
        {"route too short", "482", CODE_E_ROUTE, 0},
        {"route too long", "123456789", CODE_E_ROUTE, 0},
        {"no route", "maple tiger", CODE_E_ROUTE, 0},
        {"route behind the words", "maple tiger 4821", CODE_E_ROUTE, 0},
        {"short route in front of an unknown word", "12 xyzzy", CODE_E_ROUTE, 0},
        {"minus sign alone", "-", CODE_E_EMPTY, 0},
        {"first word unknown", "4821 xyzzy tiger", CODE_E_UNKNOWN_WORD, 1},
        {"second word unknown", "4821 maple tigre", CODE_E_UNKNOWN_WORD, 2},
        {"two unknown: the first is told", "4821 xyzzy plugh", CODE_E_UNKNOWN_WORD, 1},
        {"word cut to its four letters", "4821 mapl", CODE_E_UNKNOWN_WORD, 1},
        {"word with a letter too many", "4821 maples", CODE_E_UNKNOWN_WORD, 1},
        {"word longer than any", "4821 mapletigermaple", CODE_E_UNKNOWN_WORD, 1},
        {"word of eight letters with one more", "4821 activityx", CODE_E_UNKNOWN_WORD, 1},
        {"digit in a word", "4821 map1e", CODE_E_UNKNOWN_WORD, 1},
        {"digits behind a word", "4821 maple 77", CODE_E_UNKNOWN_WORD, 2},
        {"accent on a word", "4821 maple\u0301", CODE_E_UNKNOWN_WORD, 1},
        {"Cyrillic look-alike", "4821 m\u0430ple", CODE_E_UNKNOWN_WORD, 1},
        {"escape sequence", "4821 \033[31mmaple", CODE_E_UNKNOWN_WORD, 1},
        {"one character that folds to four words", "4821 \ufdfa", CODE_E_TOO_MANY_WORDS, 0},
        {"four words", "4821 maple tiger maple tiger", CODE_E_TOO_MANY_WORDS, 0},
        {"twenty words", "4821 " TEN_WORDS TEN_WORDS, CODE_E_TOO_MANY_WORDS, 0},
        {"stray continuation byte", "4821 \x80", CODE_E_NOT_UTF8, 0},
        {"character cut short", "4821 \xe3\x80", CODE_E_NOT_UTF8, 0},
        {"overlong encoding", "4821\xc0\xa0maple", CODE_E_NOT_UTF8, 0},
        {"surrogate", "4821 \xed\xa0\x80", CODE_E_NOT_UTF8, 0},
        {"beyond Unicode", "4821 \xf4\x90\x80\x80", CODE_E_NOT_UTF8, 0},
};

static void test_broken(void **state)
{
        for (size_t i = 0; i < ARRAY_LEN(broken); i++) {
                Code c = {.route = "untouch", .n_words = 99};
                unsigned bad_word = 0;

                assert_case(broken[i].defect,
                            code_parse(&c, broken[i].input, &bad_word) == broken[i].outcome);
                assert_case(broken[i].defect, bad_word == broken[i].bad_word);
                assert_case(broken[i].defect, strcmp(c.route, "untouch") == 0 && c.n_words == 99);
        }
        assert_int_equal(code_parse(&(Code){0}, "4821 xyzzy", NULL), CODE_E_UNKNOWN_WORD);
}

/* The bound counts bytes of input, not what they fold to. */
static void test_input_bound(void **state)
{
        char input[CODE_INPUT_MAX + 2];
        Code c;

        memset(input, ' ', sizeof input);
        memcpy(input, "4821", 4);
        input[CODE_INPUT_MAX] = '\0';
        assert_int_equal(code_parse(&c, input, NULL), 0);
        input[CODE_INPUT_MAX] = ' ';
        input[CODE_INPUT_MAX + 1] = '\0';
        assert_int_equal(code_parse(&c, input, NULL), CODE_E_TOO_LONG);
}

static const char *scripted_name(void)
{
        return "scripted";
}

/* A request for more than a number below a bound would not be uniform over the list. */
static uint32_t scripted_uniform(const uint32_t bound)
{
        check_expected(bound);
        return mock_type(uint32_t);
}

static void expect_draw(uint32_t upper, uint32_t value)
{
        expect_value(scripted_uniform, bound, upper);
        will_return(scripted_uniform, value);
}

static void test_draw_asks_uniformly(void **state)
{
        randombytes_implementation scripted = {.implementation_name = scripted_name,
                                               .uniform = scripted_uniform};
        char text[CODE_TEXT_MAX], expected[CODE_TEXT_MAX];
        Code c;

        assert_int_equal(randombytes_set_implementation(&scripted), 0);
        for (uint32_t digit = 9; digit >= 4; digit--)
                expect_draw(10, digit);
        expect_draw(WORDS_COUNT, 0);
        expect_draw(WORDS_COUNT, WORDS_COUNT - 1);
        code_draw(&c, CODE_WORDS_DRAWN);
        assert_int_equal(randombytes_set_implementation(&randombytes_sysrandom_implementation), 0);

        (void)snprintf(expected, sizeof expected, "987654 %s %s", words_get(0),
                       words_get(WORDS_COUNT - 1));
        code_format(&c, text);
        assert_string_equal(text, expected);
}

static void test_drawn_reads_back(void **state)
{
        for (unsigned i = 0; i < 1000; i++) {
                Code drawn, read;
                char text[CODE_TEXT_MAX], again[CODE_TEXT_MAX];

                code_draw(&drawn, i % (CODE_WORDS_MAX + 1));
                code_format(&drawn, text);
                assert_int_equal(code_parse(&read, text, NULL), 0);
                code_format(&read, again);
                assert_string_equal(again, text);
                assert_int_equal(read.n_words, drawn.n_words);
                assert_memory_equal(read.words, drawn.words, sizeof drawn.words);
        }
}

static void test_done_wipes(void **state)
{
        Code c;

        code_draw(&c, CODE_WORDS_MAX);
        code_done(&c);
        assert_true(sodium_is_zero((const uint8_t *)&c, sizeof c));
}

static void test_words_are_sorted_and_plain(void **state)
{
        for (unsigned i = 0; i < WORDS_COUNT; i++) {
                const char *word = words_get(i);
                size_t length = strlen(word);

                assert_in_range(length, WORDS_LENGTH_MIN, WORDS_LENGTH_MAX);
                assert_int_equal(strspn(word, "abcdefghijklmnopqrstuvwxyz"), length);
                if (i > 0)
                        assert_true(strcmp(words_get(i - 1), word) < 0);
                assert_int_equal(words_find(word), i);
        }
}

static void test_words_differ_in_four_letters(void **state)
{
        /* sorted, so equal beginnings are neighbours */
        for (unsigned i = 1; i < WORDS_COUNT; i++)
                assert_true(strncmp(words_get(i - 1), words_get(i), 4) != 0);
}

/* Damerau-Levenshtein distance by Lowrance and Wagner (1975): letters changed over may have others
 * come between them later, so that it is a metric and whoever is one slip from two words has them
 * two apart. */
static unsigned distance(const char *a, const char *b)
{
        enum { MAX_LENGTH = WORDS_LENGTH_MAX + 1, FAR = 2 * MAX_LENGTH };
        unsigned d[MAX_LENGTH + 2]
                  [MAX_LENGTH + 2]; /* row and column 0 are out of reach, 1 is the empty word */
        unsigned la = (unsigned)strlen(a), lb = (unsigned)strlen(b), last_row[256] = {0};

        assert_true(la <= MAX_LENGTH && lb <= MAX_LENGTH);
        for (unsigned i = 0; i <= la + 1; i++) {
                d[i][0] = FAR;
                d[i][1] = i > 0 ? i - 1 : FAR;
        }
        for (unsigned j = 0; j <= lb + 1; j++) {
                d[0][j] = FAR;
                d[1][j] = j > 0 ? j - 1 : FAR;
        }
        for (unsigned i = 1; i <= la; i++) {
                unsigned last_column = 0;

                for (unsigned j = 1; j <= lb; j++) {
                        unsigned row = last_row[(uint8_t)b[j - 1]], column = last_column;
                        unsigned differ = a[i - 1] != b[j - 1];
                        unsigned swapped = d[row][column] + (i - row - 1) + 1 + (j - column - 1);
                        unsigned changed = MIN(d[i][j] + differ, MIN(d[i][j + 1], d[i + 1][j]) + 1);

                        d[i + 1][j + 1] = MIN(changed, swapped);
                        if (!differ)
                                last_column = j;
                }
                last_row[(uint8_t)a[i - 1]] = i;
        }
        return d[la + 1][lb + 1];
}

static void test_words_are_far_apart(void **state)
{
        static const struct {
                const char *a, *b;
                unsigned distance;
        } known[] = {
                {"maple", "maple", 0},    {"mint", "mind", 1},      {"table", "tale", 1},
                {"tiger", "tigre", 1},    {"ab", "ba", 1},          {"ab", "bca", 2},
                {"table", "maple", 2},    {"desert", "dessert", 1}, {"kitten", "mitten", 1},
                {"kitten", "sitting", 3}, {"", "tiger", 5},
        };

        for (size_t i = 0; i < ARRAY_LEN(known); i++) {
                assert_int_equal(distance(known[i].a, known[i].b), known[i].distance);
                assert_int_equal(distance(known[i].b, known[i].a), known[i].distance);
        }
        for (unsigned i = 0; i < WORDS_COUNT; i++)
                for (unsigned j = i + 1; j < WORDS_COUNT; j++)
                        if (distance(words_get(i), words_get(j)) < WORDS_DISTANCE)
                                fail_msg("%s and %s", words_get(i), words_get(j));
}

/* Each slip in a word finds the word again: with '?' for whatever is no letter, as code_parse puts
 * it. */
static void test_a_slip_is_recognised(void **state)
{
        for (unsigned index = 0; index < WORDS_COUNT; index++) {
                const char *word = words_get(index);
                size_t length = strlen(word);
                char slip[WORDS_LENGTH_MAX + 2];

                for (size_t i = 0; i <= length; i++) {
                        (void)snprintf(slip, sizeof slip, "%.*s?%s", (int)i, word, word + i);
                        assert_int_equal(words_nearest(slip), index);
                        if (i == length)
                                break;
                        (void)snprintf(slip, sizeof slip, "%.*s?%s", (int)i, word, word + i + 1);
                        assert_int_equal(words_nearest(slip), index);
                        (void)snprintf(slip, sizeof slip, "%.*s%s", (int)i, word, word + i + 1);
                        assert_int_equal(words_nearest(slip), index);
                        (void)snprintf(slip, sizeof slip, "%.*s%c%c%s", (int)i, word, word[i + 1],
                                       word[i], i + 1 < length ? word + i + 2 : "");
                        if (i + 1 < length && word[i] != word[i + 1])
                                assert_int_equal(words_nearest(slip), index);
                }
                assert_int_equal(words_nearest(word), -1);
        }
}

static void test_what_was_meant(void **state)
{
        static const struct {
                const char *input, *meant;
        } cases[] = {
                {"4821 maple tigre", "tiger"},
                {"4821 mapl tiger", "maple"},
                {"4821 MAPLES", "maple"},
                {"4821 map1e tiger", "maple"},
                {"4821 m\u0430ple", "maple"},
                {"4821 mapl\u00e9", "maple"},
                {"4821 maple\u0301", "maple"},
                {"4821 activityx", "activity"},
                {"4821 xactivity", "activity"},
                {"4821 \033maple", "maple"},
                {"maple tigr", "tiger"},
                {"4821 xyzzy tigre", NULL}, /* the first one is spoken of */
                {"4821 mpla", NULL},
                {"4821 activityxx", NULL},
                {"4821 mapletiger", NULL},
                {"4821 \033[31mmaple", NULL},
                {"4821 maple tiger", NULL},
                {"4821", NULL},
                {"", NULL},
                {"4821 mapl \xff", NULL},
        };
        char long_input[CODE_INPUT_MAX + 2];

        for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
                const char *meant = code_meant(cases[i].input);

                assert_case(cases[i].input,
                            cases[i].meant ? meant && strcmp(meant, cases[i].meant) == 0 : !meant);
        }
        memset(long_input, ' ', sizeof long_input);
        memcpy(long_input, "4821 mapl", strlen("4821 mapl"));
        long_input[CODE_INPUT_MAX] = '\0';
        assert_string_equal(code_meant(long_input), "maple");
        long_input[CODE_INPUT_MAX] = ' ';
        long_input[CODE_INPUT_MAX + 1] = '\0';
        assert_null(code_meant(long_input));
}

/* SHA-256 of the words, each with a newline behind it: an index on one terminal must be the same
 * word on every other, so a changed list is another protocol. */
static void test_words_are_the_agreed_list(void **state)
{
        crypto_hash_sha256_state sum;
        uint8_t digest[crypto_hash_sha256_BYTES];
        char hex[2 * sizeof digest + 1];

        crypto_hash_sha256_init(&sum);
        for (unsigned i = 0; i < WORDS_COUNT; i++) {
                crypto_hash_sha256_update(&sum, (const uint8_t *)words_get(i),
                                          strlen(words_get(i)));
                crypto_hash_sha256_update(&sum, (const uint8_t *)"\n", 1);
        }
        crypto_hash_sha256_final(&sum, digest);
        assert_string_equal(sodium_bin2hex(hex, sizeof hex, digest, sizeof digest),
                            "7001df4d3dd3a381356e8883707bbc2c193d471f231f731b38eefe2a3ed6e274");
}

static void test_find_refuses(void **state)
{
        static const char *const others[] = {"",      "a",      "mapl",     "maples",
                                             "MAPLE", "maple ", "zzzzzzzz", "mapletiger"};

        for (size_t i = 0; i < ARRAY_LEN(others); i++)
                assert_int_equal(words_find(others[i]), -1);
}

static void test_complete(void **state)
{
        const char *found[3] = {0};

        assert_int_equal(words_complete("", found, 2), WORDS_COUNT);
        assert_ptr_equal(found[1], words_get(1));
        assert_null(found[2]);
        assert_int_equal(words_complete("mapl", found, 3), 1);
        assert_string_equal(found[0], "maple");
        assert_int_equal(words_complete("maplex", found, 3), 0);
        assert_int_equal(words_complete("zzz", NULL, 0), 0);
        for (unsigned i = 0; i < words_complete("ti", found, 3) && i < 3; i++)
                assert_int_equal(strncmp(found[i], "ti", 2), 0);
        assert_true(words_complete("ti", NULL, 0) > 1);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_good),
                cmocka_unit_test(test_broken),
                cmocka_unit_test(test_input_bound),
                cmocka_unit_test(test_draw_asks_uniformly),
                cmocka_unit_test(test_drawn_reads_back),
                cmocka_unit_test(test_done_wipes),
                cmocka_unit_test(test_words_are_sorted_and_plain),
                cmocka_unit_test(test_words_differ_in_four_letters),
                cmocka_unit_test(test_words_are_far_apart),
                cmocka_unit_test(test_a_slip_is_recognised),
                cmocka_unit_test(test_what_was_meant),
                cmocka_unit_test(test_words_are_the_agreed_list),
                cmocka_unit_test(test_find_refuses),
                cmocka_unit_test(test_complete),
        };

        if (sodium_init() < 0)
                return 99;
        return cmocka_run_group_tests_name("code", tests, NULL, NULL);
}
