/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.h - names of people: their words, and whether two names can be one person's
 *
 * Words are compared in lower case by their base letters: without accents, and with l, o, d, i, ss
 * and ae for the Latin letters that Unicode does not take apart (ICU's Latin-ASCII). A vowel sign
 * of an Indic script, a tone mark of Thai or a voicing mark of Kana is part of a letter, no accent.
 */
#pragma once

#include "src/base/util.h"

/* The words with a blank around each, " anna muller ": letters and digits of any script. Empty if
 * there are none. New. NULL: out of memory. */
char *name_words(const char *text);
/* Whether every word of a is in b, or both are equal without blanks. Both come from name_words. */
bool name_words_within(const char *a, const char *b);

typedef enum NameLikeness {
        NAME_OTHER,
        NAME_PART, /* all words of one are among those of the other, in any order */
        NAME_SAME, /* the same words, in any order */
} NameLikeness;

/* Compares a name that people saw with a name and all names (more) of an entry; more contains the
 * name too. Titles do not count. A "Jr." or "III" at the end of one alone makes it another person.
 * If only one of the names is in Latin letters, the other's transliteration (ICU) is compared; so
 * is "Mueller" with "Müller". -ENOMEM. */
int name_compare(NameLikeness *ret, const char *seen, const char *name, const char *more);
