/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-silent.h - whether we believe a member without radio evidence beside people who hear each
 * other
 *
 * It may be a member without radio, a stranger, or a remote attacker that knows code and place
 * (docs/matching.md).
 */
#pragma once

#include "similarity.h"

/* A silent serial, compared with the linked members of one subgroup. */
typedef struct RadioSilent {
        /* mean place similarity to the members with a sharp fix; 0: there is none … */
        double mean;
        double least;        /* … least, to any member */
        bool tells;          /* its own fix is sharp */
        int64_t after_ms;    /* time since the first press of theirs; negative: before it */
        uint64_t nearest_ms; /* distance to the nearest press of theirs */
        size_t n, n_claims;  /* their number, and how many of them it claims to have heard */
} RadioSilent;

/* Beside a pair we believe a silent third, which may have no radio, in three cases: it pressed with
 * them and its fix is on the spot; it claims to hear both; it pressed at once and its fix does not
 * exclude it. */
bool radio_silent_is_third(const RadioSilent *s);

/* Beside larger groups only the moment of the press counts: an attacker who does not see them
 * cannot know it. It must follow their first press, because one from before may have waited. The
 * larger the group, the likelier one phone has no radio, so the longer the moment. */
bool radio_silent_follows_at_once(const MatchingSettings *m, const RadioSilent *s);
