/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mixing.h - which groups may hold guests, and so which become one
 *
 * The opener of a group decides whether guests may come, and each member may refuse them. Guests
 * alone may always gather. The terminals apply the same rule to the openings (guests.h); here it
 * keeps people from gathering who would give each other nothing.
 */
#pragma once

#include "similarity.h"
#include "cloud/store/store.h"

typedef struct Mix {
        uint32_t guests, refusing;
        bool unwelcome; /* it has terminals, and its opener does not want guests */
} Mix;

static inline bool mixing_guests_alone(const GroupRow *g)
{
        return g->n_guests > 0 && g->n_guests == g->n_members;
}

/* 0 or negative errno. */
int mixing_of_group(Store *s, const GroupRow *g, Mix *ret);
/* Whether the two can be in one group. */
bool mixing_agree(const MatchingSettings *m, const Mix *a, const Mix *b);
void mixing_add(Mix *to, const Mix *more);
/* *ret: these two groups, or a newcomer and a group, can be one. 0 or negative errno. */
int mixing_groups(const MatchingSettings *m, Store *s, const GroupRow *a, const GroupRow *b,
                  bool *ret);
int mixing_newcomer(const MatchingSettings *m, Store *s, const MemberRow *newcomer,
                    const GroupRow *g, bool *ret);
/* *ret: a guest may come to this group. 0 or negative errno. */
int mixing_welcomes(const MatchingSettings *m, Store *s, const GroupRow *g, bool *ret);
