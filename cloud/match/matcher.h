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

typedef enum MatchVerdict {
        MATCH_OPEN,
        MATCH_JOIN,
        MATCH_AMBIGUOUS,
        MATCH_REFUSED,
        MATCH_NO_GUESTS, /* a guest belongs to a group that takes none */
} MatchVerdict;

typedef struct MatchDecision {
        MatchVerdict verdict;
        int64_t group;     /* MATCH_JOIN: this one */
        Similarity like;   /* to the best group, whatever the verdict */
        Similarity second; /* to the second best group */
} MatchDecision;

/* A newcomer joins only a group that it is linked to (links.h); else it opens one of its own. So a
 * stranger is never the opener of people it is not with. The newcomer is not in the store yet. A
 * press older than window_ms does not open a group. Groups that cannot be one with it because of
 * guests (mixing.h) do not count. */
int matcher_decide(const MatchingSettings *m, Store *s, const MemberRow *newcomer,
                   const Sighting *heard, size_t n, uint64_t window_ms, uint64_t now_ms,
                   MatchDecision *ret);

/* The earliest other gathering group that is alike and linked to this gathering member; id 0: there
 * is none. */
int matcher_linked(const MatchingSettings *m, Store *s, const MemberRow *of, uint64_t window_ms,
                   uint64_t now_ms, GroupRow *ret);

enum {
        /* a terminal that listened so long has heard its neighbours, and was heard. Source: the
         * first packet takes 3 s on average, so that 14 % come later, and people wait */
        MATCHER_LISTENED_MS = 6000,
        MATCH_OTHERS_MAX = 8,
};

/* Other gathering groups that are alike but not linked, the earliest first. */
typedef struct MatchOthers {
        uint64_t opened_until_ms;
        GroupRow list[MATCH_OTHERS_MAX];
        size_t n;
} MatchOthers;

/* Empty until the openers of both have listened; closes: or whatever they have heard. */
int matcher_others(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                   uint64_t now_ms, bool closes, MatchOthers *ret);

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

/* A group is careful unless the codes of all its members have secret words: then only linked
 * members close together, and nobody is refused, for people may let them in. Otherwise the clusters
 * close as they are, with one bound: a group without a link to ours is taken along only when it is
 * due, or when it is a single member and ours has two that are linked. Where ours has no such two,
 * it does not close, but moves to the group it would have taken along.
 *
 * Decides where the members around a gathering group belong, when it closes. At an early close
 * (before window_ms) missing radio evidence of the newest members does not count against them. Each
 * member of the groups concerned is in exactly one cluster; a group that no cluster names becomes
 * empty. Other groups gather on.
 *
 * A job of many steps, each a millisecond at most, for a thousand members cost a second. It changes
 * nothing; what others change between its steps counts if it was not read yet. */
typedef struct MatchJob MatchJob;
/* Borrows m and s. */
int match_job_new(MatchJob **ret, const MatchingSettings *m, Store *s, const GroupRow *g,
                  uint64_t window_ms, uint64_t now_ms);
MatchJob *match_job_free(MatchJob *j);
DEFINE_CLEANUP(MatchJob *, match_job_free);
/* 1: there are more steps, 0: the plan is made; or negative errno. */
int match_job_step(MatchJob *j);
/* The work done beside that of the store: looks at a pair of members. */
uint64_t match_job_looks(const MatchJob *j);
/* After the last step. */
MatchPlan *match_job_take_plan(MatchJob *j);

/* All steps at once. */
int matcher_final(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, MatchPlan **ret);
