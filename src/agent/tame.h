/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tame.h - what a stranger's card may not say about an entry that was there
 *
 * The entry's name, kind, place in lists and groups, and which of its values programs use first,
 * are the user's choice. A card adds values; it does not choose among them.
 */
#pragma once

#include "lines.h"

/* Whether such a property is never added to an existing entry. */
bool tame_is_refused(const char *name);
/* The line without PREF and SORT-AS. New. NULL: out of memory. */
char *tame_line(const Line *line);
