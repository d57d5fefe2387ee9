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

/* as many as a roster holds; further ones are ignored */
enum { CANDIDATES_MAX = 1000 };

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
        /* n: how many sightings each reported; SERIAL_HEARD_MAX: its list is full */
        const uint32_t *n_heard;
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

/* Fills ret[n]. 0 or -ENOMEM. */
int candidates_cluster(const Candidates *c, CandidatePlace *ret);
