/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "arena.h"

enum {
        BLOCK_FIRST = 1024, /* most requests fit into it */
        BLOCK_MAX = 64 * 1024,
        ALIGN = _Alignof(max_align_t),
};

struct ArenaBlock {
        ArenaBlock *next;
        size_t size;
        _Alignas(max_align_t) uint8_t bytes[];
};

void arena_done(Arena *a)
{
        for (ArenaBlock *b = a->blocks, *next; b; b = next) {
                next = b->next;
                free(b);
        }
        a->blocks = NULL;
}

/* Blocks double, so a large message needs few. */
static int arena_add_block(Arena *a, size_t size)
{
        size_t wanted =
                a->blocks ? MIN(2 * a->blocks->size, (size_t)BLOCK_MAX) : (size_t)BLOCK_FIRST;
        ArenaBlock *b;

        wanted = MAX(wanted, size);
        b = malloc(sizeof *b + wanted);
        if (!b)
                return -ENOMEM;
        *b = (ArenaBlock){.next = a->blocks, .size = wanted};
        a->blocks = b;
        a->used = 0;
        return 0;
}

void *arena_take(Arena *a, size_t size)
{
        void *taken;

        if (size > a->left)
                return NULL;
        size = MIN((size + ALIGN - 1) & ~(size_t)(ALIGN - 1), a->left);
        if ((!a->blocks || size > a->blocks->size - a->used) && arena_add_block(a, size) < 0) {
                a->out_of_memory = true;
                return NULL;
        }
        taken = a->blocks->bytes + a->used;
        a->used += size;
        a->left -= size;
        return taken;
}
