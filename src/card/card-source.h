/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-source.h - the text of a file of vCards in UTF-8, whatever Unicode it is written in */
#pragma once

#include "src/base/util.h"

typedef struct CardSource {
        char *copy; /* owns the text where it was converted, else NULL */
        const char *text;
        size_t len;
        size_t mark;     /* bytes of byte order marks before it */
        unsigned unit;   /* bytes of a code unit: 1, 2 (UTF-16), 4 (UTF-32) */
        bool is_unicode; /* the file says so: no value of it can be in another charset */
} CardSource;

/* Knows UTF-16 and UTF-32 by their byte order mark or, without one, by the NULs around the first
 * letter. Borrows bytes. CARD_E_CHARSET: the file is broken. */
int card_source_open(CardSource *ret, const char *bytes, size_t len);
void card_source_done(CardSource *s);

/* Number of bytes of the file before a place in the text. */
size_t card_source_used(const CardSource *s, const char *place);
