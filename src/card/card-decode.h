/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-decode.h - the encodings inside a vCard: quoted-printable, base64, charsets */
#pragma once

#include "card.h"

/* Decodes quoted-printable (RFC 2045 section 6.7) in place; invalid escapes stay as they are.
 * Returns the new length, at most len. */
size_t card_decode_qp(char *text, size_t len);

/* Decodes base64 in place; white space and missing padding are fine. False: another character, or
 * an end within a byte. */
bool card_decode_base64(char *text, size_t *len);

/* Whether exporters use this charset. */
bool card_charset_known(const char *charset);

/* Converts to UTF-8. Tries in turn: charset, which the card names (may be NULL), if exporters use
 * it; UTF-8; how->charset, or without it windows-1252, which most exporters that name no charset
 * write. With a named charset, a character cut off at the end is left out. CARD_E_CHARSET: none
 * fits. *ret is new, NUL-terminated, and may hold NULs. */
int card_decode_charset(char **ret, size_t *ret_len, const char *charset, CardReading *how,
                        const char *bytes, size_t len);

/* Converts UTF-16 without byte order mark to UTF-8. CARD_E_CHARSET: it is broken. */
int card_decode_utf16(char **ret, size_t *ret_len, bool big_endian, const char *bytes, size_t len);
