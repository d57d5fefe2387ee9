/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * padding.h - ISO/IEC 7816-4 padding to a power of two, so that a length tells little
 *
 * The text, 0x80, then zeros up to the next power of two, but at least min bytes (itself a power
 * of two).
 */
#pragma once

#include "src/base/util.h"

/* Size with padding; always more than len. */
size_t padding_size(size_t len, size_t min);
/* buf holds len bytes of text and has room for padding_size(len, min). */
void padding_add(uint8_t *buf, size_t len, size_t min);
/* -EBADMSG: not padded this way. Each text has exactly one padding. */
int padding_strip(size_t *ret_len, const uint8_t *padded, size_t padded_len, size_t min);
