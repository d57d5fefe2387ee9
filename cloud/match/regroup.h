/* SPDX-License-Identifier: GPL-2.0-or-later */
/* regroup.h - applies the plan of matcher_final to the store */
#pragma once

#include "matcher.h"

/* A group was changed and saved, or deleted (n_members 0), so its watchers want to know. */
typedef int (*RegroupFunc)(const GroupRow *g, void *userdata);

/* Moves everybody around a gathering group to where matcher_final says, before the group closes.
 * *g is read anew; n_members 0: everybody went elsewhere, and the group is gone. Groups made for
 * members that are cut off gather for a window of their own. A refused member is in GROUP_ALONE at
 * once. changed may be NULL.
 *
 * No group grows beyond max_members. When the closing one is full, the rest gather on in their own;
 * when another is full, a further one is opened. */
typedef struct Regrouping Regrouping;
/* Borrows m and s. */
int regrouping_new(Regrouping **ret, const MatchingSettings *m, Store *s, const GroupRow *g,
                   uint32_t max_members, uint64_t window_ms, uint64_t now_ms, RegroupFunc changed,
                   void *userdata);
Regrouping *regrouping_free(Regrouping *x);
DEFINE_CLEANUP(Regrouping *, regrouping_free);
/* One of many steps, each a millisecond at most. 1: there are more, 0: everybody is where they
 * belong; or negative errno. Between steps the store is consistent. */
int regrouping_step(Regrouping *x);
/* Keeps the plan and how far it is carried out in the store, so that a regrouping begun anew goes
 * on there: what has moved already would lead to another plan. Without a plan it does nothing.
 * store_plan_drop ends it. */
int regrouping_keep(const Regrouping *x);
/* The work done beside that of the store. */
uint64_t regrouping_looks(const Regrouping *x);

/* All steps at once. */
int regroup(const MatchingSettings *m, Store *s, GroupRow *g, uint32_t max_members,
            uint64_t window_ms, uint64_t now_ms, RegroupFunc changed, void *userdata);

/* New evidence about a gathering member: merges its group with those it is now linked to, so that
 * people see their number grow. */
int regroup_linked(const MatchingSettings *m, Store *s, int64_t member, uint32_t max_members,
                   uint64_t window_ms, uint64_t now_ms, RegroupFunc changed, void *userdata);

/* Merges two gathering groups that have let each other in, unless they would be too many. Both rows
 * are out of date afterwards. */
int regroup_admitted(Store *s, GroupRow *a, GroupRow *b, uint32_t max_members, RegroupFunc changed,
                     void *userdata);

/* The same where the host keeps its opener and its window, even where another pressed first. *ret,
 * which may be one of the two: the group they are now; as it was where they would be too many. */
int regroup_taken_in(Store *s, GroupRow *host, GroupRow *guest, uint32_t max_members, GroupRow *ret,
                     RegroupFunc changed, void *userdata);

/* A member of a gathering group gets one of its own, which gathers. *g is as it is then. */
int regroup_cut_off(Store *s, GroupRow *g, const MemberRow *m, uint64_t window_ms,
                    RegroupFunc changed, void *userdata);
