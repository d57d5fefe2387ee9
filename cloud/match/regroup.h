/* SPDX-License-Identifier: GPL-2.0-or-later */
/* regroup.h - carries out in the store what the matcher says at the end of a window */
#pragma once

#include "matcher.h"

/* A group was changed and saved, or deleted (n_members 0): for whoever watches it. */
typedef int (*RegroupFunc)(const GroupRow *g, void *userdata);

/* Moves everybody around a gathering group to where they belong, before it closes; matcher_final
 * says who that is. *g is read anew; n_members 0: everybody went elsewhere, and it is gone.
 * Groups made for those who are cut off gather for a window of their own; someone refused is in
 * GROUP_ALONE at once. changed may be NULL.
 *
 * No group grows beyond max_members: when the closing one is full, the rest gather on in their
 * own; when one is full where others should go, they open another. */
int regroup(const MatchingSettings *m, Store *s, GroupRow *g, uint32_t max_members,
            uint64_t window_ms, uint64_t now_ms, RegroupFunc changed, void *userdata);
