/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silent-people.h - admits the silent people beside the linked ones of one component
 *
 * They are compared with each circle of the component and judged together (silence.h). A person
 * that fits one circle alone becomes a member of it.
 */
#pragma once

#include "candidates.h"

typedef struct SilentPeople SilentPeople;

/* at: clusters and radio of the linked people are known; those of admitted ones are filled in.
 * several[i]: i is silent beside several components, and belongs to none. Borrows all of it. */
int silent_people_new(SilentPeople **ret, const Candidates *c, CandidatePlace *at,
                      const bool *several, uint32_t radio);
SilentPeople *silent_people_free(SilentPeople *p);
DEFINE_CLEANUP(SilentPeople *, silent_people_free);
/* A few times n comparisons. 1: there are more steps, 0: it is done; or -ENOMEM. */
int silent_people_step(SilentPeople *p);
/* The work done, as clustering_looks. */
uint64_t silent_people_looks(const SilentPeople *p);
