/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-normal.h - from what the three versions write to the one form that a Card keeps
 * (card-model.h) */
#pragma once

#include "card-model.h"

typedef struct CardRaw {
        /* bytes of the value in UTF-8, and a NUL, or the binary that base64 gave; may hold NULs */
        char *value;
        size_t len;
        bool binary;
        unsigned version; /* 21, 30 or 40 */
        size_t max;       /* of the value; 0: CARD_VALUE_MAX */
} CardRaw;

/* TYPE=PREF becomes PREF=1, EMAIL's TYPE=INTERNET goes, types are in small letters, VALUE stays
 * only where the property does not imply it. */
int card_normal_params(CardProperty *p);

/* A URI without blanks and control characters; the backslashes that some exporters put before
 * colons and commas go. New. NULL: out of memory. */
char *card_uri(const CardRaw *raw);

/* Sets value and text of a property whose name and parameters are there. Leaves p->value NULL where
 * nothing worth keeping is in it (see card.h). CARD_E_TOO_LARGE past raw->max. */
int card_normal_value(CardProperty *p, const CardRaw *raw);

/* What 2.1 and 3.0 say in properties and 4.0 in parameters: LABEL goes to its ADR, SORT-STRING to
 * N. *ret_lost: how many SORT-STRINGs had nowhere to go. */
int card_normal_merge(Card *c, unsigned *ret_lost);
