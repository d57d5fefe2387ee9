/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bound.h - a stranger's card cut to what an address book should take from anybody
 *
 * Nobody's card has a thousand numbers. And some properties are no statement about a person:
 * they put entries into the user's own groups, turn an entry into a list of others, speak to one
 * program behind the user's back, or make it fetch something from an address that the stranger
 * chose.
 */
#pragma once

#include "src/card/card.h"

enum {
        BOUND_NAME_MAX = 256,  /* bytes of FN; what is longer is cut */
        BOUND_TEXT_MAX = 1024, /* of any other value, else it is left out */
        BOUND_NOTE_MAX = 4096,
        BOUND_LINES_MAX = 80,
        BOUND_READ_MAX = 32 * 1024 * 1024, /* bytes of a card that is looked at */
};

/* Reads a card as card_parse does; one that is too large for that without the values that are too
 * long or too many. *ret is new. *ret_left_out counts the values that it lacks or that were cut.
 * -errno, CARD_E_…. */
int card_read_bounded(Card **ret, unsigned *ret_left_out, const char *vcard);
/* *ret is new. *ret_left_out counts the values that it lacks or that were cut. -errno, CARD_E_…. */
int card_bound(Card **ret, unsigned *ret_left_out, const Card *c);
