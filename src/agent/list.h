/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list.h - the elements of NOTE (lines) and CATEGORIES: adds one behind the others, cuts it out
 *
 * Every byte outside the element stays as it is, however a program has folded and escaped it. An
 * element is compared as decoded text.
 */
#pragma once

#include "lines.h"
#include "merge.h"

/* Whether we may add elements to a property: NOTE, CATEGORIES. */
bool list_is(const char *name);

/* *ret is the new text, or NULL if nothing changes. LINES_E_NO_CARD, -errno. */
/* Adds an element to the list, or a new list. Nothing changes if the user has the element, or if it
 * is one of ours (elements that we added to this text before). */
int list_insert(char **ret, const char *text, const char *name, const char *element,
                const Pieces *ours);
/* Removes an element. Nothing changes if it is not there, or was edited. Does not tear another
 * element of ours apart that contains the same lines. */
int list_cut(char **ret, const char *text, const Piece *p, const Pieces *ours);
