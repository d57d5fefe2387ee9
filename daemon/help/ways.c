/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-relay-private.h"

#include <string.h>

enum {
        WAYS_MAX = 256,
        FAILED_MS = 1000, /* doubled with each failure in a row */
        FAILURES_MAX = 6,
        HOPE_MS = 1000, /* a way that may be tried within this time is waited for */
};

/* ---- ways ---- */

static void shut(Way *w, unsigned failures)
{
        w->failures = MIN(failures, (unsigned)FAILURES_MAX);
        w->not_before_ms = clock_now(w->relay->clock) + ((uint64_t)FAILED_MS << w->failures);
}

/* All requests that it has fail when it goes, and that was one failure. */
void way_failed(Way *w)
{
        if (w->not_before_ms <= clock_now(w->relay->clock))
                shut(w, w->failures + 1);
}

void way_lied(Way *w)
{
        shut(w, FAILURES_MAX);
}

void way_was_slow(Way *w)
{
        w->slow = MIN(w->slow + 1, (unsigned)FAILURES_MAX);
}

void way_hang_up(Way *w)
{
        CarrierRelay *c = w->relay;
        Parcel *p;

        TAILQ_FOREACH (p, &c->parcels, list) {
                for (unsigned i = p->n_legs; i-- > 0;)
                        if (p->legs[i].way == w)
                                carrier_relay_drop_leg(p, i);
                if (p->awaited == w)
                        p->awaited = NULL;
        }
        w->idle = timer_free(w->idle);
        w->link = link_free(w->link);
        w->n_cancelled = 0;
        carrier_relay_pump_at(c, 0);
}

static void way_free(Way *w)
{
        way_hang_up(w);
        if (w->relay->answering == w)
                w->relay->answering = NULL;
        LIST_REMOVE(w, list);
        w->relay->n_ways--;
        free(w);
}

void way_settle(Way *w)
{
        if (!w->present && !w->link)
                way_free(w);
}

static void on_idle(void *userdata)
{
        Way *w = userdata;

        way_hang_up(w);
        way_settle(w);
}

void way_mind_idle(Way *w)
{
        uint64_t after_ms = w->link && w->link->dear ? RELAYED_DEAR_IDLE_MS : RELAYED_IDLE_MS;

        if (w->link && w->n_under_way == 0)
                (void)clock_restart(w->relay->clock, &w->idle, after_ms, on_idle, w);
        else
                w->idle = timer_free(w->idle);
}

static Way *find_way(const CarrierRelay *c, const Radio *radio, const Token *token)
{
        Way *w;

        LIST_FOREACH (w, &c->ways, list)
                if (w->radio == radio && memcmp(&w->token, token, sizeof *token) == 0)
                        return w;
        return NULL;
}

static bool is_open(const Way *w, uint64_t now)
{
        return w->not_before_ms <= now && (w->present || w->link) &&
               w->n_under_way < RELAYED_AT_A_TIME;
}

static unsigned badness(const Way *w)
{
        return w->failures + w->slow;
}

/* Who failed least, then a link that is there, then one that costs no energy. */
static bool is_better(const Way *a, const Way *b)
{
        if (badness(a) != badness(b))
                return badness(a) < badness(b);
        if (!a->link != !b->link)
                return a->link;
        return a->radio->ops->transport == SIGHTING_MDNS &&
               b->radio->ops->transport != SIGHTING_MDNS;
}

static bool has_leg(const Parcel *p, const Way *w)
{
        for (unsigned i = 0; i < p->n_legs; i++)
                if (p->legs[i].way == w)
                        return true;
        return false;
}

Way *way_choose(const CarrierRelay *c, const Parcel *p)
{
        uint64_t now = clock_now(c->clock);
        Way *best = NULL, *w;

        LIST_FOREACH (w, &c->ways, list)
                if (is_open(w, now) && !has_leg(p, w) && (!best || is_better(w, best)))
                        best = w;
        return best;
}

/* ---- what radios say ---- */

/* NULL: the table is full of better ones. */
static Way *make_room(CarrierRelay *c)
{
        Way *w, *worst = NULL;

        LIST_FOREACH (w, &c->ways, list)
                if (!w->link && !w->reaching && badness(w) > (worst ? badness(worst) : 0))
                        worst = w;
        if (c->n_ways >= WAYS_MAX && !worst)
                return NULL;
        if (c->n_ways >= WAYS_MAX)
                way_free(worst);
        return calloc(1, sizeof *w);
}

void carrier_relay_heard(Carrier *carrier, Radio *radio, const Token *token)
{
        CarrierRelay *c = (CarrierRelay *)carrier;
        Way *w = find_way(c, radio, token);

        if (!w) {
                w = make_room(c);
                if (!w)
                        return;
                *w = (Way){.relay = c, .radio = radio, .token = *token};
                LIST_INSERT_HEAD(&c->ways, w, list);
                c->n_ways++;
        }
        w->present = true;
        if (!TAILQ_EMPTY(&c->parcels))
                carrier_relay_pump_at(c, 0);
}

void carrier_relay_gone(Carrier *carrier, Radio *radio, const Token *token)
{
        Way *w = find_way((CarrierRelay *)carrier, radio, token);

        if (!w)
                return;
        w->present = false;
        way_settle(w);
}

void carrier_relay_linked(Carrier *carrier, Radio *radio, const Token *token, Link *taken)
{
        _cleanup_(link_freep) Link *link = taken;
        CarrierRelay *c = (CarrierRelay *)carrier;
        Way *w = find_way(c, radio, token);

        if (!w)
                return;
        w->reaching = false;
        if (!link) {
                way_failed(w);
                way_hang_up(w);
                return;
        }
        if (w->link)
                way_hang_up(w);
        w->link = TAKE_PTR(link);
        w->not_before_ms = 0; /* it may only have been slow to reach */
        w->link->events = &carrier_relay_link_events;
        w->link->userdata = w;
        way_mind_idle(w);
        carrier_relay_pump_at(c, 0);
}

void carrier_relay_forget(Carrier *carrier, const Radio *radio)
{
        CarrierRelay *c = (CarrierRelay *)carrier;
        Way *w, *next;

        for (w = LIST_FIRST(&c->ways); w; w = next) {
                next = LIST_NEXT(w, list);
                if (w->radio == radio)
                        way_free(w);
        }
}

uint64_t carrier_relay_last_helped(const Carrier *carrier)
{
        return ((const CarrierRelay *)carrier)->answered_ms;
}

bool carrier_relay_ready(const Carrier *carrier)
{
        const CarrierRelay *c = (const CarrierRelay *)carrier;
        uint64_t soon = clock_now(c->clock) + HOPE_MS;
        const Way *w;

        LIST_FOREACH (w, &c->ways, list)
                if (w->not_before_ms <= soon)
                        return true;
        return false;
}

void ways_free(CarrierRelay *c)
{
        Way *w;

        while ((w = LIST_FIRST(&c->ways)))
                way_free(w);
}
