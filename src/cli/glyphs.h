/* SPDX-License-Identifier: GPL-2.0-or-later */
/* glyphs.h - draws a code in letters large enough to read across a table */
#pragma once

#include "cli.h"

#include <stdio.h>

typedef struct GlyphSpace {
        unsigned columns, lines; /* size of the free area */
        bool blocks;             /* use U+2580 and the like; half the height of '#' */
} GlyphSpace;

/* Draws the words of a code (small letters and digits). Returns the number of lines; 0: it does not
 * fit, and nothing was written. */
unsigned glyphs_draw(FILE *to, const char *code, const GlyphSpace *space);
