/* SPDX-License-Identifier: GPL-2.0-or-later */
/* normal.h - brings values of cards into a form in which equal meaning is equal text */
#pragma once

#include "src/base/util.h"

/* A name as words with a blank around each, " anna muller ": letters and digits of any script, in
 * lower case, without accents. Empty if there is none. New. NULL: out of memory. */
char *normal_name(const char *text);
/* Whether every word of a is in b, or both are equal without blanks. Both come from normal_name. */
bool normal_name_within(const char *a, const char *b);

/* A number as phone_normal has it (src/phone/phone.h). Empty if there are fewer than seven digits,
 * too few to identify a person. New. NULL: out of memory. */
char *normal_phone(const char *text);
/* Whether two of them are the same, with nothing known of where they are from. */
bool normal_phone_same(const char *a, const char *b);

/* An e-mail address in lower case, without "mailto:", blanks and a name around it. Empty if it is
 * none. New. NULL: out of memory. */
char *normal_email(const char *text);

/* Any other text in lower case, with runs of blanks as one. New. NULL: out of memory. */
char *normal_other(const char *text);
