/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-whole.h - what is made of a card's properties when all of them are read */
#pragma once

#include "card-model.h"

/* Of ANNIVERSARY and BDAY, of which a card has one (RFC 6350 section 6.2), leaves the first. Tells
 * how->lost what said something else. */
void card_leave_single(Card *c, const CardReading *how);

/* Turns properties of 2.1 and 3.0 into parameters as in 4.0: LABEL of its ADR, SORT-STRING of N.
 * Apple's anniversary (a date with a label) becomes ANNIVERSARY. Then as
 * card_leave_single. Tells how->lost what is left out. */
int card_whole(Card *c, const CardReading *how);
