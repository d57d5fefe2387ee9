/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * merge.h - adds a card to an entry of an address book, and takes it back
 *
 * We never change or drop anything of an entry. We add lines before its end, and an element behind
 * its note and its categories. We record what we added (Piece), so that we can remove it again and
 * leave everything else as it is by then. huddle-agent(1) has the table.
 */
#pragma once

#include "src/base/array.h"
#include "src/card/card-dialect.h"

/* One thing in an entry: a property, or an element of its note or categories. */
typedef struct Piece {
        char *name;   /* of the property, in capitals */
        char *text;   /* its value without escapes; a hash if it is long */
        char *key;    /* equal for values that mean the same */
        char *head;   /* of a line: what stands before the value; else empty */
        char *group;  /* of a line: its group, or empty */
        bool within;  /* an element of the value, not a line */
        bool present; /* it was there before */
} Piece;

typedef ARRAY(Piece) Pieces;

void pieces_done(Pieces *p);
/* Copies the texts. head and group may be NULL. */
int pieces_add(Pieces *p, const Piece *piece);
/* Adds an element of a note or of categories. Elements are equal if their texts are. */
int pieces_add_element(Pieces *p, const char *name, const char *text, bool present);

/* Whether an entry tells of the exchange, in its note and by a category. */
typedef enum NoteStyle { NOTES_ON, NOTES_NO_PLACE, NOTES_OFF, NOTE_STYLES } NoteStyle;

/* When the exchange was, how many people took part, and who will read it. */
typedef struct Occasion {
        uint64_t time_s;   /* Unix time */
        unsigned people;   /* including the user */
        const char *place; /* may be empty or NULL */
        const char *level; /* unchecked, proven, compared */
        CardDialect dialect;
        NoteStyle notes;
} Occasion;

enum {
        _MERGE_E_SUCCESS,
        MERGE_E_FORMAT, /* a vCard 2.1 or no vCard; we do not touch such entries */
};

/* Makes a new entry (vCard 3.0), and lists the elements of its note and categories. */
int merge_create(char **ret_text, Pieces *ret, const Card *c, const char *uid, const Occasion *o);

/* Adds to an entry what it lacks of the card. ours: what we added to it before. *ret_text is NULL
 * if it lacks nothing. *ret also lists what was there before (present). */
int merge_add(char **ret_text, Pieces *ret, const char *text, const Card *c, const Occasion *o,
              const Pieces *ours);

/* Lists what an entry has, except its note and categories. */
int merge_list(Pieces *ret, const char *text);

/* Removes these pieces from an entry, except those that were present before, or have gone or
 * changed since. FN, N and UID stay. ours: all that we added to it. *ret_rest (may be NULL): the
 * entry holds something that is not ours. */
int merge_remove(char **ret_text, bool *ret_rest, const char *text, const Pieces *pieces,
                 const Pieces *ours);
