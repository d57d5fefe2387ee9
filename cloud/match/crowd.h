/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * crowd.h - the last clustering: who of the people around a closing group belongs together
 * (docs/matching.md)
 *
 * Pure: it sees presses and who heard whom, and changes nothing. The order of the people does
 * not matter.
 */
#pragma once

#include "similarity.h"

/* as many as a roster holds; more than that are not looked at together */
enum { CROWD_MAX = 1000 };

enum { HEARD_NOT = 0, HEARD_SOMEHOW = 1 }; /* other values: dBm, always negative */

typedef struct Crowd {
        const MatchingSettings *settings;
        uint64_t window_ms;
        uint64_t now_ms;
        /* the close was asked for: who has just pressed has had no time to be heard */
        bool early;
        size_t n;            /* at most CROWD_MAX */
        const Press *press;  /* n */
        const int8_t *heard; /* heard[i * n + j]: how i heard j */
        /* n: how many each told of, in the crowd or not; SERIAL_HEARD_MAX: no room for more */
        const uint32_t *n_heard;
} Crowd;

enum { CROWD_NONE = UINT32_MAX };

typedef struct CrowdPlace {
        uint32_t cluster; /* those who belong together have the same number, that of their first */
        /* those linked by radio have the same number; CROWD_NONE: linked to nobody */
        uint32_t radio;
        /* belongs to nobody, for it keeps silent, or contradicts, right beside these (a radio
         * number), or fits several; CROWD_NONE: not so */
        uint32_t shadow;
} CrowdPlace;

/* Fills ret[n]. 0 or -ENOMEM. */
int crowd_cluster(const Crowd *c, CrowdPlace *ret);
