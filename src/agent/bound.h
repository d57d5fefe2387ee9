/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bound.h - cuts a stranger's card to what an address book should take from anybody
 *
 * We limit the number and length of values. We leave out properties that say nothing about a person
 * but act on the user's programs: they put entries into the user's own groups, turn an entry into a
 * list of people, address one program behind the user's back, or make it fetch something from an
 * address that the stranger chose.
 *
 * A picture must stay small when it is decoded (picture.h). A link must not run a script or open a
 * file of the user's.
 */
#pragma once

#include "src/card/card.h"

enum {
        BOUND_NAME_MAX = 256,  /* bytes of FN; a longer name is cut */
        BOUND_TEXT_MAX = 1024, /* bytes of any other value; a longer one is left out */
        BOUND_NOTE_MAX = 4096,
        BOUND_LINES_MAX = 80,
        BOUND_READ_MAX = 32 * 1024 * 1024, /* bytes; a larger card is refused */
};

/* How many values were dropped or cut. */
typedef struct BoundLoss {
        unsigned values;   /* all */
        unsigned pictures; /* of them: too large when decoded, or unreadable */
        unsigned links;    /* of them: would run or open something on the user's computer */
} BoundLoss;

/* Parses and bounds a card. Also reads cards too large for card_parse, by dropping surplus values
 * first. *ret is new. -errno, CARD_E_…. */
int card_read_bounded(Card **ret, BoundLoss *ret_loss, const char *vcard);
/* *ret is new. -errno, CARD_E_…. */
int card_bound(Card **ret, BoundLoss *ret_loss, const Card *c);
