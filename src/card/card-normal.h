/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-normal.h - converts values of all versions to the form that a Card keeps (card-model.h) */
#pragma once

#include "card-model.h"

typedef struct CardRaw {
        /* UTF-8 and a NUL at its end, or decoded base64; may hold NULs */
        char *value;
        size_t len;
        bool binary;
        unsigned version; /* 21, 30 or 40 */
        size_t max;       /* bound of the value; 0: CARD_VALUE_MAX */
} CardRaw;

/* TYPE=PREF becomes PREF=1, TYPE=INTERNET of EMAIL goes, types get small letters, and VALUE stays
 * only where the property does not imply it. */
int card_normal_params(CardProperty *p);

/* The URI without blanks, unsafe characters, and backslashes before colons and commas. New. NULL:
 * out of memory. */
char *card_uri(const CardRaw *raw);

/* Sets value and text of a property that has name and parameters. Leaves p->value NULL where there
 * is nothing to keep (see card.h). CARD_E_TOO_LARGE past raw->max. */
int card_normal_value(CardProperty *p, const CardRaw *raw);
