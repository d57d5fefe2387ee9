/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groups.h - the life of a group
 *
 *   GATHERING  -> OPENING     at the deadline, by the opener's Close, or when everyone is ready;
 *                             the roster is signed
 *              -> ALONE       nobody else was there
 *   OPENING    -> EXCHANGING  everyone present has opened, or the time is over and two have
 *   any        -> deleted     at expires_ms
 *
 * All return 0 or negative errno, save a group through the store and tell its watchers.
 */
#pragma once

#include "closing.h"

/* Closes when it has two members or more and each is ready. */
int group_close_if_ready(Node *node, GroupRow *g, uint64_t now_ms);
/* Goes on from GROUP_OPENING if nobody is missing; called after a member opened or left. */
int group_go_on_if_open(Node *node, GroupRow *g, uint64_t now_ms);
/* The deadline of its phase has come. */
int group_deadline(Node *node, GroupRow *g, uint64_t now_ms);
/* The member asks for something. One that has not opened is on a bad way then, and not absent: the
 * time for the openings ends no sooner than two thirds of it after its last request, and in no case
 * later than GROUP_OPENING_MOST times it after the close. */
enum { GROUP_OPENING_MOST = 3 };
int group_heard(Node *node, GroupRow *g, const MemberRow *m, uint64_t now_ms);
/* Before the close the member is removed without a trace. After it the others see that it left, and
 * its deposits are deleted. */
int group_leave(Node *node, MemberRow *m, uint64_t now_ms);
/* Shortens the life of the group once everyone present has every card. */
int group_finish_if_delivered(Node *node, GroupRow *g, uint64_t now_ms);
