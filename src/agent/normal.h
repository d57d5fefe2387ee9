/* SPDX-License-Identifier: GPL-2.0-or-later */
/* normal.h - values of cards in a form in which those that mean the same are the same */
#pragma once

#include "src/base/util.h"

/* A name as words: letters and digits of any script in small letters without marks, " anna muller
 * ", with a blank around each. Empty where there is no letter. New. NULL: out of memory. */
char *normal_name(const char *text);
/* Whether every word of a (from normal_name, not empty) is in b, or the two are the same without
 * blanks. */
bool normal_name_within(const char *a, const char *b);

/* Digits of any script, behind "+" where it is international ("00…" is); without an extension.
 * Empty where there are fewer than seven digits: too short to tell a person by. New. NULL: out of
 * memory. */
char *normal_phone(const char *text);
/* Also where one is national and the other international. */
bool normal_phone_same(const char *a, const char *b);

/* An e-mail address in small letters, without "mailto:" and blanks. Empty where it is none. New.
 * NULL: out of memory. */
char *normal_email(const char *text);

/* Any other text in small letters, blanks collapsed. New. NULL: out of memory. */
char *normal_other(const char *text);
