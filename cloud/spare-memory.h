/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spare-memory.h - gives back to the system what a crowd has left
 *
 * The C library keeps what was freed as long as anything behind it is in use, so a cloud would
 * stay as large as it ever was.
 */
#pragma once

#include "src/base/util.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <systemd/sd-event.h>

enum { SPARE_MEMORY_MIN = 16 << 20 /* bytes; less is not worth the work */ };

typedef struct SpareMemory SpareMemory;

/* Gives back what the process holds and does not use, if it is at least SPARE_MEMORY_MIN more than
 * *least, the least that this was so far (0 at first: the program itself counts, too), which it
 * sets. Returns whether it did: that takes 0.1 s for a gigabyte. */
bool spare_memory_give_back(size_t *least);

/* Does it every so many ms, when the loop has nothing else to do. Negative errno where there is no
 * memory. */
int spare_memory_new(SpareMemory **ret, sd_event *event, uint64_t every_ms);
/* Returns NULL. NULL is fine. */
SpareMemory *spare_memory_free(SpareMemory *m);
DEFINE_CLEANUP(SpareMemory *, spare_memory_free);
