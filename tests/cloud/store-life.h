/* SPDX-License-Identifier: GPL-2.0-or-later */
/* store-life.h - what a store may go through, by chance, and all that can be seen of it */
#pragma once

#include "cloud/store/store.h"

#include "tests/sim/chance.h"

typedef struct Life {
        Chance chance;
        int64_t last_group, last_member; /* upper bounds of ids that were given */
} Life;

/* One operation on what there may be; what it answers is the store's business, but never an error.
 */
void life_step(Life *l, Store *s);
/* The same, of a store that may fail: returns what it answers. */
int life_try(Life *l, Store *s);

/* All that the store tells of groups, members and what belongs to them, as text; owned by the
 * caller. */
char *life_describe(const Life *l, Store *s);
