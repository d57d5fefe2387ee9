/* SPDX-License-Identifier: GPL-2.0-or-later */
/* glyphs.h - a code drawn so big that the other side of the table reads it */
#pragma once

#include "cli.h"

#include <stdio.h>

/* Lines of the drawing in a width of columns, each ended by a newline; *ret_lines is how many. blocks: with
 * U+2580 and its kin, half as high; else with '#'. False: it does not fit, nothing was written. */
bool glyphs_draw(FILE *to, const char *code, unsigned columns, bool blocks, unsigned *ret_lines);
