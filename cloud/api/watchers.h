/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * watchers.h - long polls: calls that wait until their group, or something for their member,
 * changes
 *
 * A watcher is looked at when its batch closes, and answered with it if there is news. What it sees
 * as the revision is that of its group plus that of its member: either grows, and neither ever
 * shrinks (a member that moves to another group brings a revision that is not smaller).
 */
#pragma once

#include "call.h"

/* Borrows the node, which outlives them. */
int watchers_new(Watchers **ret, Node *node);
/* Frees the calls that wait, without an answer. */
Watchers *watchers_free(Watchers *w);
DEFINE_CLEANUP(Watchers *, watchers_free);

/* Something changed in the open batch that this member's watcher, or with member 0 every watcher of
 * the group, may see. */
void watchers_touch(Watchers *w, int64_t group, int64_t member);
void watchers_touch_all(Watchers *w);

/* Some that were touched are still to be looked at: another batch is needed for them. */
bool watchers_due(const Watchers *w);

/* Before the commit: looks at the touched watchers, at some of them if there are many. Answers
 * those for which there is news, lets the others wait on. When the batch has failed, all touched
 * ones are answered with it. */
enum {
        WATCHERS_SETTLED = 16, /* at most */
        WATCHERS_WORK = 30000, /* node_work, after which no other is looked at */
};
void watchers_settle(Watchers *w);

/* The next watchers_settle answers everyone, with or without news. */
void watchers_drain(Watchers *w);
