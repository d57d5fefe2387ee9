/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * arena.h - memory that only grows and is freed as a whole, within a bound
 *
 * A few bytes on the wire can make protobuf-c allocate many (an empty sub-message takes two bytes
 * there and dozens in memory). The bound limits what a stranger's message can cost.
 */
#pragma once

#include "util.h"

typedef struct ArenaBlock ArenaBlock;

typedef struct Arena {
        ArenaBlock *blocks; /* newest first */
        size_t used;        /* bytes of the newest block */
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
