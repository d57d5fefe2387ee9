/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "carrier-switch.h"

#include "src/protocol/envelope.h"
#include "pace.h"

#include <assert.h>
#include <string.h>
#include <sys/queue.h>

typedef struct Parcel Parcel;

typedef struct CarrierSwitch {
        Carrier carrier;
        CarrierSwitchDeps deps;
        bool relayed;
        LIST_HEAD(, Parcel) parcels;
        Carriage *trial; /* the last request that was no long poll, sent directly once more */
        uint8_t *last;
        size_t n_last;
        uint64_t next_try_ms, try_every_ms;
        Pace pace;             /* of direct answers */
        bool answered_relayed; /* during a CarrierFunc: its answer came through a neighbour */
} CarrierSwitch;

/* A sealed request, sent directly, through a neighbour, or both. A long poll takes one route at a
 * time: a second one makes the cloud answer the first at once, without news. */
struct Parcel {
        Carriage carriage;
        bool poll;
        LIST_ENTRY(Parcel) list;
        uint8_t *sealed;
        size_t len;
        uint64_t sent_ms, until_ms;
        CarrierFunc func;
        void *userdata;
        Timer *slow;
        Carriage *direct, *relay;
        CarrierResult failure; /* of the route that failed first */
};

static CarrierSwitch *switch_of(const Parcel *p)
{
        return (CarrierSwitch *)p->carriage.carrier;
}

static bool switch_has_neighbours(const CarrierSwitch *c)
{
        return c->deps.relay_ready(c->deps.relay);
}

static void parcel_free(Parcel *p)
{
        LIST_REMOVE(p, list);
        timer_free(p->slow);
        carriage_cancel(p->direct);
        carriage_cancel(p->relay);
        free(p->sealed);
        free(p);
}

static void parcel_finish(Parcel *p, CarrierResult result, const uint8_t *answer, size_t len)
{
        CarrierFunc func = p->func;
        void *userdata = p->userdata;

        assert((result == CARRIER_ANSWERED) == (answer != NULL));
        parcel_free(p);
        func(userdata, result, answer, len);
}

/* ---- the two routes ---- */

static void on_parcel_direct(void *userdata, CarrierResult result, const uint8_t *answer,
                             size_t len);
static void on_parcel_relay(void *userdata, CarrierResult result, const uint8_t *answer,
                            size_t len);

static uint32_t parcel_time_left(const Parcel *p)
{
        uint64_t now = clock_now(switch_of(p)->deps.clock);

        return p->until_ms > now ? (uint32_t)(p->until_ms - now) : 1;
}

static int parcel_send_directly(Parcel *p)
{
        return carrier_send(switch_of(p)->deps.direct, &p->direct, p->sealed, p->len,
                            parcel_time_left(p), on_parcel_direct, p);
}

static int parcel_send_relayed(Parcel *p)
{
        return carrier_send(switch_of(p)->deps.relay, &p->relay, p->sealed, p->len,
                            parcel_time_left(p), on_parcel_relay, p);
}

/* One route is slow: try the other too, unless its bytes move. The first answer cancels the other
 * request. */
static void on_parcel_slow(void *userdata)
{
        Parcel *p = userdata;

        p->slow = timer_free(p->slow);
        if (carriage_moves(p->direct))
                (void)clock_restart(switch_of(p)->deps.clock, &p->slow, CARRIER_LOOK_MS,
                                    on_parcel_slow, p);
        else if (!p->direct)
                (void)parcel_send_directly(p);
        else if (!p->relay && switch_has_neighbours(switch_of(p)))
                (void)parcel_send_relayed(p);
}

static void switch_set_relayed(CarrierSwitch *c, bool relayed)
{
        if (c->relayed == relayed)
                return;
        c->relayed = relayed;
        c->try_every_ms = SWITCH_TRY_MS;
        c->next_try_ms = clock_now(c->deps.clock) + c->try_every_ms;
        if (c->deps.changed)
                c->deps.changed(c->deps.userdata);
}

/* The direct route does not work: sends the other waiting parcels through a neighbour too. */
static void switch_take_along(CarrierSwitch *c, const Parcel *answered)
{
        Parcel *p;

        LIST_FOREACH (p, &c->parcels, list)
                if (p != answered && !p->relay) {
                        if (p->poll)
                                p->direct = carriage_cancel(p->direct);
                        (void)parcel_send_relayed(p);
                }
}

/* What is not sealed may come from something in between: then a neighbour is asked, too. */
static bool switch_is_from_cloud(CarrierResult result, const uint8_t *answer, size_t len)
{
        return result == CARRIER_ANSWERED && envelope_is_response(answer, len);
}

/* An answer that is no envelope comes from something in between, like a log-in page. */
static CarrierResult switch_failure_of(CarrierResult result)
{
        return result == CARRIER_ANSWERED ? CARRIER_UNREACHABLE : result;
}

/* The direct route works: long polls take it, too, for a neighbour that does not answer would keep
 * them to their end. */
static void switch_take_back(CarrierSwitch *c, const Parcel *answered)
{
        Parcel *p;

        LIST_FOREACH (p, &c->parcels, list)
                if (p != answered && p->poll && !p->direct && parcel_send_directly(p) == 0)
                        p->relay = carriage_cancel(p->relay);
}

static void on_parcel_direct(void *userdata, CarrierResult result, const uint8_t *answer,
                             size_t len)
{
        Parcel *p = userdata;
        CarrierSwitch *c = switch_of(p);

        p->direct = NULL;
        if (switch_is_from_cloud(result, answer, len)) {
                c->answered_relayed = false;
                if (!p->poll)
                        pace_note(&c->pace, clock_now(c->deps.clock) - p->sent_ms);
                switch_set_relayed(c, false);
                switch_take_back(c, p);
                parcel_finish(p, result, answer, len);
                return;
        }
        p->failure = switch_failure_of(result);
        if (!p->relay && switch_has_neighbours(c))
                (void)parcel_send_relayed(p);
        if (!p->relay)
                parcel_finish(p, p->failure, NULL, 0);
        /* maybe the cloud was away for a moment only, and the neighbour is slow */
        else if (!p->poll)
                (void)clock_restart(c->deps.clock, &p->slow, SWITCH_SLOW_MS, on_parcel_slow, p);
}

/* Without that, a relayed answer says nothing about the direct route. */
static bool parcel_was_sent_directly(const Parcel *p)
{
        return p->direct || p->failure != CARRIER_ANSWERED;
}

static void on_parcel_relay(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Parcel *p = userdata;
        CarrierSwitch *c = switch_of(p);

        p->relay = NULL;
        if (result == CARRIER_ANSWERED) {
                c->answered_relayed = true;
                if (!c->relayed && parcel_was_sent_directly(p)) {
                        switch_set_relayed(c, true);
                        switch_take_along(c, p);
                }
                parcel_finish(p, result, answer, len);
                return;
        }
        if (!p->direct) /* the failure of the direct route says more */
                parcel_finish(p, p->failure != CARRIER_ANSWERED ? p->failure : result, NULL, 0);
}

/* ---- back to the direct route ---- */

static void on_switch_trial(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        CarrierSwitch *c = userdata;

        c->trial = NULL;
        if (switch_is_from_cloud(result, answer, len)) {
                switch_set_relayed(c, false);
                return;
        }
        c->try_every_ms = MIN(2 * c->try_every_ms, UINT64_C(1) * SWITCH_TRY_MAX_MS);
        c->next_try_ms = clock_now(c->deps.clock) + c->try_every_ms;
}

static void switch_try_directly(CarrierSwitch *c)
{
        if (c->n_last > 0 && !c->trial && clock_now(c->deps.clock) >= c->next_try_ms)
                (void)carrier_send(c->deps.direct, &c->trial, c->last, c->n_last, CARRIER_ANSWER_MS,
                                   on_switch_trial, c);
}

/* Without a copy there is no trial: that only costs time. */
static void switch_remember(CarrierSwitch *c, const Parcel *p)
{
        uint8_t *copy = malloc(p->len);

        free(c->last);
        c->last = copy;
        c->n_last = copy ? p->len : 0;
        if (copy)
                memcpy(copy, p->sealed, p->len);
}

/* ---- the carrier ---- */

/* A way that answers, but slowly, need not have each request twice. */
static uint32_t switch_slow_ms(const CarrierSwitch *c)
{
        return pace_patience(&c->pace, SWITCH_SLOW_MS, SWITCH_SLOW_MOST_MS);
}

static int parcel_send(Parcel *p)
{
        CarrierSwitch *c = switch_of(p);
        int r = 0;

        if (!p->poll) {
                switch_remember(c, p);
                r = clock_restart(c->deps.clock, &p->slow, switch_slow_ms(c), on_parcel_slow, p);
        }
        if (r < 0)
                return r;
        if (!c->relayed || !switch_has_neighbours(c))
                return parcel_send_directly(p);
        r = parcel_send_relayed(p);
        if (r == 0)
                switch_try_directly(c);
        return r;
}

static int switch_send(Carrier *carrier, Carriage **ret, const uint8_t *sealed, size_t len,
                       uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        CarrierSwitch *c = (CarrierSwitch *)carrier;
        Parcel *p = calloc(1, sizeof *p);
        int r;

        if (!p)
                return -ENOMEM;
        *p = (Parcel){
                .carriage.carrier = carrier,
                .poll = carrier_is_poll(timeout_ms),
                .sealed = malloc(len),
                .len = len,
                .sent_ms = clock_now(c->deps.clock),
                .until_ms = clock_now(c->deps.clock) + timeout_ms,
                .func = func,
                .userdata = userdata,
                .failure = CARRIER_ANSWERED,
        };
        LIST_INSERT_HEAD(&c->parcels, p, list);
        if (p->sealed)
                memcpy(p->sealed, sealed, len);
        r = p->sealed ? parcel_send(p) : -ENOMEM;
        if (r < 0) {
                parcel_free(p);
                return r;
        }
        *ret = &p->carriage;
        return 0;
}

static void switch_cancel(Carriage *g)
{
        parcel_free((Parcel *)g);
}

static bool switch_moves(const Carriage *g)
{
        return carriage_moves(((const Parcel *)g)->direct);
}

/* A false answer came directly: neighbours may have a better route. */
static bool switch_reject(Carrier *carrier)
{
        CarrierSwitch *c = (CarrierSwitch *)carrier;

        if (c->answered_relayed)
                return carrier_reject(c->deps.relay);
        if (switch_has_neighbours(c))
                switch_set_relayed(c, true);
        return false;
}

static uint32_t switch_patience(const Carrier *carrier)
{
        const CarrierSwitch *c = (const CarrierSwitch *)carrier;

        return carrier_patience(c->relayed ? c->deps.relay : c->deps.direct);
}

static Carrier *switch_free(Carrier *carrier)
{
        CarrierSwitch *c = (CarrierSwitch *)carrier;

        carriage_cancel(c->trial);
        free(c->last);
        carrier_free(c->deps.direct);
        carrier_free(c->deps.relay);
        free(c);
        return NULL;
}

/* Both ways are tried anew, the direct one first. */
static void switch_renew(Carrier *carrier)
{
        CarrierSwitch *c = (CarrierSwitch *)carrier;

        c->trial = carriage_cancel(c->trial);
        c->pace = (Pace){};
        carrier_renew(c->deps.direct);
        carrier_renew(c->deps.relay);
        switch_set_relayed(c, false);
}

static void switch_warm(Carrier *carrier)
{
        CarrierSwitch *c = (CarrierSwitch *)carrier;

        if (!c->relayed)
                carrier_warm(c->deps.direct);
}

static const CarrierOps switch_ops = {
        .send = switch_send,
        .cancel = switch_cancel,
        .moves = switch_moves,
        .reject = switch_reject,
        .patience = switch_patience,
        .renew = switch_renew,
        .warm = switch_warm,
        .free = switch_free,
};

int carrier_switch_new(Carrier **ret, const CarrierSwitchDeps *deps)
{
        CarrierSwitch *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        c->carrier.ops = &switch_ops;
        c->deps = *deps;
        LIST_INIT(&c->parcels);
        *ret = &c->carrier;
        return 0;
}

bool carrier_switch_relayed(const Carrier *c)
{
        return ((const CarrierSwitch *)c)->relayed;
}
