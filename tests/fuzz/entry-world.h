/* SPDX-License-Identifier: GPL-2.0-or-later */
/* entry-world.h - a book of any entries, to which any cards come and from which they go again */
#pragma once

#include "src/card/card-dialect.h"

#include <stddef.h>
#include <stdint.h>

enum { WORLD_TEXTS = 2 };

typedef struct WorldTexts {
        const char *entries[WORLD_TEXTS], *cards[WORLD_TEXTS]; /* NULL: fewer */
        const uint8_t *moves; /* what is done: undo, redo, join, split, of all or one card */
        size_t n_moves;
} WorldTexts;

/* Each card comes at an exchange of its own. After the moves all are undone, and the book is what
 * it was, byte for byte. Aborts if not. */
void world_try(const WorldTexts *t, CardDialect dialect);
