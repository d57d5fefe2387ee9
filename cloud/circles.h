/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * circles.h - two conversations that hear each other: where radio strength cuts between them
 *
 * People who exchange stand face to face; the next circle is a few metres or a wall away, and between the
 * two all strengths drop. For a handful of people the best cut is sought under a small model: strengths
 * within a circle scatter around one level, those across around a lower one, each phone sends and receives
 * somewhat better or worse than another. A cut is made where it explains the strengths clearly better than
 * one circle does, and where those within are as strong as face to face. A queue or a hall is explained best
 * by circles that are not: it stays whole.
 */
#pragma once

#include "../src/similarity.h"

enum { CIRCLES_MEMBERS_MAX = 26 }; /* more than this is a crowd: never cut */

/* Strengths between n people in dBm, both ways averaged; strength[i * n + j] = strength[j * n + i]. */
#define CIRCLES_UNKNOWN 127.0F

/* Writes the number of each one's circle, from 0, and returns how many there are. */
size_t circles_cut(const MatchingSettings *m, const float *strength, size_t n, uint8_t *ret_circle);
