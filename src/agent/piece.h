/* SPDX-License-Identifier: GPL-2.0-or-later */
/* piece.h - one thing in an entry: identifies it, inserts it into a vCard's text and cuts it out */
#pragma once

#include "lines.h"
#include "merge.h"

/* Whether we may add elements to a property: NOTE (lines), CATEGORIES. */
bool piece_is_list(const char *name);

/* A key that is equal for values with the same meaning. New. NULL: out of memory. */
char *piece_key(const char *name, const char *text);

/* Adds a line as a piece. */
int piece_of_line(Pieces *to, const Line *line);

/* *ret is the new text, or NULL if nothing changes. LINES_E_NO_CARD, -errno. */
/* Adds an element to the list, or a new list. Nothing changes if the element is there already. */
int piece_insert(char **ret, const char *text, const char *name, const char *element);
/* Removes an element. Nothing changes if it is not there, or was edited. */
int piece_cut_within(char **ret, const char *text, const Piece *p);
/* Removes a property. Nothing changes if it is not there, or has another value. */
int piece_cut_line(char **ret, const char *text, const Piece *p);
