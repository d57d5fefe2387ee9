/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mixing.h"

static const Mix one_guest = {.guests = 1};

int mixing_of_group(Store *s, const GroupRow *g, Mix *ret)
{
        MemberRow opener;
        int r;

        *ret = (Mix){.guests = g->n_guests, .refusing = g->n_refusing};
        if (g->n_guests == g->n_members)
                return 0;
        r = must(store_member_get(s, &g->opener, &opener));
        ret->unwelcome = r == 0 && opener.mark != MARK_WELCOME;
        return r;
}

bool mixing_agree(const MatchingSettings *m, const Mix *a, const Mix *b)
{
        uint32_t guests = a->guests + b->guests;

        return guests == 0 || (guests <= m->guests_per_group && a->refusing + b->refusing == 0 &&
                               !a->unwelcome && !b->unwelcome);
}

void mixing_add(Mix *to, const Mix *more)
{
        to->guests += more->guests;
        to->refusing += more->refusing;
        to->unwelcome |= more->unwelcome;
}

int mixing_groups(const MatchingSettings *m, Store *s, const GroupRow *a, const GroupRow *b,
                  bool *ret)
{
        Mix ours, theirs;
        int r;

        *ret = true;
        if (a->n_guests + b->n_guests == 0)
                return 0;
        r = mixing_of_group(s, a, &ours);
        if (r == 0)
                r = mixing_of_group(s, b, &theirs);
        *ret = r == 0 && mixing_agree(m, &ours, &theirs);
        return r;
}

int mixing_newcomer(const MatchingSettings *m, Store *s, const MemberRow *newcomer,
                    const GroupRow *g, bool *ret)
{
        Mix own = {.guests = newcomer->mark == MARK_GUEST,
                   .refusing = newcomer->mark == MARK_REFUSED};
        Mix theirs;
        int r;

        *ret = true;
        if (own.guests + g->n_guests == 0)
                return 0;
        /* a terminal that comes to guests alone becomes the opener */
        own.unwelcome = own.guests == 0 && mixing_guests_alone(g) && newcomer->mark != MARK_WELCOME;
        r = mixing_of_group(s, g, &theirs);
        *ret = r == 0 && mixing_agree(m, &own, &theirs);
        return r;
}

int mixing_welcomes(const MatchingSettings *m, Store *s, const GroupRow *g, bool *ret)
{
        Mix theirs;
        int r = mixing_of_group(s, g, &theirs);

        *ret = r == 0 && mixing_agree(m, &theirs, &one_guest);
        return r;
}
