/* SPDX-License-Identifier: GPL-2.0-or-later */
/* key.h - a text that is equal for values of cards that mean the same, however written */
#pragma once

#include "lines.h"

/* Of a line's value. text: the value without escapes, or a hash of it. "EMAIL:ida@brook.example".
 * New. NULL: out of memory.
 *
 * TEL: phone_normal; two different ones may still be the same (same.h).
 * URL and other links: RFC 3986 section 6.2: scheme and host in small letters, without the port
 * that the scheme has anyway and a slash at the end.
 * IMPP and the properties of single services: the service and the handle, "IM:skype:ida".
 * BDAY and anniversaries: the day, "19850312" or "--0312".
 * What each program has a name of its own for: one name (src/card/card-dialect.h). */
char *key_of(const Line *line, const char *text);

/* A day as key_of has it. Empty: it is none. */
enum { KEY_DAY_SIZE = 9 };
void key_day(char ret[KEY_DAY_SIZE], const char *text);
