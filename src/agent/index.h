/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index.h - who is in an address book: what each entry can be known by
 *
 * How the same person is found stands in one place, index_find, and in one table, huddle-agent(1).
 */
#pragma once

#include "src/card/card.h"

typedef struct Index Index;

/* Why an entry is the person of a card. */
typedef enum IndexMatch {
        INDEX_NOBODY,
        INDEX_UID,
        INDEX_EMAIL,
        INDEX_PHONE,
        /* an entry has the UID, e-mail or number that the card claims, under another name */
        INDEX_OTHER_NAME,
        INDEX_NAME_ALONE, /* an entry has the same name and nothing else in common */
} IndexMatch;

int index_new(Index **ret);
Index *index_free(Index *i);
DEFINE_CLEANUP(Index *, index_free);

/* A new entry by the id that its sink knows it by, from its text. What cannot be read is kept with
 * the id alone. */
int index_add(Index *i, const char *id, const char *text);
/* The same, in place of an older one of that id. */
int index_put(Index *i, const char *id, const char *text);
void index_remove(Index *i, const char *id);
bool index_has(const Index *i, const char *id);

/* FN, N and every NICKNAME of a card together, as normal_name has them. New. NULL: out of
 * memory. */
char *index_names(const Card *c);

/* Told by the caller which entries are out of question. */
typedef bool (*IndexExcluded)(void *userdata, const char *id);

/* The entry that the card belongs to (INDEX_UID, INDEX_EMAIL, INDEX_PHONE), or that it only
 * resembles; *ret_id and *ret_name (what the entry is called) are borrowed until the index changes;
 * NULL with INDEX_NOBODY. -errno. */
int index_find(const Index *i, IndexMatch *ret, const char **ret_id, const char **ret_name,
               const Card *c, IndexExcluded excluded, void *userdata);
