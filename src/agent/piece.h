/* SPDX-License-Identifier: GPL-2.0-or-later */
/* piece.h - one thing in an entry: identifies it, and cuts a line out of a vCard's text */
#pragma once

#include "lines.h"
#include "merge.h"

/* Adds a line as a piece. */
int piece_of_line(Pieces *to, const Line *line);

/* Whether it is a label of another line in its group. */
bool piece_is_label(const Piece *p);

/* The groups of lines that were cut, for their labels. */
typedef ARRAY(char *) Groups;
void groups_done(Groups *g);

/* Removes a line. *ret is the new text, or NULL if nothing changes: the line is not there, or has
 * another value. A label goes only if its group has nothing left to label, and if it is the group
 * that we wrote or one in *gone. Adds the group of another line to *gone. LINES_E_NO_CARD,
 * -errno. */
int piece_cut_line(char **ret, const char *text, const Piece *p, Groups *gone);
