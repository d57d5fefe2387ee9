/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-types.h - what the types of a value say: home, work, or what kind it is */
#pragma once

#include "card-model.h"

/* Whether a value is private or of work, as far as its types and its label of Apple's tell. A type
 * that is not known may mean anything ("Domicile", "HOME_", a word of the user's), so a value that
 * has one, and does not say that it is of work, counts as private. */
bool card_is_private(const Card *c, const CardProperty *p);
bool card_is_of_work(const Card *c, const CardProperty *p);
