/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * silence.h - which of the silent people beside a circle belong to it
 *
 * A silent serial beside people who hear each other is a member whose radio is off, or a stranger:
 * somebody elsewhere, or a remote attacker that knows code and place (docs/matching.md). One alone
 * says little. Several are judged together: where half of the phones are silent, radios are off in
 * this place; where thirty are silent beside five, strangers have come in a flood.
 */
#pragma once

#include "similarity.h"

/* A silent serial, compared with the people of one circle, who hear each other. */
typedef struct Silence {
        double mean;        /* place similarity to the members with a sharp fix … */
        bool tells;         /* … if there is one; … */
        double least;       /* … least, to any member */
        double moment;      /* log odds of its press: press_joins */
        size_t n, n_claims; /* their number, and how many of them it claims to have heard */
        size_t n_silent;    /* it and others that are silent beside them */
} Silence;

/* Log odds of the moment and the place of a member of that circle, against those of a stranger;
 * -HUGE_VAL: it is no member. A claim to have heard people is believed beside a pair only, and of
 * both: the radios of more would have heard it, too. */
double silence_odds(const MatchingSettings *m, const Silence *s);

enum {
        SILENCE_MAX = 128, /* silent people that are judged together */
        /* people at one table, whose radios may all be off but for two. Source: of 37 035
         * conversations of a minute in the traces of two offices (tests/scenes/data) 138 have
         * more */
        SILENCE_TABLE = 8,
};

/* Silent people beside n_linked who hear each other. */
typedef struct SilentCrowd {
        size_t n_linked;
        size_t n_silent; /* of them … */
        size_t n;        /* … these have the best odds; the others are strangers */
        uint32_t member[SILENCE_MAX];
        double odds[SILENCE_MAX];
        double belief[SILENCE_MAX]; /* the probability that it is a member */
} SilentCrowd;

/* Keeps it if its odds are among the best. */
void silence_add(SilentCrowd *c, uint32_t member, double odds);

/* Fills in the beliefs: every set of members among the silent is weighed against the strangers that
 * remain. 0 or -ENOMEM. */
int silence_judge(const MatchingSettings *m, SilentCrowd *c);

/* Whether this belief is enough. Beside a pair one silent person alone is believed more easily. */
bool silence_is_believed(const MatchingSettings *m, const SilentCrowd *c, double belief);
