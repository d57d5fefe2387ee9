/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * meetings.h - several meetings in a crowd that is too large for subgroups.h
 *
 * In a hall strengths fall with every metre, so they alone would cut it anywhere. But they tell who
 * stands together: clusters of mean strength are a tree, from each person up to all. A branch of it
 * is a meeting of its own where its people pressed about a moment of their own, and are less loud
 * across, too. People who stand anywhere in one meeting press as all of it do.
 */
#pragma once

#include "similarity.h"

/* In steps of a few times n. */
typedef struct Meetings Meetings;
/* strength: n x n as for subgroups.h; overwritten. Borrows both arrays, and m. */
int meetings_new(Meetings **ret, const MatchingSettings *m, uint64_t window_ms, float *strength,
                 const uint64_t *press_ms, size_t n);
Meetings *meetings_free(Meetings *m);
DEFINE_CLEANUP(Meetings *, meetings_free);
/* true: there are more steps. */
bool meetings_step(Meetings *m);
/* The work done: comparisons of two numbers, about. */
uint64_t meetings_looks(const Meetings *m);
/* After the last step: the first person of the meeting of each. */
const uint32_t *meetings_result(const Meetings *m);
