/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * circles.h - two conversations that hear each other: where radio strength and moment cut
 * between them
 *
 * People who exchange stand face to face; the next circle is a few metres or a wall away, and
 * between the two all strengths drop. And they press one upon the other; the next circle begins
 * when it likes. For a handful of people the best cut is sought under a small model: strengths
 * within a circle scatter around one level, those across around a lower one, each phone sends
 * and receives somewhat better or worse than another; each circle has a first press, which the
 * others follow within seconds. A cut is made where it explains strengths and moments clearly
 * better than one circle does, and where those within are as strong as face to face. A queue or
 * a hall is explained best by circles that are not: it stays whole.
 */
#pragma once

#include "similarity.h"

enum { CIRCLES_MEMBERS_MAX = 26 }; /* more than this is a crowd: never cut */

/* Strengths between n people in dBm, both ways averaged; strength[i * n + j] = strength[j * n +
 * i]. */
#define CIRCLES_UNKNOWN 127.0F

/* Writes the number of each one's circle, from 0, and returns how many there are. press_ms: when
 * each one pressed. */
size_t circles_cut(const MatchingSettings *m, const float *strength, const uint64_t *press_ms,
                   size_t n, uint8_t *ret_circle);
