/* SPDX-License-Identifier: GPL-2.0-or-later */
/* glyphs.h - a code drawn so big that the other side of the table reads it */
#pragma once

#include "cli.h"

#include <stdio.h>

typedef struct GlyphSpace {
        unsigned columns, lines; /* that there are */
        bool blocks;             /* U+2580 and its kin may be used: half as high as with '#' */
} GlyphSpace;

/* Draws the words of a code (small letters and digits). Returns the number of lines, 0 where it
 * does not fit and nothing was written. */
unsigned glyphs_draw(FILE *to, const char *code, const GlyphSpace *space);
