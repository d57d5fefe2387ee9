/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * matcher.h - which group a serial belongs to (docs/matching.md; patent 0090-0092)
 *
 * composite = weight_route * s_route + weight_place * s_place + weight_time * s_time, each similarity in [0,
 * 1]. The matcher reads the store and changes nothing.
 */
#pragma once

#include "store.h"

typedef struct MatchingSettings {
        double weight_route, weight_place, weight_time;
        double threshold;
        double slip;          /* route similarity of a slip in one digit */
        double place_limit_m; /* distance, beyond both accuracies, at which two fixes are not alike at all */
        double ambiguity;     /* composites of two groups closer than this are about equal */
} MatchingSettings;

/* 0, or -EINVAL and the reason: what a configuration must satisfy. */
int matching_check(const MatchingSettings *m, char *ret_reason, size_t n);

typedef enum MatchVerdict { MATCH_OPEN, MATCH_JOIN, MATCH_AMBIGUOUS, MATCH_REFUSED } MatchVerdict;

typedef struct MatchDecision {
        MatchVerdict verdict;
        int64_t group; /* MATCH_JOIN: this one */
        double composite;
} MatchDecision;

/* newcomer is not in the store yet; window_ms is how long a press may be ago that opens a group. */
int matcher_decide(const MatchingSettings *m, Store *s, const MemberRow *newcomer, const Sighting *heard,
                   size_t n, uint64_t window_ms, uint64_t now_ms, MatchDecision *ret);
