/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rounds.h - members that hear each other over any number of others
 *
 * Anybody can claim to have heard a token, but nobody can make others hear one from afar. So two
 * people are together where each is heard, from one to the next, by the other: in a hall, where a
 * list has room for few, hardly two name each other, but news of each goes round to all.
 */
#pragma once

#include "src/base/util.h"

typedef bool (*RoundsFunc)(const void *userdata, size_t i, size_t j); /* i heard j */

enum { ROUNDS_NONE = UINT32_MAX };

typedef struct Rounds Rounds;
/* Writes for each of n the number of its round, from 0; ROUNDS_NONE: it is in none. Borrows
 * number. */
int rounds_new(Rounds **ret, size_t n, RoundsFunc hears, const void *userdata, uint32_t *number);
Rounds *rounds_free(Rounds *r);
DEFINE_CLEANUP(Rounds *, rounds_free);
/* Asks n times at most. true: there are more steps. */
bool rounds_step(Rounds *r);
/* After the last step: how many there are. */
uint32_t rounds_count(const Rounds *r);
