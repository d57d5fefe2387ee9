/* SPDX-License-Identifier: GPL-2.0-or-later */
/* piece.h - one thing that an entry has: how it is told from others, put into a vCard's text and
 * cut out */
#pragma once

#include "lines.h"
#include "merge.h"

/* Whether a property is a list to which anybody may add: NOTE (of lines), CATEGORIES. */
bool piece_is_list(const char *name);

/* What the values of a property that mean the same have in common. New. NULL: out of memory. */
char *piece_key(const char *name, const char *text);

/* Adds the piece that a line is. */
int piece_of_line(Pieces *to, const Line *line);

/* Each writes *ret, new, or NULL where the text stays as it is. LINES_E_NO_CARD, -errno. */
/* As one more element of a list, or as the list where there is none. Stays: it is there already. */
int piece_insert(char **ret, const char *text, const char *name, const char *element);
/* Without that element. Stays: it is not there, or in other words. */
int piece_cut_within(char **ret, const char *text, const Piece *p);
/* Without that property. Stays: it is not there, or has another value. */
int piece_cut_line(char **ret, const char *text, const Piece *p);
