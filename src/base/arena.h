/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena.h - memory that is only added to and freed as a whole, with an upper bound
 *
 * A few bytes on the wire can ask protobuf-c for many in memory (an empty sub-message is two
 * bytes there and dozens here): the bound makes a stranger's message cost at most so much.
 */
#pragma once

#include "util.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
        ArenaBlock *blocks; /* the newest first */
        size_t used;        /* of the newest */
        size_t left;        /* bytes that may still be given out */
        bool out_of_memory; /* a request within the bound failed */
} Arena;

static inline Arena arena_bounded(size_t max)
{
        return (Arena){.left = max};
}
void arena_done(Arena *a);
/* Aligned for any type; not initialised. NULL: no memory, or the bound is reached. */
void *arena_take(Arena *a, size_t size);
