/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - text from others: is it UTF-8, and how to show it without being fooled */
#pragma once

#include "util.h"

/* Length in bytes (1..4) of the character that text begins with, and *ret its code point; 0 where
 * the bytes are not UTF-8 (overlong, surrogate, past U+10FFFF, cut short) or len is 0. */
size_t text_char(uint32_t *ret, const char *text, size_t len);

/* True where the bytes are UTF-8 that libdbus takes: well-formed, no surrogates, no NUL (a test
 * compares with dbus_validate_utf8). */
bool text_is_utf8(const char *text, size_t len);

/* Writes text for one line of a terminal or log: control characters, bidi overrides, what ends a
 * line and what is not UTF-8 become U+FFFD; at most max bytes with the NUL, cut between characters.
 * max > 0. */
void text_for_terminal(char *ret, size_t max, const char *text);
