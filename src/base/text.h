/* SPDX-License-Identifier: GPL-2.0-or-later */
/* text.h - text from strangers: check that it is UTF-8, show it without being fooled */
#pragma once

#include "util.h"

/* Returns the length in bytes (1..4) of the first character and sets *ret to its code point. 0: not
 * UTF-8 (overlong, surrogate, past U+10FFFF, cut short), or len is 0. */
size_t text_char(uint32_t *ret, const char *text, size_t len);

/* Whether libdbus accepts the text: well-formed UTF-8, no surrogates, no NUL. A test compares with
 * dbus_validate_utf8. */
bool text_is_utf8(const char *text, size_t len);

/* Bytes of the character at text[at] (at < len) where it must not reach a screen, else 0: control
 * characters, line and paragraph separators, bidi embeddings, overrides and isolates, byte order
 * marks, bytes that are not UTF-8 (1 each), and marks of direction (LRM, RLM, ALM) unless they
 * stand between two letters, where they move nothing. Cards are read with this rule (card.h), so
 * their text is safe on D-Bus and in address books too; what else comes from a stranger is shown by
 * the two functions below. */
size_t text_unsafe_at(const char *text, size_t len, size_t at);

/* Writes text for one line of a terminal or log: what is unsafe becomes U+FFFD, marks of direction
 * vanish; newline and tab are unsafe here. At most max bytes with the NUL, cut between characters.
 * max > 0. */
void text_for_terminal(char *ret, size_t max, const char *text);

/* A JSON text that means the same, with the unsafe characters inside its strings escaped as
 * \uXXXX: --json may be shown on a terminal, too. New, owned by the caller (free); NULL: out of
 * memory. */
char *text_for_json(const char *json);
