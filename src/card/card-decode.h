/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-decode.h - the encodings inside a vCard: quoted-printable, base64, charsets */
#pragma once

#include "card.h"

/* Decodes quoted-printable (RFC 2045 section 6.7) in place; invalid escapes stay as they are.
 * Returns the new length, at most len. */
size_t card_decode_qp(char *text, size_t len);

/* As card_decode_qp, for a value with CARD_LINES_BLANK (card-lines.h): each becomes a blank, or
 * goes where blank is NUL. False: one stands within an escape. */
bool card_decode_folded(char *text, size_t *len, char blank);

/* 1 if the bytes are a text in this charset, or in UTF-8 where it is NULL or not known; else 0. */
int card_decode_fits(const char *charset, const char *bytes, size_t len);

/* Decodes base64 in place; white space and missing padding are fine. False: another character, or
 * an end within a byte. */
bool card_decode_base64(char *text, size_t *len);

/* Converts to UTF-8. Tries in turn: charset, which the card names (may be NULL), if card-charset.h
 * knows it; UTF-8; how->charset, or without it windows-1252, which most exporters that name no
 * charset write. With a named charset, a character cut off at the end is left out. CARD_E_CHARSET:
 * none fits. *ret is new, NUL-terminated, and may hold NULs. */
int card_decode_charset(char **ret, size_t *ret_len, const char *charset, CardReading *how,
                        const char *bytes, size_t len);
