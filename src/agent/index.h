/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index.h - finds the entry of a person in an address book
 *
 * All matching rules are in index_find. The table in huddle-agent(1) documents them.
 */
#pragma once

#include "src/card/card.h"

typedef struct Index Index;

/* Why we take an entry for the person of a card. */
typedef enum IndexMatch {
        INDEX_NOBODY,
        INDEX_UID,
        INDEX_EMAIL,
        INDEX_PHONE,
        /* an entry has the UID, e-mail or number that the card claims, under another name or as
         * somebody else who was at the exchange */
        INDEX_OTHER_NAME,
        INDEX_NAME_ALONE, /* an entry has the same name and nothing else in common */
} IndexMatch;

int index_new(Index **ret);
Index *index_free(Index *i);
DEFINE_CLEANUP(Index *, index_free);

/* Adds an entry by its id in the sink. An unreadable entry is kept with its id alone. */
int index_add(Index *i, const char *id, const char *text);
/* Adds an entry, or replaces the one with this id. */
int index_put(Index *i, const char *id, const char *text);
void index_remove(Index *i, const char *id);
bool index_has(const Index *i, const char *id);

/* FN, N and every NICKNAME of a card in one text from normal_name. New. NULL: out of memory. */
char *index_names(const Card *c);

/* Whether the caller rules this entry out. */
typedef bool (*IndexExcluded)(void *userdata, const char *id);

/* Finds the entry that the card belongs to (INDEX_UID, INDEX_EMAIL, INDEX_PHONE), or that it only
 * resembles. *ret_id and *ret_name (the entry's name) are borrowed until the index changes, and
 * NULL with INDEX_NOBODY. -errno. */
int index_find(const Index *i, IndexMatch *ret, const char **ret_id, const char **ret_name,
               const Card *c, IndexExcluded excluded, void *userdata);
