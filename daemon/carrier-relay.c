/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-relay.h"

#include <string.h>
#include <sys/queue.h>

enum {
        WAYS_MAX = 64,
        LEGS_MAX = 2,     /* neighbours that have the same request */
        FAILED_MS = 1000, /* doubled with each failure in a row */
        FAILURES_MAX = 6,
        BUSY_MS = 300,
        HOPE_MS = 1000, /* a way that may be tried within this time is waited for */
        NEWS_MS = 500,  /* a poll that is answered so much before its time has brought something */
};

typedef struct CarrierRelay CarrierRelay;

/* A neighbour, as one radio hears it. */
typedef struct Way {
        LIST_ENTRY(Way) list;
        CarrierRelay *relay;
        Radio *radio;
        Token token;
        bool present;  /* heard; else it is kept for its link alone */
        bool reaching; /* a link is being made */
        Link *link;
        uint16_t next_number;
        unsigned n_under_way, n_cancelled;
        unsigned failures;      /* in a row */
        uint64_t not_before_ms; /* not to be asked until then */
        Timer *idle;
} Way;

typedef struct Leg {
        Way *way;
        uint16_t number;
} Leg;

/* A sealed request, with nobody or with up to LEGS_MAX neighbours. */
typedef struct Parcel {
        Carriage carriage;
        TAILQ_ENTRY(Parcel) list;
        uint8_t *sealed;
        size_t len;
        uint32_t timeout_ms;
        CarrierFunc func;
        void *userdata;
        Timer *timeout, *slow;
        Leg legs[LEGS_MAX];
        unsigned n_legs;
        bool wants_leg;
        Way *awaited; /* being reached for this */
        uint64_t sent_ms;
} Parcel;

struct CarrierRelay {
        Carrier carrier;
        Clock *clock;
        LIST_HEAD(, Way) ways;
        size_t n_ways;
        TAILQ_HEAD(, Parcel) parcels; /* as they came */
        Timer *pump;
        Way *answering; /* during a CarrierFunc: whose answer it is */
        bool dear;      /* the link that brought the last answer */
        uint64_t answered_ms;
        uint32_t pause_ms;
        uint64_t poll_not_before_ms;
};

static void pump(void *userdata);

/* Whatever is to be done is done from the loop, never within what made it necessary. */
static void pump_at(CarrierRelay *c, uint64_t delay_ms)
{
        (void)clock_restart(c->clock, &c->pump, delay_ms, pump, c);
}

/* ---- ways ---- */

static void way_failed(Way *w)
{
        w->failures = MIN(w->failures + 1, (unsigned)FAILURES_MAX);
        w->not_before_ms = clock_now(w->relay->clock) + ((uint64_t)FAILED_MS << w->failures);
}

/* It stays usable: the cloud itself may be slow. */
static void way_was_slow(Way *w)
{
        w->failures = MIN(w->failures + 1, (unsigned)FAILURES_MAX);
}

static void drop_leg(Parcel *p, unsigned i)
{
        p->legs[i].way->n_under_way--;
        p->legs[i] = p->legs[--p->n_legs];
        p->wants_leg = p->wants_leg || p->n_legs == 0;
}

/* Its requests go elsewhere. */
static void way_hang_up(Way *w)
{
        CarrierRelay *c = w->relay;
        Parcel *p;

        TAILQ_FOREACH (p, &c->parcels, list) {
                for (unsigned i = p->n_legs; i-- > 0;)
                        if (p->legs[i].way == w)
                                drop_leg(p, i);
                if (p->awaited == w)
                        p->awaited = NULL;
        }
        w->idle = timer_free(w->idle);
        w->link = link_free(w->link);
        w->n_cancelled = 0;
        pump_at(c, 0);
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

/* What is neither heard nor linked is no way. */
static void way_settle(Way *w)
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

static void mind_idle(Way *w)
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
        return w->not_before_ms <= now && (w->present || w->link) && w->n_under_way < RELAYED_AT_A_TIME;
}

/* Who failed least, then a link that is there, then one that costs no energy. */
static bool is_better(const Way *a, const Way *b)
{
        if (a->failures != b->failures)
                return a->failures < b->failures;
        if (!a->link != !b->link)
                return a->link;
        return a->radio->ops->transport == SIGHTING_MDNS && b->radio->ops->transport != SIGHTING_MDNS;
}

static bool has_leg(const Parcel *p, const Way *w)
{
        for (unsigned i = 0; i < p->n_legs; i++)
                if (p->legs[i].way == w)
                        return true;
        return false;
}

static Way *choose(const CarrierRelay *c, const Parcel *p)
{
        uint64_t now = clock_now(c->clock);
        Way *best = NULL, *w;

        LIST_FOREACH (w, &c->ways, list)
                if (is_open(w, now) && !has_leg(p, w) && (!best || is_better(w, best)))
                        best = w;
        return best;
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

/* The neighbours that still have it need not go on. */
static void call_off(Parcel *p)
{
        while (p->n_legs > 0) {
                Leg leg = p->legs[0];

                drop_leg(p, 0);
                leg.way->n_cancelled++;
                if (link_send(leg.way->link, &(Frame){.kind = FRAME_CANCEL, .number = leg.number}) < 0)
                        way_hang_up(leg.way);
                else
                        mind_idle(leg.way);
        }
}

/* Nothing may follow this but what the func cannot have freed: the carrier itself. */
static void parcel_finish(Parcel *p, CarrierResult result, const uint8_t *answer, size_t len)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        CarrierFunc func = p->func;
        void *userdata = p->userdata;

        call_off(p);
        parcel_free(p);
        pump_at(c, 0); /* there is room for another */
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
        Leg first = p->legs[0];

        for (unsigned i = 0; i < p->n_legs; i++)
                way_was_slow(p->legs[i].way);
        if (p->awaited)
                way_failed(p->awaited);
        p->awaited = NULL;
        if (p->n_legs == LEGS_MAX) {
                drop_leg(p, 0);
                first.way->n_cancelled++;
                if (link_send(first.way->link, &(Frame){.kind = FRAME_CANCEL, .number = first.number}) < 0)
                        way_hang_up(first.way);
        }
        p->wants_leg = true;
        mind_slow(p);
        pump_at((CarrierRelay *)p->carriage.carrier, 0);
}

static void mind_slow(Parcel *p)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        uint32_t wait_ms = carrier_is_poll(p->timeout_ms) ? p->timeout_ms - CARRIER_ANSWER_MS : 0;

        (void)clock_restart(c->clock, &p->slow, wait_ms + RELAYED_SLOW_MS, on_slow, p);
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
        mind_idle(w);
}

static void reach(Parcel *p, Way *w)
{
        int r;

        p->awaited = w;
        if (w->reaching)
                return;
        r = radio_reach(w->radio, &w->token);
        w->reaching = r == 0;
        if (r < 0) {
                p->awaited = NULL;
                way_failed(w);
                pump_at(w->relay, 0);
        }
}

/* ---- the pump ---- */

/* Whether it is worth waiting for a neighbour. */
static bool has_hope(const CarrierRelay *c)
{
        uint64_t soon = clock_now(c->clock) + HOPE_MS;
        const Way *w;

        LIST_FOREACH (w, &c->ways, list)
                if (w->not_before_ms <= soon)
                        return true;
        return false;
}

static bool must_pause(const CarrierRelay *c, const Parcel *p)
{
        return c->dear && carrier_is_poll(p->timeout_ms) && c->poll_not_before_ms > clock_now(c->clock);
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
                pump_at(c, next - now);
}

static void pump(void *userdata)
{
        CarrierRelay *c = userdata;
        Parcel *p;

        c->pump = timer_free(c->pump);
        TAILQ_FOREACH (p, &c->parcels, list) {
                Way *w = p->wants_leg && !must_pause(c, p) ? choose(c, p) : NULL;

                if (w && w->link) {
                        hand_over(p, w);
                } else if (w) {
                        reach(p, w);
                } else if (p->n_legs == 0 && !has_hope(c)) {
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

        drop_leg(p, leg);
        w->failures = 0;
        w->not_before_ms = 0;
        c->dear = w->link->dear;
        c->answered_ms = clock_now(c->clock);
        mind_idle(w);
        if (carrier_is_poll(p->timeout_ms))
                note_poll(c, p);
        c->answering = w;
        parcel_finish(p, CARRIER_ANSWERED, frame->sealed, frame->len);
        c->answering = NULL;
}

static void take_refusal(Way *w, Parcel *p, unsigned leg, FrameRefusal why)
{
        drop_leg(p, leg);
        p->wants_leg = true;
        if (why == FRAME_BUSY)
                w->not_before_ms = clock_now(w->relay->clock) + BUSY_MS;
        else
                way_failed(w);
        mind_idle(w);
        pump_at(w->relay, 0);
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

static const LinkEvents link_events = {on_frame, on_closed};

/* ---- what radios say ---- */

/* NULL: the table is full of better ones. */
static Way *make_room(CarrierRelay *c)
{
        Way *w, *worst = NULL;

        LIST_FOREACH (w, &c->ways, list)
                if (!w->link && !w->reaching && w->failures > (worst ? worst->failures : 0))
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
                pump_at(c, 0);
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
        link_free(w->link);
        w->link = TAKE_PTR(link);
        w->link->events = &link_events;
        w->link->userdata = w;
        mind_idle(w);
        pump_at(c, 0);
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

        return has_hope(c);
}

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
        pump_at(c, 0);
        *ret = &p->carriage;
        return 0;
}

static void relay_cancel(Carriage *g)
{
        CarrierRelay *c = (CarrierRelay *)g->carrier;

        call_off((Parcel *)g);
        parcel_free((Parcel *)g);
        pump_at(c, 0);
}

static bool relay_reject(Carrier *carrier)
{
        Way *w = ((CarrierRelay *)carrier)->answering;

        if (w) {
                w->failures = FAILURES_MAX;
                way_failed(w);
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
        Way *w;

        while ((w = LIST_FIRST(&c->ways)))
                way_free(w);
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
