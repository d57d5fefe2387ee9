/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * merge.h - what a card adds to an entry of an address book, and how that is taken back
 *
 * Nothing of an entry is ever changed or dropped: lines are added before its end, a piece is
 * added behind its note and its list of categories. What was added is kept (Piece), so that it
 * can be taken away again while everything else, whoever wrote it since, stays as it is. The
 * table of it all is in huddle-agent(1).
 */
#pragma once

#include "src/card/card.h"

/* One thing that an entry has: a property, or a piece of its note or categories. */
typedef struct Piece {
        char *name;   /* of the property, in capitals */
        char *text;   /* its value without escapes; of a long one a hash */
        char *key;    /* the same of values that mean the same */
        bool within;  /* a part of the property's value */
        bool present; /* it stood there before */
} Piece;

typedef struct Pieces {
        Piece *list;
        size_t n;
} Pieces;

void pieces_done(Pieces *p);
/* Copies the texts. */
int pieces_add(Pieces *p, const char *name, const char *text, const char *key, bool within,
               bool present);

/* When and with whom. */
typedef struct Occasion {
        uint64_t time_s;   /* since 1970 */
        unsigned people;   /* with oneself */
        const char *place; /* empty or NULL where it is not known */
        const char *level; /* unchecked, proven, compared */
} Occasion;

enum {
        _MERGE_E_SUCCESS,
        MERGE_E_FORMAT, /* an entry in vCard 2.1 or no vCard at all: not to be touched */
};

/* The text of a new entry (vCard 3.0) and the pieces of its note and categories. All is new, owned
 * by the caller. */
int merge_create(char **ret_text, Pieces *ret, const Card *c, const char *uid, const Occasion *o);

/* The text of an entry with what it lacks of the card. *ret_text is NULL where there is nothing to
 * add. *ret lists also what stood there already (present). */
int merge_add(char **ret_text, Pieces *ret, const char *text, const Card *c, const Occasion *o);

/* Everything that an entry has, beside its note and categories. */
int merge_list(Pieces *ret, const char *text);

/* The text of an entry without these pieces; those that were present before, and those that are not
 * there any more, or were changed, are passed over. Name and UID stay. *ret_rest, where not NULL:
 * something is left that is not in ours. */
int merge_remove(char **ret_text, bool *ret_rest, const char *text, const Pieces *pieces,
                 const Pieces *ours);
