/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * candidates.h - the last clustering: which of the people around a closing group belong together
 * (docs/matching.md)
 *
 * Pure: it sees presses and sightings, and changes nothing. The order of the people does not
 * matter.
 */
#pragma once

#include "similarity.h"

/* Further ones are ignored: as many as a roster holds, and of those who hear one of these and are
 * heard by it, some more. */
enum { CANDIDATES_USUAL = 1000, CANDIDATES_MAX = CANDIDATES_USUAL + 64 };

enum { HEARD_NOT = 0, HEARD_SOMEHOW = 1 }; /* other values: dBm, always negative */

typedef struct Candidates {
        const MatchingSettings *settings;
        uint64_t window_ms;
        uint64_t now_ms;
        /* the close was requested early: the newest members had no time to be heard */
        bool early;
        size_t n;            /* at most CANDIDATES_MAX */
        const Press *press;  /* n */
        const int8_t *heard; /* heard[i * n + j]: how i heard j */
        const bool *sounds;  /* n: it heard one of these, or was heard by one */
} Candidates;

enum { CANDIDATE_NONE = UINT32_MAX };

typedef struct CandidatePlace {
        uint32_t cluster; /* the number of the first member of its cluster */
        /* the number of its component of links; CANDIDATE_NONE: unlinked */
        uint32_t radio;
        /* the component (a radio number) beside which it is silent, or which it contradicts, so
         * that it joins nobody; CANDIDATE_NONE: none */
        uint32_t rejected_by;
} CandidatePlace;

/* The clustering goes in steps, each a look at the pairs of one person at most, so that a thousand
 * people can be clustered between other things. */
typedef struct Clustering Clustering;

/* Borrows c and at[n], which it fills in. */
int clustering_new(Clustering **ret, const Candidates *c, CandidatePlace *at);
Clustering *clustering_free(Clustering *w);
DEFINE_CLEANUP(Clustering *, clustering_free);
/* 1: there are more steps, 0: at[] is complete; or -ENOMEM. */
int clustering_step(Clustering *w);
/* The work done: looks at a pair, dear ones counted several times. */
uint64_t clustering_looks(const Clustering *w);

/* All steps at once. Fills ret[n]. 0 or -ENOMEM. */
int candidates_cluster(const Candidates *c, CandidatePlace *ret);
