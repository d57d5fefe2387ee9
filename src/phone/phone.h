/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * phone.h - phone numbers as people write them, and which of them are the same line
 *
 * Whether two numbers are the same depends on where one is, as long as one of them is national. So
 * a number has no normal form to compare by; it is compared with another, among the numbers that
 * each stands with.
 */
#pragma once

#include "e164.h"

#include <stddef.h>

/* A number without what only eyes need: ASCII digits, "+" in front if it is international ("00…"
 * is), "(0)" where a "+" number has that, and behind a ";" the digits of an extension, or that are
 * dialled after a pause (RFC 3966 section 5.3: they tell lines apart). "+12025550100;34". Codes
 * with a star in front keep stars and hashes. Letters of a vanity number become digits. Empty if
 * there is no digit. New. NULL: out of memory. */
char *phone_normal(const char *text);
/* How many digits it has, without the extension. */
size_t phone_digits(const char *normal);

/* Numbers of one person, from phone_normal. Its international numbers hint at where the others are
 * from. */
typedef struct PhoneSet {
        const char *const *numbers; /* borrowed */
        size_t n;
        bool looked; /* region is known; starts false */
        char region[REGION_SIZE];
} PhoneSet;

/* Whether two numbers are the same. A national number is read in the regions that are known: that
 * of phone_home, that of its set. If they say nothing, it is the same as an international number
 * that is dialled like this in its own country. Two national numbers of unknown regions are the
 * same if their digits are. */
bool phone_same(const char *a, PhoneSet *of_a, const char *b, PhoneSet *of_b);

/* Where the user is: by a number of the user's own, in any form, and by the name of a locale,
 * "de_AT.UTF-8". Either may be NULL. Returns false if the number does not tell, as a national one.
 */
bool phone_set_home(const char *number, const char *locale);
