/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "code.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

enum { SLIP_LENGTH_MAX = WORDS_LENGTH_MAX + 1 }; /* the longest word with a letter too many */

/* What was read so far; holds the secret words. */
typedef struct Reader {
        char route[CODE_ROUTE_MAX + 1]; /* further digits are counted, not kept */
        size_t n_digits;
        char word[SLIP_LENGTH_MAX + 1]; /* the current word, likewise */
        size_t n_letters;
        uint16_t words[CODE_WORDS_MAX];
        unsigned n_words;
        unsigned bad_word;             /* the first unknown word, counted from 1 */
        char bad[SLIP_LENGTH_MAX + 1]; /* its beginning */
        bool bad_whole;                /* bad holds all of it */
} Reader;

static void code_reader_done(Reader *r)
{
        sodium_memzero(r, sizeof *r);
}

static void code_end_word(Reader *r)
{
        int index;

        if (r->n_letters == 0)
                return;
        index = r->n_letters <= WORDS_LENGTH_MAX ? words_find(r->word) : -1;
        if (index < 0 && r->bad_word == 0) {
                r->bad_word = r->n_words + 1;
                memcpy(r->bad, r->word, sizeof r->bad);
                r->bad_whole = r->n_letters <= SLIP_LENGTH_MAX;
        }
        if (index >= 0 && r->n_words < CODE_WORDS_MAX)
                r->words[r->n_words] = (uint16_t)index;
        r->n_words++;
        r->n_letters = 0;
        sodium_memzero(r->word, sizeof r->word);
}

static void code_add_letter(Reader *r, char c)
{
        if (r->n_letters < SLIP_LENGTH_MAX)
                r->word[r->n_letters] = c;
        r->n_letters++;
}

static void code_add_digit(Reader *r, int value)
{
        if (r->n_digits < CODE_ROUTE_MAX)
                r->route[r->n_digits] = (char)('0' + value);
        r->n_digits++;
}

static bool code_is_separator(ucs4_t c)
{
        return uc_is_property_white_space(c) || uc_is_property_dash(c) ||
               uc_is_general_category(c, UC_PUNCTUATION);
}

/* Takes a folded character. All digits before the first word are the route: "48 21" is "4821". */
static void code_read_folded(Reader *r, ucs4_t c)
{
        int digit = uc_decimal_value(c);

        if (code_is_separator(c))
                code_end_word(r);
        else if (digit >= 0 && r->n_words == 0 && r->n_letters == 0)
                code_add_digit(r, digit);
        else if (c >= 'a' && c <= 'z')
                code_add_letter(r, (char)c);
        else
                code_add_letter(r, '?'); /* no word of the list has it */
}

/* Folds one character at a time. Composition with a neighbour never yields ASCII letters or digits,
 * so this loses nothing, and it leaves no copy of the words on the heap. */
static int code_read_character(Reader *r, ucs4_t c)
{
        uint32_t room[32]; /* the longest NFKC expansion of one character is 18 */
        size_t n = ARRAY_LEN(room);
        uint32_t *folded;

        if (uc_is_property_default_ignorable_code_point(c))
                return 0;
        folded = u32_casefold(&c, 1, NULL, UNINORM_NFKC, room, &n);
        if (!folded)
                return -errno;
        for (size_t i = 0; i < n; i++)
                code_read_folded(r, folded[i]);
        sodium_memzero(folded, n * sizeof *folded);
        if (folded != room)
                free(folded);
        return 0;
}

static int code_read_text(Reader *r, const uint8_t *text, size_t length)
{
        for (size_t at = 0; at < length;) {
                ucs4_t c;
                int n = u8_mbtoucr(&c, text + at, length - at), error;

                if (n < 0)
                        return CODE_E_NOT_UTF8;
                error = code_read_character(r, c);
                if (error < 0)
                        return error;
                at += (size_t)n;
        }
        code_end_word(r);
        return 0;
}

static int code_judge(const Reader *r)
{
        if (r->n_digits == 0 && r->n_words == 0)
                return CODE_E_EMPTY;
        if (r->n_digits < CODE_ROUTE_MIN || r->n_digits > CODE_ROUTE_MAX)
                return CODE_E_ROUTE;
        if (r->n_words > CODE_WORDS_MAX)
                return CODE_E_TOO_MANY_WORDS;
        return r->bad_word > 0 ? CODE_E_UNKNOWN_WORD : 0;
}

void code_done(Code *c)
{
        sodium_memzero(c, sizeof *c);
}

int code_parse(Code *ret, const char *input, unsigned *ret_bad_word)
{
        _cleanup_(code_reader_done) Reader r = {0};
        size_t length = strnlen(input, CODE_INPUT_MAX + 1);
        int result;

        if (length > CODE_INPUT_MAX)
                return CODE_E_TOO_LONG;
        result = code_read_text(&r, (const uint8_t *)input, length);
        if (result != 0)
                return result;
        result = code_judge(&r);
        if (result == CODE_E_UNKNOWN_WORD && ret_bad_word)
                *ret_bad_word = r.bad_word;
        if (result != 0)
                return result;

        *ret = (Code){.n_words = (uint8_t)r.n_words};
        memcpy(ret->route, r.route, r.n_digits);
        memcpy(ret->words, r.words, r.n_words * sizeof r.words[0]);
        return 0;
}

/* False: there is no unknown word, or the input cannot be read. */
static bool code_read_bad_word(Reader *r, const char *input)
{
        size_t length = strnlen(input, CODE_INPUT_MAX + 1);

        return length <= CODE_INPUT_MAX && code_read_text(r, (const uint8_t *)input, length) == 0 &&
               r->bad_word > 0;
}

const char *code_meant(const char *input)
{
        _cleanup_(code_reader_done) Reader r = {0};
        int index = code_read_bad_word(&r, input) && r.bad_whole ? words_nearest(r.bad) : -1;

        return index < 0 ? NULL : words_get((unsigned)index);
}

unsigned code_suggest(const char *input, const char **ret, unsigned max)
{
        _cleanup_(code_reader_done) Reader r = {0};
        unsigned n = 0;

        if (!code_read_bad_word(&r, input))
                return 0;
        for (size_t i = strlen(r.bad); n == 0 && i > 0; i--) {
                r.bad[i] = '\0';
                n = words_complete(r.bad, ret, max);
        }
        return MIN(n, max);
}

unsigned code_complete(const char *input, const char **ret, unsigned max)
{
        _cleanup_(code_reader_done) Reader r = {0};
        unsigned n;

        if (!code_read_bad_word(&r, input) || r.bad_word != r.n_words || !r.bad_whole)
                return 0;
        n = words_complete(r.bad, ret, max);
        return MIN(n, max);
}

void code_draw(Code *ret, unsigned n_words)
{
        assert(n_words <= CODE_WORDS_MAX);
        *ret = (Code){.n_words = (uint8_t)n_words};
        for (unsigned i = 0; i < CODE_ROUTE_DRAWN; i++)
                ret->route[i] = (char)('0' + randombytes_uniform(10));
        for (unsigned i = 0; i < n_words; i++)
                ret->words[i] = (uint16_t)randombytes_uniform(WORDS_COUNT);
}

void code_format(const Code *c, char ret[static CODE_TEXT_MAX])
{
        size_t n = (size_t)snprintf(ret, CODE_TEXT_MAX, "%s", c->route);

        assert(c->n_words <= CODE_WORDS_MAX);
        for (unsigned i = 0; i < c->n_words; i++)
                n += (size_t)snprintf(ret + n, CODE_TEXT_MAX - n, " %s", words_get(c->words[i]));
}
