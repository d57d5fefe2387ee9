/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sponsor.c - who gives the group key to whom
 *
 * The opener draws it, where it has opened; else the first of the others; and where nothing
 * comes from them, the next in rank a little later. So there may be several for a while: of two
 * the one with the smaller id counts, and whoever has it gives it to those who show another, or
 * none. Nobody can stand in the way of that by being first. In a party the key is sealed to
 * whoever is there; with words it is given in a proof.
 */
#include "exchange-private.h"

enum {
        NEXT_RANK_MS = 3 * 1000,
        AGAIN_MS =
                /* after which a run that the other lost is begun anew, each time twice as long */
        5 * 1000,
        AGAIN_MAX = 8, /* doublings */
};

static int sponsor_give(Exchange *x, GroupMember *m)
{
        if (x->group->words)
                return prove_offer(x, m);
        m->served = true;
        return outbox_group_key(x->outbox, &m->opening, &x->group->key, x->group->key_run);
}

static bool sponsor_is_wanted(const Group *g, const GroupMember *m, bool near)
{
        return m->near == near && group_needs_key(g, m);
}

/* Those near first. */
static int sponsor_serve(Exchange *x)
{
        int r = 0;

        for (unsigned near = 2; near-- > 0;)
                for (size_t i = 0; r == 0 && i < x->group->n; i++)
                        if (sponsor_is_wanted(x->group, &x->group->members[i], near))
                                r = sponsor_give(x, &x->group->members[i]);
        return r;
}

uint64_t sponsor_patience_ms(const Exchange *x)
{
        return NEXT_RANK_MS * group_rank(x->group, false);
}

void sponsor_draw_key(Exchange *x)
{
        _cleanup_key_ Key key;

        key_random(&key);
        (void)group_offer_key(x->group, &key);
}

/* Whoever got the key in a run and does not show it has lost it on the way: to a restart. */
static bool sponsor_key_was_lost(const Group *g, const GroupMember *m)
{
        return g->words && m->served && !m->shares && !m->left && !m->refused;
}

/* With words each round of offers has a number of its own, which is used once. */
static int sponsor_begin_round(Exchange *x)
{
        int r;

        if (!x->group->words)
                return sponsor_serve(x);
        for (size_t i = 0; i < x->group->n; i++)
                if (sponsor_key_was_lost(x->group, &x->group->members[i]))
                        x->group->members[i].served = false;
        if (x->s.offers == MESSAGE_RUN_MAX || x->s.burned)
                return 0;
        x->s.offers++;
        r = exchange_save(x);
        return r < 0 ? r : sponsor_serve(x);
}

static void sponsor_on_service(void *userdata)
{
        Exchange *x = userdata;

        x->service = timer_free(x->service);
        exchange_event_done(x, sponsor_begin_round(x));
}

/* The first in rank of those who have the key serves at once, each next a little later. */
int sponsor_plan_service(Exchange *x)
{
        bool wanted = false, again = false;
        uint64_t delay;

        for (size_t i = 0; i < x->group->n; i++) {
                wanted = wanted || group_needs_key(x->group, &x->group->members[i]);
                again = again || sponsor_key_was_lost(x->group, &x->group->members[i]);
        }
        if (x->service || !(wanted || again) || (x->group->words && x->s.offers == MESSAGE_RUN_MAX))
                return 0;
        delay = wanted ? NEXT_RANK_MS * group_rank(x->group, true)
                       : (uint64_t)AGAIN_MS << MIN(x->s.offers, (unsigned)AGAIN_MAX);
        return clock_restart(exchange_clock(x), &x->service, delay, sponsor_on_service, x);
}
