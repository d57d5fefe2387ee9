/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * closing.h - the close of a group, in slices
 *
 * A group of a few people closes at once, in the request or turn that asks for it. The close of a
 * thousand people costs many times what a request may, so it goes on between other requests. What
 * was not finished at once is due in the store: after a restart, or when a batch was undone, it
 * goes on with the plan that is there, or makes one anew where none is; nobody has moved then.
 * Nobody joins a group that is due.
 */
#pragma once

#include "call.h"

enum {
        CLOSING_SLICE = 30000, /* steps of the store and looks, after which a slice ends */
        PAST_MS = 60 * 1000,   /* so long tokens are kept, for latecomers */
};

int closings_new(Closings **ret);
Closings *closings_free(Closings *c);
DEFINE_CLEANUP(Closings *, closings_free);

/* The group changed: a new revision. */
int group_changed(Node *node, GroupRow *g);

/* Moves everybody around the group to where they belong, then closes it. *g is out of date
 * afterwards. 0 or negative errno. */
int group_close(Node *node, GroupRow *g, uint64_t now_ms);

/* The window of the group is over: it closes, but a party not before its people could be asked
 * about those who came at the end (looking.h). *g is out of date afterwards. 0 or negative errno.
 */
int group_end_window(Node *node, GroupRow *g, uint64_t now_ms);
/* Its people close it by hand: as soon as those whom they see in it have been heard, or, in a
 * party, were asked about. Again: puts nothing off. *g is out of date afterwards. 0 or negative
 * errno. */
int group_close_soon(Node *node, GroupRow *g, uint64_t now_ms);
/* Something has changed: a group that is closing and waits for nobody any more is due. 0 or
 * negative errno. */
int group_close_if_waited(Node *node, GroupRow *g, uint64_t now_ms);

/* The group whose close goes on next; 0: there is none. */
int64_t closings_next(const Node *node);
/* Goes on with it, a slice. 0, or negative errno: it is forgotten, and still due. */
int closings_go_on(Node *node);
/* Another node has changed this group, and is perhaps closing it as well: if it is still due it is
 * begun anew, with the plan that the other has kept and carried on. */
void closings_forget_one(Node *node, int64_t group);
/* What was done may have been undone: all begin anew when they are due. */
void closings_forget(Node *node);
