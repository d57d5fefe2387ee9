/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-relay-private.h"

#include <string.h>

enum {
        BUSY_MS = 300,
        NEWS_MS = 500, /* a poll that is answered so much before its time has brought something */
};

static void pump(void *userdata);

void carrier_relay_pump_at(CarrierRelay *c, uint64_t delay_ms)
{
        (void)clock_restart(c->clock, &c->pump, delay_ms, pump, c);
}

void carrier_relay_drop_leg(Parcel *p, unsigned i)
{
        p->legs[i].way->n_under_way--;
        p->legs[i] = p->legs[--p->n_legs];
        p->wants_leg = p->wants_leg || p->n_legs == 0;
}

/* ---- parcels ---- */

static void parcel_free(Parcel *p)
{
        TAILQ_REMOVE(&((CarrierRelay *)p->carriage.carrier)->parcels, p, list);
        timer_free(p->timeout);
        timer_free(p->slow);
        free(p->sealed);
        free(p);
}

/* The neighbour that has it need not go on. */
static void call_off(Parcel *p, unsigned i)
{
        Leg leg = p->legs[i];

        carrier_relay_drop_leg(p, i);
        leg.way->n_cancelled++;
        if (link_send(leg.way->link, &(Frame){.kind = FRAME_CANCEL, .number = leg.number}) < 0)
                way_hang_up(leg.way);
        else
                way_mind_idle(leg.way);
}

static void call_off_all(Parcel *p)
{
        while (p->n_legs > 0)
                call_off(p, 0);
}

/* Nothing may follow this but what the func cannot have freed: the carrier itself. */
static void parcel_finish(Parcel *p, CarrierResult result, const uint8_t *answer, size_t len)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        CarrierFunc func = p->func;
        void *userdata = p->userdata;

        call_off_all(p);
        parcel_free(p);
        carrier_relay_pump_at(c, 0); /* there is room for another */
        func(userdata, result, answer, len);
}

static void on_timeout(void *userdata)
{
        Parcel *p = userdata;

        for (unsigned i = 0; i < p->n_legs; i++)
                way_failed(p->legs[i].way);
        parcel_finish(p, CARRIER_UNREACHABLE, NULL, 0);
}

static void mind_slow(Parcel *p);

/* The neighbours that have it may yet answer, but others are asked too, and first the next time. */
static void on_slow(void *userdata)
{
        Parcel *p = userdata;

        for (unsigned i = 0; i < p->n_legs; i++)
                way_was_slow(p->legs[i].way);
        if (p->awaited)
                way_failed(p->awaited);
        p->awaited = NULL;
        if (p->n_legs == LEGS_MAX)
                call_off(p, 0);
        p->wants_leg = true;
        mind_slow(p);
        carrier_relay_pump_at((CarrierRelay *)p->carriage.carrier, 0);
}

static void mind_slow(Parcel *p)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        uint32_t wait_ms = carrier_is_poll(p->timeout_ms) ? p->timeout_ms - CARRIER_ANSWER_MS : 0;
        const Way *w = p->n_legs > 0 ? p->legs[p->n_legs - 1].way : p->awaited;
        bool dear = w && w->radio->ops->dear;
        uint32_t slow_ms = dear ? RELAYED_DEAR_REACH_MS : RELAYED_REACH_MS;

        if (p->n_legs > 0)
                slow_ms = wait_ms + (dear ? RELAYED_DEAR_SLOW_MS : RELAYED_SLOW_MS);
        (void)clock_restart(c->clock, &p->slow, slow_ms, on_slow, p);
}

static void hand_over(Parcel *p, Way *w)
{
        Frame frame = {
                .kind = FRAME_REQUEST,
                .number = w->next_number++,
                .wait_ms = p->timeout_ms,
                .sealed = p->sealed,
                .len = p->len,
        };

        p->legs[p->n_legs++] = (Leg){w, frame.number};
        p->wants_leg = false;
        p->awaited = NULL;
        p->sent_ms = clock_now(w->relay->clock);
        w->n_under_way++;
        if (!carrier_is_poll(p->timeout_ms))
                w->relay->pause_ms = 0; /* something is going on */
        if (link_send(w->link, &frame) < 0) {
                way_failed(w);
                way_hang_up(w);
                return;
        }
        mind_slow(p);
        way_mind_idle(w);
}

static void reach(Parcel *p, Way *w)
{
        int r;

        if (p->awaited != w) {
                p->awaited = w;
                mind_slow(p);
        }
        if (w->reaching)
                return;
        r = radio_reach(w->radio, &w->token);
        w->reaching = r == 0;
        if (r < 0) {
                p->awaited = NULL;
                way_failed(w);
                carrier_relay_pump_at(w->relay, 0);
        }
}

/* ---- the pump ---- */

static bool must_pause(const CarrierRelay *c, const Parcel *p)
{
        return c->dear && carrier_is_poll(p->timeout_ms) &&
               c->poll_not_before_ms > clock_now(c->clock);
}

/* When something may be possible that is not now. */
static void pump_later(CarrierRelay *c)
{
        uint64_t now = clock_now(c->clock),
                 next = c->poll_not_before_ms > now ? c->poll_not_before_ms : UINT64_MAX;
        const Way *w;

        LIST_FOREACH (w, &c->ways, list)
                if (w->not_before_ms > now)
                        next = MIN(next, w->not_before_ms);
        if (next < UINT64_MAX && !TAILQ_EMPTY(&c->parcels))
                carrier_relay_pump_at(c, next - now);
}

static void pump(void *userdata)
{
        CarrierRelay *c = userdata;
        Parcel *p;

        c->pump = timer_free(c->pump);
        TAILQ_FOREACH (p, &c->parcels, list) {
                Way *w = p->wants_leg && !must_pause(c, p) ? way_choose(c, p) : NULL;

                if (w && w->link) {
                        hand_over(p, w);
                } else if (w) {
                        reach(p, w);
                } else if (p->n_legs == 0 && !carrier_relay_ready(&c->carrier)) {
                        parcel_finish(p, CARRIER_UNREACHABLE, NULL, 0);
                        return; /* and again, since that may have changed everything */
                }
        }
        if (!c->pump)
                pump_later(c);
}

/* ---- what neighbours say ---- */

static Parcel *find_parcel(const CarrierRelay *c, const Way *w, uint16_t number, unsigned *ret_leg)
{
        Parcel *p;

        TAILQ_FOREACH (p, &c->parcels, list)
                for (unsigned i = 0; i < p->n_legs; i++)
                        if (p->legs[i].way == w && p->legs[i].number == number) {
                                *ret_leg = i;
                                return p;
                        }
        return NULL;
}

/* Polls that bring nothing follow each other more slowly over links that cost energy. */
static void note_poll(CarrierRelay *c, const Parcel *p)
{
        uint64_t now = clock_now(c->clock);
        bool news = now - p->sent_ms + NEWS_MS < p->timeout_ms - CARRIER_ANSWER_MS;

        c->pause_ms = news ? 0 : MIN(2 * c->pause_ms + NEWS_MS, (uint32_t)RELAYED_DEAR_PAUSE_MS);
        c->poll_not_before_ms = now + c->pause_ms;
}

static void take_answer(Way *w, Parcel *p, unsigned leg, const Frame *frame)
{
        CarrierRelay *c = w->relay;

        carrier_relay_drop_leg(p, leg);
        w->failures = w->slow = 0;
        w->not_before_ms = 0;
        c->dear = w->link->dear;
        c->answered_ms = clock_now(c->clock);
        way_mind_idle(w);
        if (carrier_is_poll(p->timeout_ms))
                note_poll(c, p);
        c->answering = w;
        parcel_finish(p, CARRIER_ANSWERED, frame->sealed, frame->len);
        c->answering = NULL;
}

static void take_refusal(Way *w, Parcel *p, unsigned leg, FrameRefusal why)
{
        carrier_relay_drop_leg(p, leg);
        p->wants_leg = true;
        if (why == FRAME_BUSY)
                w->not_before_ms = clock_now(w->relay->clock) + BUSY_MS;
        else
                way_failed(w);
        way_mind_idle(w);
        carrier_relay_pump_at(w->relay, 0);
}

static void on_frame(void *userdata, Link *link, const Frame *frame)
{
        Way *w = userdata;
        unsigned leg;
        Parcel *p = find_parcel(w->relay, w, frame->number, &leg);

        if (p && frame->kind == FRAME_ANSWER) {
                take_answer(w, p, leg, frame);
        } else if (p) {
                take_refusal(w, p, leg, frame->refusal);
        } else if (w->n_cancelled > 0) {
                w->n_cancelled--; /* it crossed with the news that it is not wanted */
        } else {
                way_failed(w);
                way_hang_up(w);
                way_settle(w);
        }
}

/* Ended without anything to do, a link is not missed. */
static void on_closed(void *userdata, Link *link)
{
        Way *w = userdata;

        if (w->n_under_way > 0)
                way_failed(w);
        way_hang_up(w);
        way_settle(w);
}

const LinkEvents carrier_relay_link_events = {on_frame, on_closed};

/* ---- the carrier ---- */

static int relay_send(Carrier *carrier, Carriage **ret, const uint8_t *sealed, size_t len,
                      uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        CarrierRelay *c = (CarrierRelay *)carrier;
        Parcel *p = calloc(1, sizeof *p);
        int r;

        if (!p)
                return -ENOMEM;
        *p = (Parcel){
                .carriage.carrier = carrier,
                .sealed = malloc(len),
                .len = len,
                .timeout_ms = timeout_ms,
                .func = func,
                .userdata = userdata,
                .wants_leg = true,
        };
        TAILQ_INSERT_TAIL(&c->parcels, p, list);
        r = p->sealed ? clock_restart(c->clock, &p->timeout, timeout_ms, on_timeout, p) : -ENOMEM;
        if (r < 0) {
                parcel_free(p);
                return r;
        }
        memcpy(p->sealed, sealed, len);
        mind_slow(p);
        carrier_relay_pump_at(c, 0);
        *ret = &p->carriage;
        return 0;
}

static void relay_cancel(Carriage *g)
{
        CarrierRelay *c = (CarrierRelay *)g->carrier;

        call_off_all((Parcel *)g);
        parcel_free((Parcel *)g);
        carrier_relay_pump_at(c, 0);
}

static bool relay_reject(Carrier *carrier)
{
        Way *w = ((CarrierRelay *)carrier)->answering;

        if (w) {
                way_lied(w);
                way_hang_up(w);
        }
        return true;
}

static uint32_t relay_patience(const Carrier *carrier)
{
        return ((const CarrierRelay *)carrier)->dear ? RELAYED_DEAR_WATCH_MS : RELAYED_WATCH_MS;
}

static Carrier *relay_free(Carrier *carrier)
{
        CarrierRelay *c = (CarrierRelay *)carrier;
        ways_free(c);
        timer_free(c->pump);
        free(c);
        return NULL;
}

static const CarrierOps ops = {relay_send, relay_cancel, relay_reject, relay_patience, relay_free};

int carrier_relay_new(Carrier **ret, Clock *clock)
{
        CarrierRelay *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        c->carrier.ops = &ops;
        c->clock = clock;
        LIST_INIT(&c->ways);
        TAILQ_INIT(&c->parcels);
        *ret = &c->carrier;
        return 0;
}
