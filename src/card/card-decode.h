/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-decode.h - the encodings inside a vCard: quoted-printable, base64, charsets */
#pragma once

#include "card.h"

/* Quoted-printable (RFC 2045 section 6.7) in place; what is not a valid escape stays as it is.
 * Returns the new length, never more than len. */
size_t card_decode_qp(char *text, size_t len);

/* Base64 in place, forgiving: white space anywhere, padding or none. Returns false where another
 * character stands in it or it ends within a byte. */
bool card_decode_base64(char *text, size_t *len);

/* A charset that exporters use. */
bool card_charset_known(const char *charset);

/* To UTF-8. charset is what the card names, or NULL. Tried in turn: the charset named if it is one
 * that exporters use, UTF-8, and what how says (else windows-1252, which most exporters write that
 * name none). In a charset that is named, a character cut off at the very end is left out.
 * CARD_E_CHARSET: none of them fits. *ret is new, NUL-terminated, and may hold NULs. */
int card_decode_charset(char **ret, size_t *ret_len, const char *charset, CardReading *how,
                        const char *bytes, size_t len);

/* UTF-16 of the given byte order, without byte order mark, to UTF-8; CARD_E_CHARSET where it is
 * broken. */
int card_decode_utf16(char **ret, size_t *ret_len, bool big_endian, const char *bytes, size_t len);
