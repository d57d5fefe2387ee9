/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silence.h - whether one whom radio knows nothing of is believed beside people who hear each
 * other: a member without radio, or a stranger, or a remote attacker who knows code and place
 * (docs/matching.md)
 */
#pragma once

#include "similarity.h"

/* What such a one's serial says beside the linked people of one circle. */
typedef struct Silence {
        /* place similarity by the fixes to those of them whose fix tells; 0: to none … */
        double mean;
        double least;        /* … and to the least alike of all */
        bool tells;          /* its own fix */
        int64_t after_ms;    /* pressed so long after the first of them; negative: before */
        uint64_t nearest_ms; /* from the nearest press of theirs */
        size_t n, n_claims;  /* how many they are, and how many of them it claims to have heard */
} Silence;

/* A pair is not yet rich in evidence: a third of whom nobody hears may have no radio. It must press
 * with them and stand on the spot, or claim to hear both; or press at once where its fix does not
 * tell it from them. */
bool silence_of_third(const Silence *s);

/* Beside more, only the moment speaks for a silent one: whoever does not see them cannot know it.
 * It must follow the first of them; who was there before may have waited. The more they are, the
 * likelier one of them has no radio, and the longer the moment. */
bool silence_follows_at_once(const MatchingSettings *m, const Silence *s);
