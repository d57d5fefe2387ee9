/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presses.h - what the moment of a press says: people of one meeting press within seconds of its
 * first */
#pragma once

#include "similarity.h"

/* Negative log odds that these are the presses of one meeting, against presses at random moments of
 * the window. The others follow the first, or, but for one with a wrong clock, the second. */
double presses_misfit(const MatchingSettings *m, uint64_t window_ms, const uint64_t *press_ms,
                      size_t n);
/* Log odds that somebody beside n people of a meeting belongs to it, against a stranger who presses
 * at any moment of half a window. after_ms: since the first press of theirs. If it is negative the
 * press would have been the first itself, and all of theirs must have followed it. */
double press_joins(const MatchingSettings *m, uint64_t window_ms, int64_t after_ms, size_t n);
