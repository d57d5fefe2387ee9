/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code.h - what people say to each other: a route of digits and optional secret words
 *
 *   "4821"  "4821 maple tiger"  "４８２１－Maple-TIGER"
 *
 * The route goes to the cloud (patent 0080, the first password). The words never leave the terminal
 * in any form, not even hashed: the hash of a short secret can be looked up in a table.
 */
#pragma once

#include "src/base/secret.h"

enum {
        CODE_ROUTE_MIN = 4, /* digits */
        CODE_ROUTE_MAX = 8,
        CODE_ROUTE_DRAWN = 6, /* if the cloud gives no free route */
        CODE_WORDS_MAX = 3,
        CODE_WORDS_DRAWN = 2,
        CODE_INPUT_MAX = 256, /* bytes of input; more is malformed */
        CODE_TEXT_MAX = 64,   /* bytes of a normalised code with its NUL */
};

enum {
        _CODE_E_SUCCESS,
        CODE_E_EMPTY,
        CODE_E_NOT_UTF8,
        CODE_E_TOO_LONG,
        CODE_E_ROUTE,        /* no route, fewer than 4 or more than 8 digits */
        CODE_E_UNKNOWN_WORD, /* *ret_bad_word says which, counted from 1 */
        CODE_E_TOO_MANY_WORDS,
};

/* Wipe with code_done. */
typedef struct Code {
        char route[CODE_ROUTE_MAX + 1];
        uint16_t words[CODE_WORDS_MAX]; /* indexes into the word list */
        uint8_t n_words;
} Code;

void code_done(Code *c);
#define _cleanup_code_ _cleanup_(code_done)

/* Reads what a person typed. Case, width, punctuation (dashes, commas, a stop at the end) and
 * Unicode white space do not matter; digits of any script count (after NFKC); invisible characters
 * (marks of direction, soft hyphens) are ignored. All digits before the first word are the route:
 * "48 21" is "4821". *ret_bad_word may be NULL. */
int code_parse(Code *ret, const char *input, unsigned *ret_bad_word);

/* The word of the list that is one slip away from the unknown word in input: one letter changed,
 * left out, added, or swapped with its neighbour. NULL if there is none; there cannot be two, the
 * words are too far apart. Only suggest it: it is a guess at a secret. */
const char *code_meant(const char *input);

/* Words of the list that share the longest possible beginning with the unknown word in input.
 * Returns their number, at most max. */
unsigned code_suggest(const char *input, const char **ret, unsigned max);

/* The words of the list that begin as the unknown word in input, if that is the last one: a person
 * may be typing it. Returns their number, at most max. */
unsigned code_complete(const char *input, const char **ret, unsigned max);

/* Draws a route and n_words words, uniformly (libsodium's generator). */
void code_draw(Code *ret, unsigned n_words);

/* The normalised text: "4821 maple tiger". It holds the secret words: wipe it. */
void code_format(const Code *c, char ret[static CODE_TEXT_MAX]);

/* The word list: WORDS_COUNT distinct lower-case ASCII words, sorted. The first four letters
 * identify a word; any two are at least WORDS_DISTANCE slips apart (Damerau-Levenshtein
 * distance). */
enum { WORDS_COUNT = 1296, WORDS_LENGTH_MIN = 4, WORDS_LENGTH_MAX = 8, WORDS_DISTANCE = 3 };
const char *words_get(unsigned index);
/* Index of a word written in full (lower-case ASCII), or -1. */
int words_find(const char *word);
/* Index of the word one slip away from an unknown word, or -1. */
int words_nearest(const char *word);
/* Up to max words with this prefix, in order; returns the number of all. For completion. */
unsigned words_complete(const char *prefix, const char **ret, unsigned max);
