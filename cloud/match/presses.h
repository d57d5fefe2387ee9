/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presses.h - what the moment of a press says: people of one meeting press within seconds of its
 * first */
#pragma once

#include "src/base/util.h"

/* Negative log odds that these are the presses of one meeting, against presses at random moments.
 * The others follow the first, or, but for one with a wrong clock, the second. */
double presses_misfit(const uint64_t *press_ms, size_t n);
/* Log odds that somebody beside n people of a meeting belongs to it, against a stranger who presses
 * at any moment of half a minute. after_ms: since the first press of theirs. If it is negative the
 * press would have been the first itself, and all of theirs must have followed it. */
double press_joins(int64_t after_ms, size_t n);
