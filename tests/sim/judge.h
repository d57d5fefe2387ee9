/* SPDX-License-Identifier: GPL-2.0-or-later */
/* judge.h - what has come of a lie for one of those who were told it, and whether it may */
#pragma once

#include "lies.h"

typedef struct Seen {
        ExchangeState ended; /* LISTENING: not yet */
        ExchangeError error;
        size_t cards;       /* that it holds */
        size_t false_cards; /* of these: not what somebody at the same table gave */
        bool blames;        /* it shows a member as refused */
} Seen;

/* What a terminal has; without an exchange it blames nobody. */
Seen judge_look(const SimPress *p);
/* vcard: held by whom at stands for, as the card of owner (NULL: nobody known). */
bool judge_card_is_false(const SimPress *at, const SimPress *owner, const char *vcard);

bool judge_refused(const Seen *s);
/* Of a deceived one. others: who were at the table beside it. keys: of cards, that it has given
 * away. strict: the others are honestly served. */
bool judge_ends_well(const Seen *s, LieEnd end, size_t others, unsigned keys, bool strict);
