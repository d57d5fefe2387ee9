/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * looking.h - while a group gathers it looks around for people with its code whom nobody hears
 *
 * Those of a party are asked whether to let them in (matcher_others). Where the code has words
 * nobody is asked, for without that proof nobody gets anything: those who are alike are taken in,
 * within bounds.
 */
#pragma once

#include "matcher.h"
#include "regroup.h"

enum { LOOKING_EVERY_MS = 2000 }; /* of a party; a group with words looks once, and as it closes */

/* When a group with this opener looks for the first time. */
uint64_t looking_first(const MemberRow *opener, uint64_t now_ms);

/* A group with words takes in those that hear nobody; closes: also before they have listened, and
 * those of its own are kept. *g is the group that has its members afterwards. 0 or negative
 * errno. */
int looking_take_silent(const MatchingSettings *m, Store *s, GroupRow *g, uint64_t window_ms,
                        uint64_t now_ms, bool closes, RegroupFunc changed, void *userdata);

/* Until when a party waits whose window is over. Those whom nobody hears, and who pressed in its
 * window, have had the time to be heard by then, and the people the time to answer (answer_ms).
 * *ret_ms: now_ms where nobody is left to ask about. 0 or negative errno. */
int looking_waits(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, uint64_t *ret_ms);

/* The same of those alone who are in the group, where its people close it by hand: they have seen
 * how many they are. Where the code has words the proof answers, so none has to be asked about. */
int looking_waits_for_own(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t now_ms,
                          uint64_t *ret_ms);

/* *ret: the people of a party are asked about others, and have not answered yet. */
int looking_asks(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                 uint64_t now_ms, bool *ret);

/* A member that came to a party by its fix, before radio told anything, and hears nobody while
 * others do, is linked to them no more; nor is one that hears them and is heard by nobody
 * (unheard.h). At the close it would be left alone, so it gets a group of its own, about which the
 * people are asked. *g is as it is then. 0 or negative errno. */
int looking_cut_off(Store *s, GroupRow *g, uint64_t window_ms, uint64_t now_ms, RegroupFunc changed,
                    void *userdata);
