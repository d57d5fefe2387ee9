/* SPDX-License-Identifier: GPL-2.0-or-later */
/* same.h - which values of two cards are the same, also where no key can tell: phone numbers */
#pragma once

#include "merge.h"
#include "src/phone/phone.h"

/* The pieces of one card or entry. */
typedef struct Same {
        const Pieces *pieces; /* borrowed */
        const char **numbers;
        PhoneSet phones;
} Same;

int same_begin(Same *ret, const Pieces *pieces);
void same_done(Same *s);

/* The first of the pieces that means the same as p, a piece of another card or entry; NULL: none.
 */
const Piece *same_find(Same *s, const Piece *p, Same *of_p);
/* Whether two pieces of one card mean the same. */
bool same_within(Same *s, const Piece *a, const Piece *b);
