/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * links.h - which members are linked, and so may close together without being asked about
 * (docs/matching.md)
 *
 * Two members are linked when one of them reported the other's token: it is random, and only the
 * air carries it. People can link two members by hand (store_tie_add). Where neither has any link
 * by radio, two sharp fixes that agree link them too; but not to somebody whom people who hear each
 * other have let in: they said yes to that one alone. In a party fixes link nobody to another
 * group: those of one group have seen how many they are, and about others people are asked.
 */
#pragma once

#include "candidates.h"

/* Both fixes are sharp, and agree. */
bool links_by_fix(const MatchingSettings *m, const Fix *a, const Fix *b);

/* Splits the clusters of at into components of linked members, in steps of one member. Writes for
 * each the first member of its component to component[n]. let_in[n]: see above. home[n]: fixes link
 * those with the same. Borrows all of it. */
typedef struct Links Links;
int links_new(Links **ret, const Candidates *c, const CandidatePlace *at, const bool *let_in,
              const int64_t *home, uint32_t *component);
Links *links_free(Links *l);
DEFINE_CLEANUP(Links *, links_free);
/* A few times n comparisons. true: there are more steps. */
bool links_step(Links *l);
