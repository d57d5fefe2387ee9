/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * matcher.h - which group a serial belongs to (docs/matching.md; patent 0090-0092)
 *
 * Twice: when a serial arrives it is held against the groups that gather around it, with what is
 * known then; and when a group's window ends all who gather around it are clustered once more,
 * with all evidence. The matcher reads the store and changes nothing.
 */
#pragma once

#include "similarity.h"
#include "cloud/store/store.h"

typedef enum MatchVerdict { MATCH_OPEN, MATCH_JOIN, MATCH_AMBIGUOUS, MATCH_REFUSED } MatchVerdict;

typedef struct MatchDecision {
        MatchVerdict verdict;
        int64_t group;     /* MATCH_JOIN: this one */
        Similarity like;   /* with the best group, whatever the verdict: why it is so */
        Similarity second; /* with the next best */
} MatchDecision;

/* newcomer is not in the store yet; window_ms is how long a press may be ago that opens a group. */
int matcher_decide(const MatchingSettings *m, Store *s, const MemberRow *newcomer,
                   const Sighting *heard, size_t n, uint64_t window_ms, uint64_t now_ms,
                   MatchDecision *ret);

/* People who belong together after all. */
typedef struct MatchCluster {
        /* the group they belong in: that of the earliest press; 0 = a new one, which … */
        int64_t group;
        int64_t opener;     /* … this member opened (a row) */
        uint64_t opened_ms; /* its press */
        bool refused;       /* nobody's: to be told at once that it is alone */
        size_t first, n;    /* where in the plan's members these are */
} MatchCluster;

typedef struct MatchPlan {
        /* the one that closes last, when those who leave it have made room */
        MatchCluster *clusters;
        size_t n_clusters;
        MemberRow *members; /* of all clusters; each with the group it is in now */
        size_t n_members;
} MatchPlan;

MatchPlan *match_plan_free(MatchPlan *p);
DEFINE_CLEANUP(MatchPlan *, match_plan_free);

/* Where everybody around a gathering group belongs, at the end of its window, or earlier if that
 * was asked for: then those who have just pressed are not judged by what they have not yet heard.
 * window_ms is the least that a group is open when nobody asks. Every member of the groups
 * concerned is in exactly one cluster; a group that no cluster names is empty afterwards. Groups
 * whose window has not ended go on gathering. */
int matcher_final(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, MatchPlan **ret);
