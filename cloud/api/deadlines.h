/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deadlines.h - what comes due by itself: the phases of groups end, and what has expired is deleted
 */
#pragma once

#include "node.h"

typedef struct Deadlines Deadlines;

/* Borrows the node, which outlives it. What became due while the cloud was down is seen to at once.
 */
int deadlines_new(Deadlines **ret, Node *node);
Deadlines *deadlines_free(Deadlines *d);
DEFINE_CLEANUP(Deadlines *, deadlines_free);

/* In a batch: does what is due. */
void deadlines_take_turn(Deadlines *d);
/* Before its commit: asks the store what is due next. */
void deadlines_look(Deadlines *d);
/* After a batch: sets the timer for it. What a failed batch did is due again. */
void deadlines_set(Deadlines *d, bool failed);
