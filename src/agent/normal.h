/* SPDX-License-Identifier: GPL-2.0-or-later */
/* normal.h - brings values of cards into a form in which equal meaning is equal text */
#pragma once

#include "src/base/util.h"

#include <stdint.h>

/* Compatibility decomposition in lower case, of this length, without a NUL. New. NULL: out of
 * memory. */
uint8_t *normal_fold(const char *text, size_t *ret_len);

/* A number as phone_normal has it (src/phone/phone.h). Empty if there are fewer than seven digits,
 * too few to identify a person. New. NULL: out of memory. */
char *normal_phone(const char *text);

/* An e-mail address in lower case, without "mailto:", blanks and a name around it. Empty if it is
 * none. New. NULL: out of memory. */
char *normal_email(const char *text);

/* Any other text in lower case, with runs of blanks as one. New. NULL: out of memory. */
char *normal_other(const char *text);
