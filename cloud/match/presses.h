/* SPDX-License-Identifier: GPL-2.0-or-later */
/* presses.h - what the moment of a press says: people of one meeting press within seconds of its
 * first */
#pragma once

#include "similarity.h"

/* Negative log odds that these are the presses of one meeting, against presses at random moments of
 * the window. The others follow the first, or, but for one with a wrong clock, the second. */
double presses_misfit(const MatchingSettings *m, uint64_t window_ms, const uint64_t *press_ms,
                      size_t n);
/* The moments of people who belong to one meeting. */
typedef struct PressMoments {
        const uint64_t *press_ms;
        size_t n;
        uint64_t window_ms;
        size_t first;
        double latecomers; /* share of them */
} PressMoments;

/* n > 0; press_ms is borrowed. The share of latecomers is that among these people, of whom the
 * usual share is one more: where many took their time, a late moment says little. */
PressMoments press_moments(const MatchingSettings *m, uint64_t window_ms, const uint64_t *press_ms,
                           size_t n);
/* Log odds that somebody beside them belongs to their meeting, against a stranger who presses at
 * any moment of half a window. A press before theirs would have been the first, and all of them
 * must have followed. */
double press_joins(const MatchingSettings *m, const PressMoments *p, uint64_t press_ms);
