/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * code.h - what people agree on aloud: a route of digits and, where wanted, secret words
 *
 *   "4821"  "4821 maple tiger"  "４８２１－Maple-TIGER"
 *
 * The route goes to the cloud (patent 0080, the first password); the words never leave the
 * terminal in any form, hashed or not, because a hash of a short secret is a table look-up.
 */
#pragma once

#include "src/base/secret.h"

enum {
        CODE_ROUTE_MIN = 4, /* digits */
        CODE_ROUTE_MAX = 8,
        CODE_ROUTE_DRAWN = 4, /* place and time narrow the crowd already (patent 0083) */
        CODE_WORDS_MAX = 3,
        CODE_WORDS_DRAWN = 2,
        CODE_INPUT_MAX = 256, /* bytes of input looked at; more is malformed */
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

/* Plain data, wiped with code_done. */
typedef struct Code {
        char route[CODE_ROUTE_MAX + 1];
        uint16_t words[CODE_WORDS_MAX]; /* indexes into the word list */
        uint8_t n_words;
} Code;

void code_done(Code *c);
#define _cleanup_code_ _cleanup_(code_done)

/* Reads what a person typed: case, width, dashes, underscores and any Unicode white space are
 * forgiven, digits of any script count (NFKC folds what they stand for), characters without a
 * picture (marks of direction, soft hyphens) do not. All digits in front of the first word are the
 * route: "48 21" is "4821". *ret_bad_word may be NULL. */
int code_parse(Code *ret, const char *input, unsigned *ret_bad_word);

/* The one word of the list that is a single slip away from the unknown word in input: a letter
 * changed (any character will do), left out, too many, or changed over with its neighbour. NULL if
 * there is none; a second one there cannot be, the words are too far apart. To be offered, not
 * taken: it is a guess at a secret. */
const char *code_meant(const char *input);

/* Words of the list that begin as the unknown word in input does, as far as any do: at most max,
 * their number is returned. */
unsigned code_suggest(const char *input, const char **ret, unsigned max);

/* Draws a route and n_words words, uniformly (libsodium's generator). */
void code_draw(Code *ret, unsigned n_words);

/* The one normalised text: "4821 maple tiger". Contains the secret words: wipe it. */
void code_format(const Code *c, char ret[static CODE_TEXT_MAX]);

/* The word list: WORDS_COUNT distinct lower-case ASCII words, sorted, each told by its first four
 * letters, any two at least WORDS_DISTANCE slips apart (Damerau-Levenshtein distance). */
enum { WORDS_COUNT = 1296, WORDS_LENGTH_MIN = 4, WORDS_LENGTH_MAX = 8, WORDS_DISTANCE = 3 };
const char *words_get(unsigned index);
/* Index of a word written in full (lower-case ASCII), or -1. */
int words_find(const char *word);
/* Index of the word a single slip away from one that is not in the list, or -1. */
int words_nearest(const char *word);
/* Up to max words that start with prefix, in order; returns how many there are in all. For
 * completion. */
unsigned words_complete(const char *prefix, const char **ret, unsigned max);
