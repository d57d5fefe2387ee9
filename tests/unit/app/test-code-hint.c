/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A code while it is typed: what can be sent, what may follow, which slip is caught. */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/protocol/code.h"
#include "src/app/code-hint.h"

#include "tests/unit/test.h"

#include <sodium.h>

static const struct {
        const char *typed;
        CodeHintState state;
        const char *first; /* suggestion, NULL: none */
        const char *completed;
} rows[] = {
        {"", CODE_HINT_EMPTY, NULL, NULL},
        {"  ", CODE_HINT_EMPTY, NULL, NULL},
        {"48", CODE_HINT_DIGITS, NULL, NULL},
        {"maple", CODE_HINT_DIGITS, NULL, NULL},
        {"123456789", CODE_HINT_MANY, NULL, NULL},
        {"4821", CODE_HINT_PARTY, NULL, NULL},
        {"48 21", CODE_HINT_PARTY, NULL, NULL},
        {"٤٨٢١", CODE_HINT_PARTY, NULL, NULL},
        {"4821 m", CODE_HINT_UNFINISHED, NULL, NULL},
        {"4821 mapl", CODE_HINT_UNFINISHED, "maple", "4821 maple "},
        {"4821 MAPL", CODE_HINT_UNFINISHED, "maple", "4821 maple "},
        {"4821mapl", CODE_HINT_UNFINISHED, "maple", "4821 maple "},
        {"4821 maple", CODE_HINT_ONE_WORD, NULL, NULL},
        {"4821 maple tiger", CODE_HINT_COMPLETE, NULL, NULL},
        {"4821-maple-tiger", CODE_HINT_COMPLETE, NULL, NULL},
        {"4821 maple tige", CODE_HINT_UNFINISHED, "tiger", "4821 maple tiger "},
        {"4821 mapel", CODE_HINT_SLIP, "maple", "4821 maple "},
        /* the slip is asked about first, wherever it is */
        {"4821 mapel tiger", CODE_HINT_SLIP, "maple", "4821 maple tiger"},
        {"4821 mapel ti", CODE_HINT_SLIP, "maple", "4821 maple ti"},
        {"4821 maple tiger maple tiger", CODE_HINT_MANY, NULL, NULL},
        {"huddle:join?c=x", CODE_HINT_LINK, NULL, NULL},
};

static void test_rows(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                CodeHint hint = code_hint_read(rows[i].typed);

                assert_case(rows[i].typed, hint.state == rows[i].state);
                assert_case(rows[i].typed, (hint.n_words > 0) == (rows[i].first != NULL));
                if (rows[i].first) {
                        g_autofree char *text = code_hint_complete(&hint, rows[i].typed, 0);

                        assert_string_equal(hint.words[0], rows[i].first);
                        assert_string_equal(text, rows[i].completed);
                }
        }
}

/* What the hint lets through, the daemon's own reader takes, and nothing else. */
static void test_agrees_with_reader(void **state)
{
        for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
                Code code;
                bool taken = code_parse(&code, rows[i].typed, NULL) == 0;
                CodeHintState hint = code_hint_read(rows[i].typed).state;

                assert_case(rows[i].typed,
                            hint == CODE_HINT_LINK || code_hint_can_send(hint) == taken);
        }
}

/* Two letters of any word bring chips, and its first four bring it alone. */
static void test_every_word(void **state)
{
        for (unsigned i = 0; i < WORDS_COUNT; i++) {
                const char *word = words_get(i);
                g_autofree char *two = g_strdup_printf("4821 %.2s", word);
                g_autofree char *four = g_strdup_printf("4821 %.4s", word);
                CodeHint hint = code_hint_read(two);

                assert_case(word, hint.n_words > 0 && hint.n_words <= CODE_HINT_WORDS_MAX);
                hint = code_hint_read(four);
                if (strlen(word) > 4)
                        assert_case(word, hint.n_words == 1 && hint.words[0] == word);
        }
}

/* Any text at all gets an answer, and every answer has a text. */
static void test_hostile(void **state)
{
        static const char *const texts[] = {"\xff\xfe", "4821 \xe2\x80\xae", "🐯🐯🐯🐯", "4821 ñandú",
                                            "-----",    "4821 '; drop"};

        for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
                assert_non_null(code_hint_text(code_hint_read(texts[i]).state));
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_agrees_with_reader),
                cmocka_unit_test(test_every_word),
                cmocka_unit_test(test_hostile),
        };

        if (sodium_init() < 0)
                return 1;
        return cmocka_run_group_tests(tests, NULL, NULL);
}
