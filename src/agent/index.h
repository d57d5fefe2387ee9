/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index.h - the entries of an address book, to find the one that a card belongs to (identity.h) */
#pragma once

#include "identity.h"

typedef struct Index Index;

int index_new(Index **ret);
Index *index_free(Index *i);
DEFINE_CLEANUP(Index *, index_free);

/* Adds an entry by its id in the sink. What identifies it is kept; of one that cannot be read, the
 * text. */
int index_add(Index *i, const char *id, const char *text);
/* Adds an entry, or replaces the one with this id. */
int index_put(Index *i, const char *id, const char *text);
void index_remove(Index *i, const char *id);
bool index_has(const Index *i, const char *id);
/* The name of an entry, borrowed until the index changes; NULL: there is none. */
const char *index_name(const Index *i, const char *id);

/* Whether another person's card went to that entry. -errno. */
typedef int (*IndexTaken)(void *userdata, const char *id, bool *ret);

/* The entry that a card belongs to, or that it resembles and is kept apart from. */
typedef struct IndexFound {
        Verdict verdict;
        unsigned evidence;
        /* borrowed until the index changes; NULL with VERDICT_NOBODY */
        const char *id, *name;
} IndexFound;
int index_find(const Index *i, IndexFound *ret, const Card *c, IndexTaken taken, void *userdata);
