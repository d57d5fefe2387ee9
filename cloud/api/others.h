/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * others.h - while a group gathers: other groups with its code that nobody of it hears nearby
 *
 * The people of a party are asked whether to let such a group in. Two groups that let each other in
 * become one. Answers lapse when a member comes to either group or leaves it.
 *
 * Where the code has words nobody is asked (looking.h).
 */
#pragma once

#include "call.h"

#include "cloud/match/matcher.h"

typedef struct OtherRow {
        GroupRow group;
        Bytes32 commitment; /* of its opener */
        bool confirmed;     /* we have let it in */
        bool confirms_us;   /* it has let us in */
} OtherRow;

typedef struct Others {
        OtherRow list[MATCH_OTHERS_MAX];
        size_t n;
} Others;

/* The others to ask about, without those that the people do not want to be asked about again. 0 or
 * negative errno. */
int others_find(Node *node, const GroupRow *g, uint64_t now_ms, Others *ret);

/* Looks around for a group, if that is due; others that have changed are a new revision. 0 or
 * negative errno. */
int others_meet(Node *node, int64_t group, uint64_t now_ms);
/* looking_take_silent (looking.h) of this cloud; waiting members are told. 0 or negative errno. */
int others_take_silent(Node *node, GroupRow *g, uint64_t now_ms, bool closes);
/* This group closes: those that are alike and stay behind are told. 0 or negative errno. */
int others_passed(Node *node, const GroupRow *g, uint64_t now_ms);
/* Tells the group of m, which gathers, where m came too late for a group that it hears, and that
 * hears it. A terminal far away cannot be heard, so learns nothing. 0 or negative errno. */
int others_missed(Node *node, const MemberRow *m);
/* A member of a group that has closed hears these now: latecomers among them are told.
 * 0, STORE_E_NOT_FOUND: the time for that is over, or negative errno. */
int others_heard_late(Node *node, const MemberRow *m, const Sighting *heard, size_t n);
