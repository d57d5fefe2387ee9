/* SPDX-License-Identifier: GPL-2.0-or-later */
/* crowd.h - groups that are dear to close: a thousand people in the shapes that give each pass of
 * the clustering the most to do */
#pragma once

#include "cloud/store/store.h"

typedef enum CrowdKind {
        CROWD_RING,    /* everybody hears 64 others, who hear them */
        CROWD_CLAIMS,  /* everybody claims to have heard 64, who did not hear them */
        CROWD_SILENT,  /* nobody hears anybody; all fixes agree */
        CROWD_PAIRS,   /* half in pairs; half silent, with fixes that tell little */
        CROWD_CIRCLES, /* 26 in each circle, in two halves of which the strengths speak */
        CROWD_SLIPS,   /* half in a ring; half of them one digit off, heard by three of it */
        CROWD_APART,   /* one group, and nobody belongs together */
        CROWD_GROUPS,  /* each in its own group, with its own fix around one place */
        CROWD_KINDS,
} CrowdKind;

extern const char *const crowd_names[CROWD_KINDS];

Id crowd_id(size_t i);
/* Puts n people into the store, the same every time. Returns the row of the group that is due. */
int64_t crowd_add(Store *s, CrowdKind kind, size_t n, uint64_t now_ms);

enum { CROWD_MAX = 1000 };

/* Where each of n ended: the first of those with whom it is, and in which phase. */
typedef struct CrowdEnded {
        uint32_t first[CROWD_MAX];
        GroupPhase phase[CROWD_MAX];
} CrowdEnded;

void crowd_read_ended(Store *s, uint32_t n, CrowdEnded *ret);
bool crowd_gathers(Store *s, int64_t group); /* it is there, and not yet closed */
