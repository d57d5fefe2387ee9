/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-relay.h"
#include "daemon/cloud-link/pace.h"
#include "ways.h"

#include <assert.h>
#include <string.h>
#include <sys/queue.h>

enum {
        LEGS_MAX = 2, /* neighbours that have the same request */
        BUSY_MS = 300,
        NEWS_MS = 500, /* a poll that is answered this long before its time has brought something */
};

/* A request that one neighbour has. */
typedef struct Leg {
        Way *way;
        uint16_t number;
} Leg;

/* A sealed request. No neighbour has it yet, or up to LEGS_MAX have it. */
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
        uint64_t sent_ms;
} Parcel;

typedef struct CarrierRelay {
        Carrier carrier;
        Clock *clock;
        Ways ways;
        TAILQ_HEAD(, Parcel) parcels; /* oldest first */
        Timer *pump;
        bool dear; /* the link that brought the last answer costs energy */
        Pace pace; /* of answers over links that are not dear */
        uint64_t answered_ms;
        uint32_t pause_ms;
        uint64_t poll_not_before_ms;
} CarrierRelay;

static void carrier_relay_pump(void *userdata);

/* All work is done from the loop, never inside the call that made it necessary. */
static void carrier_relay_pump_at(CarrierRelay *c, uint64_t delay_ms)
{
        (void)clock_restart(c->clock, &c->pump, delay_ms, carrier_relay_pump, c);
}

static void relay_parcel_drop_leg(Parcel *p, unsigned i)
{
        assert(i < p->n_legs && p->legs[i].way->n_under_way > 0);
        p->legs[i].way->n_under_way--;
        p->legs[i] = p->legs[--p->n_legs];
        p->wants_leg = p->wants_leg || p->n_legs == 0;
}

/* ---- parcels ---- */

static void relay_parcel_free(Parcel *p)
{
        TAILQ_REMOVE(&((CarrierRelay *)p->carriage.carrier)->parcels, p, list);
        timer_free(p->timeout);
        timer_free(p->slow);
        free(p->sealed);
        free(p);
}

/* Tells the neighbour that has the request to stop. */
static void relay_parcel_call_off(Parcel *p, unsigned i)
{
        Leg leg = p->legs[i];

        relay_parcel_drop_leg(p, i);
        leg.way->n_cancelled++;
        if (link_send(leg.way->link, &(Frame){.kind = FRAME_CANCEL, .number = leg.number}) < 0)
                way_hang_up(leg.way);
        else
                way_restart_idle(leg.way);
}

static void relay_parcel_call_off_all(Parcel *p)
{
        while (p->n_legs > 0)
                relay_parcel_call_off(p, 0);
}

/* The func may free anything but the carrier: after this, touch nothing else. */
static void relay_parcel_finish(Parcel *p, CarrierResult result, const uint8_t *answer, size_t len)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        CarrierFunc func = p->func;
        void *userdata = p->userdata;

        relay_parcel_call_off_all(p);
        relay_parcel_free(p);
        carrier_relay_pump_at(c, 0); /* there is room for another */
        func(userdata, result, answer, len);
}

static void relay_parcel_on_timeout(void *userdata)
{
        Parcel *p = userdata;

        for (unsigned i = 0; i < p->n_legs; i++)
                way_failed(p->legs[i].way);
        relay_parcel_finish(p, CARRIER_UNREACHABLE, NULL, 0);
}

static void relay_parcel_restart_slow(Parcel *p);

/* The neighbours that have the request may still answer, but we ask another one too, and prefer
 * others the next time. */
static void relay_parcel_on_slow(void *userdata)
{
        Parcel *p = userdata;

        for (unsigned i = 0; i < p->n_legs; i++)
                way_was_slow(p->legs[i].way);
        if (p->n_legs == LEGS_MAX)
                relay_parcel_call_off(p, 0);
        p->wants_leg = true;
        relay_parcel_restart_slow(p);
        carrier_relay_pump_at((CarrierRelay *)p->carriage.carrier, 0);
}

static void relay_parcel_restart_slow(Parcel *p)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        uint32_t wait_ms = carrier_is_poll(p->timeout_ms) ? p->timeout_ms - CARRIER_ANSWER_MS : 0;
        bool dear = p->n_legs > 0 && p->legs[p->n_legs - 1].way->radio->ops->dear;
        uint32_t slow_ms =
                wait_ms + (dear ? RELAYED_DEAR_SLOW_MS
                                : pace_patience(&c->pace, RELAYED_SLOW_MS, RELAYED_SLOW_MOST_MS));

        (void)clock_restart(c->clock, &p->slow, slow_ms, relay_parcel_on_slow, p);
}

static void relay_parcel_hand_over(Parcel *p, Way *w)
{
        CarrierRelay *c = (CarrierRelay *)p->carriage.carrier;
        Frame frame = {
                .kind = FRAME_REQUEST,
                .number = w->next_number++,
                .wait_ms = p->timeout_ms,
                .body = p->sealed,
                .len = p->len,
        };

        assert(w->link && p->n_legs < LEGS_MAX);
        p->legs[p->n_legs++] = (Leg){w, frame.number};
        p->wants_leg = false;
        p->sent_ms = clock_now(c->clock);
        w->n_under_way++;
        if (!carrier_is_poll(p->timeout_ms))
                c->pause_ms = 0; /* the exchange makes progress */
        if (link_send(w->link, &frame) < 0) {
                way_failed(w);
                way_hang_up(w);
                return;
        }
        relay_parcel_restart_slow(p);
        way_restart_idle(w);
}

/* ---- the pump ---- */

static bool carrier_relay_must_pause(const CarrierRelay *c, const Parcel *p)
{
        return c->dear && carrier_is_poll(p->timeout_ms) &&
               c->poll_not_before_ms > clock_now(c->clock);
}

/* Pumps again when the pause between polls or a way's rest is over, or the next may be reached. */
static void carrier_relay_pump_later(CarrierRelay *c, uint64_t reach_at_ms)
{
        uint64_t now = clock_now(c->clock), next = MIN(ways_next_ms(&c->ways), reach_at_ms);

        if (c->poll_not_before_ms > now)
                next = MIN(next, c->poll_not_before_ms);
        if (next < UINT64_MAX && !TAILQ_EMPTY(&c->parcels))
                carrier_relay_pump_at(c, next - now);
}

static Way *carrier_relay_choose(const CarrierRelay *c, const Parcel *p)
{
        Way *asked[LEGS_MAX];

        for (unsigned i = 0; i < p->n_legs; i++)
                asked[i] = p->legs[i].way;
        return ways_choose(&c->ways, asked, p->n_legs);
}

/* Returns when the way may be reached, if not now. */
static uint64_t carrier_relay_reach(CarrierRelay *c, Way *w)
{
        uint64_t at = way_reach_at_ms(w);

        if (at > clock_now(c->clock))
                return at;
        way_reach(w);
        return clock_now(c->clock) + WAYS_REACH_MS; /* the next one */
}

static void carrier_relay_pump(void *userdata)
{
        CarrierRelay *c = userdata;
        uint64_t reach_at_ms = UINT64_MAX;
        Parcel *p;

        c->pump = timer_free(c->pump);
        TAILQ_FOREACH (p, &c->parcels, list) {
                Way *w = p->wants_leg && !carrier_relay_must_pause(c, p)
                                 ? carrier_relay_choose(c, p)
                                 : NULL;

                if (w && w->link) {
                        relay_parcel_hand_over(p, w);
                } else if (w) {
                        reach_at_ms = MIN(reach_at_ms, carrier_relay_reach(c, w));
                } else if (p->n_legs == 0 && !ways_ready(&c->ways)) {
                        relay_parcel_finish(p, CARRIER_UNREACHABLE, NULL, 0);
                        return; /* its func may have changed the list: the next turn goes on */
                }
        }
        if (!c->pump)
                carrier_relay_pump_later(c, reach_at_ms);
}

/* ---- what neighbours say ---- */

static Parcel *carrier_relay_find(const CarrierRelay *c, const Way *w, uint16_t number,
                                  unsigned *ret_leg)
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
static void carrier_relay_note_poll(CarrierRelay *c, const Parcel *p)
{
        uint64_t now = clock_now(c->clock);
        bool news = now - p->sent_ms + NEWS_MS < p->timeout_ms - CARRIER_ANSWER_MS;

        c->pause_ms = news ? 0 : MIN(2 * c->pause_ms + NEWS_MS, (uint32_t)RELAYED_DEAR_PAUSE_MS);
        c->poll_not_before_ms = now + c->pause_ms;
}

static void carrier_relay_take_answer(CarrierRelay *c, Way *w, Parcel *p, unsigned leg,
                                      const Frame *frame)
{
        relay_parcel_drop_leg(p, leg);
        w->failures = w->slow = 0;
        w->not_before_ms = 0;
        c->dear = w->link->dear;
        c->answered_ms = clock_now(c->clock);
        way_restart_idle(w);
        if (carrier_is_poll(p->timeout_ms))
                carrier_relay_note_poll(c, p);
        else if (!w->link->dear)
                pace_note(&c->pace, clock_now(c->clock) - p->sent_ms);
        c->ways.answering = w;
        relay_parcel_finish(p, CARRIER_ANSWERED, frame->body, frame->len);
        c->ways.answering = NULL;
}

static void carrier_relay_take_refusal(CarrierRelay *c, Way *w, Parcel *p, unsigned leg,
                                       FrameRefusal why)
{
        relay_parcel_drop_leg(p, leg);
        p->wants_leg = true;
        if (why == FRAME_BUSY)
                w->not_before_ms = clock_now(c->clock) + BUSY_MS;
        else
                way_failed(w);
        way_restart_idle(w);
        carrier_relay_pump_at(c, 0);
}

static void carrier_relay_on_frame(void *userdata, Way *w, const Frame *frame)
{
        CarrierRelay *c = userdata;
        unsigned leg;
        Parcel *p = carrier_relay_find(c, w, frame->number, &leg);

        if (p && frame->kind == FRAME_ANSWER) {
                carrier_relay_take_answer(c, w, p, leg, frame);
        } else if (p && frame->kind == FRAME_REFUSED) {
                carrier_relay_take_refusal(c, w, p, leg, frame->refusal);
        } else if (!p && w->n_cancelled > 0) {
                w->n_cancelled--; /* it crossed with our CANCEL */
        } else {
                way_failed(w);
                way_hang_up(w);
                way_settle(w);
        }
}

static void carrier_relay_on_lost(void *userdata, Way *w)
{
        CarrierRelay *c = userdata;
        Parcel *p;

        TAILQ_FOREACH (p, &c->parcels, list) {
                for (unsigned i = p->n_legs; i-- > 0;)
                        if (p->legs[i].way == w)
                                relay_parcel_drop_leg(p, i);
        }
}

static void carrier_relay_on_changed(void *userdata)
{
        CarrierRelay *c = userdata;

        if (!TAILQ_EMPTY(&c->parcels))
                carrier_relay_pump_at(c, 0);
}

static const WaysEvents carrier_relay_ways_events = {
        carrier_relay_on_frame,
        carrier_relay_on_lost,
        carrier_relay_on_changed,
};

/* ---- what radios say ---- */

void carrier_relay_heard(Carrier *carrier, Radio *radio, const Token *token)
{
        ways_heard(&((CarrierRelay *)carrier)->ways, radio, token);
}

void carrier_relay_gone(Carrier *carrier, Radio *radio, const Token *token)
{
        ways_gone(&((CarrierRelay *)carrier)->ways, radio, token);
}

void carrier_relay_linked(Carrier *carrier, Radio *radio, const Token *token, Link *taken)
{
        ways_linked(&((CarrierRelay *)carrier)->ways, radio, token, taken);
}

void carrier_relay_forget(Carrier *carrier, const Radio *radio)
{
        ways_forget(&((CarrierRelay *)carrier)->ways, radio);
}

uint64_t carrier_relay_last_helped(const Carrier *carrier)
{
        return ((const CarrierRelay *)carrier)->answered_ms;
}

bool carrier_relay_ready(const Carrier *carrier)
{
        return ways_ready(&((const CarrierRelay *)carrier)->ways);
}

/* ---- the carrier ---- */

static int carrier_relay_send(Carrier *carrier, Carriage **ret, const uint8_t *sealed, size_t len,
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
        r = p->sealed ? clock_restart(c->clock, &p->timeout, timeout_ms, relay_parcel_on_timeout, p)
                      : -ENOMEM;
        if (r < 0) {
                relay_parcel_free(p);
                return r;
        }
        memcpy(p->sealed, sealed, len);
        carrier_relay_pump_at(c, 0);
        *ret = &p->carriage;
        return 0;
}

static void carrier_relay_cancel(Carriage *g)
{
        CarrierRelay *c = (CarrierRelay *)g->carrier;

        relay_parcel_call_off_all((Parcel *)g);
        relay_parcel_free((Parcel *)g);
        carrier_relay_pump_at(c, 0);
}

static bool carrier_relay_reject(Carrier *carrier)
{
        Way *w = ((CarrierRelay *)carrier)->ways.answering;

        if (w) {
                way_lied(w);
                way_hang_up(w);
        }
        return true;
}

static uint32_t carrier_relay_patience(const Carrier *carrier)
{
        return ((const CarrierRelay *)carrier)->dear ? RELAYED_DEAR_WATCH_MS : RELAYED_WATCH_MS;
}

static Carrier *carrier_relay_free(Carrier *carrier)
{
        CarrierRelay *c = (CarrierRelay *)carrier;

        ways_done(&c->ways);
        timer_free(c->pump);
        free(c);
        return NULL;
}

static void carrier_relay_renew(Carrier *carrier)
{
        ways_renew(&((CarrierRelay *)carrier)->ways);
}

static const CarrierOps ops = {
        .send = carrier_relay_send,
        .cancel = carrier_relay_cancel,
        .reject = carrier_relay_reject,
        .patience = carrier_relay_patience,
        .renew = carrier_relay_renew,
        .free = carrier_relay_free,
};

int carrier_relay_new(Carrier **ret, Clock *clock)
{
        CarrierRelay *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        c->carrier.ops = &ops;
        c->clock = clock;
        ways_init(&c->ways, clock, &carrier_relay_ways_events, c);
        TAILQ_INIT(&c->parcels);
        *ret = &c->carrier;
        return 0;
}
