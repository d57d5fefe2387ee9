/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presses.h - what the moment of a press says: people of one meeting press within seconds of its
 * first */
#pragma once

#include "src/base/util.h"

/* Log odds that a press belongs to a meeting whose first press was after_ms earlier, against a
 * press at a random moment. */
double press_follows(uint64_t after_ms);
/* The same of one that lingers, the least of all: so a moment that cannot be true counts. */
double press_strays(void);
/* The same for somebody beside n people of a meeting, against a stranger who presses at any moment
 * of half a minute. after_ms: since the first press of theirs. If it is negative the press would
 * have been the first itself, and all of theirs must have followed it. */
double press_joins(int64_t after_ms, size_t n);
