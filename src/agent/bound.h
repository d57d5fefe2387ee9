/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bound.h - cuts a stranger's card to what an address book should take from anybody
 *
 * We limit the number and length of values. We leave out properties that say nothing about a person
 * but act on the user's programs: they put entries into the user's own groups, turn an entry into a
 * list of people, address one program behind the user's back, or make it fetch something from an
 * address that the stranger chose.
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

/* Parses and bounds a card. Also reads cards too large for card_parse, by dropping surplus values
 * first. *ret is new. *ret_left_out counts values dropped or cut. -errno, CARD_E_…. */
int card_read_bounded(Card **ret, unsigned *ret_left_out, const char *vcard);
/* *ret is new. *ret_left_out counts values dropped or cut. -errno, CARD_E_…. */
int card_bound(Card **ret, unsigned *ret_left_out, const Card *c);
