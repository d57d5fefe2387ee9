/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * matcher.h - which group a serial belongs to (docs/matching.md; patent 0090-0092)
 *
 * The cloud decides twice. When a serial arrives, it is compared with the groups that gather around
 * it. When a group's window ends, all members that gather around it are clustered once more, with
 * all evidence. The matcher reads the store and changes nothing.
 */
#pragma once

#include "similarity.h"
#include "cloud/store/store.h"

typedef enum MatchVerdict { MATCH_OPEN, MATCH_JOIN, MATCH_AMBIGUOUS, MATCH_REFUSED } MatchVerdict;

typedef struct MatchDecision {
        MatchVerdict verdict;
        int64_t group;     /* MATCH_JOIN: this one */
        Similarity like;   /* to the best group, whatever the verdict */
        Similarity second; /* to the second best group */
} MatchDecision;

/* The newcomer is not in the store yet. A press older than window_ms does not open a group. */
int matcher_decide(const MatchingSettings *m, Store *s, const MemberRow *newcomer,
                   const Sighting *heard, size_t n, uint64_t window_ms, uint64_t now_ms,
                   MatchDecision *ret);

/* Members that the last clustering puts together. */
typedef struct MatchCluster {
        /* their group, that of the earliest press; 0: a new one, which … */
        int64_t group;
        int64_t opener;     /* … this member opened (a row) */
        uint64_t opened_ms; /* its press */
        bool refused;       /* it joins nobody, and is told so at once */
        size_t first, n;    /* their range in the plan's members */
} MatchCluster;

typedef struct MatchPlan {
        /* the closing cluster is last, when the others have made room in it */
        MatchCluster *clusters;
        size_t n_clusters;
        MemberRow *members; /* of all clusters, with their present group */
        size_t n_members;
} MatchPlan;

MatchPlan *match_plan_free(MatchPlan *p);
DEFINE_CLEANUP(MatchPlan *, match_plan_free);

/* Decides where the members around a gathering group belong, when it closes. At an early close
 * (before window_ms) missing radio evidence of the newest members does not count against them. Each
 * member of the groups concerned is in exactly one cluster; a group that no cluster names becomes
 * empty. Other groups gather on. */
int matcher_final(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, MatchPlan **ret);
