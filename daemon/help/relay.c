/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relay.h"

#include "src/base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include <sys/queue.h>

enum { WAIT_MIN_MS = 1000 };

/* Token bucket of bytes. left is below zero after an answer larger than what was left. */
typedef struct Budget {
        int64_t left, burst, rate;
        uint64_t filled_ms;
} Budget;

typedef struct Peer {
        uint8_t key[LINK_PEER];
        bool known;
        unsigned n_links, n_forwards;
        unsigned refused; /* in a row */
        uint64_t shut_out_until_ms;
        Budget budget;
} Peer;

typedef struct Caller Caller;

/* A request on its way to the cloud. */
typedef struct Forward {
        LIST_ENTRY(Forward) list;
        Caller *caller;
        uint16_t number;
        Carriage *carriage;
} Forward;

struct Caller {
        LIST_ENTRY(Caller) list;
        Relay *relay;
        Peer *peer;
        Link *link;
        Timer *idle;
        LIST_HEAD(, Forward) forwards;
};

struct Relay {
        RelayDeps deps;
        Peer peers[RELAY_PEERS_MAX];
        LIST_HEAD(, Caller) callers;
        size_t n_callers;
        Budget budget;
        uint64_t helped_ms;
        RelayCounts counts;
};

/* ---- budgets ---- */

static void relay_budget_fill(Budget *b, uint64_t now)
{
        assert(b->filled_ms <= now && b->rate > 0);
        uint64_t since = MIN(now - b->filled_ms, UINT64_C(3600) * 1000);

        b->left = MIN(b->burst, b->left + (int64_t)since * b->rate / 1000);
        b->filled_ms = now;
}

static Budget relay_budget_full(int64_t burst, int64_t rate, uint64_t now)
{
        return (Budget){.left = burst, .burst = burst, .rate = rate, .filled_ms = now};
}

static void caller_spend(Caller *c, size_t bytes)
{
        c->peer->budget.left -= (int64_t)bytes;
        c->relay->budget.left -= (int64_t)bytes;
}

static bool caller_has_budget(Caller *c)
{
        uint64_t now = clock_now(c->relay->deps.clock);

        relay_budget_fill(&c->peer->budget, now);
        relay_budget_fill(&c->relay->budget, now);
        return c->peer->budget.left > 0 && c->relay->budget.left > 0;
}

/* ---- neighbours ---- */

/* No state of this peer is worth keeping. */
static bool peer_is_forgettable(Peer *p, uint64_t now)
{
        relay_budget_fill(&p->budget, now);
        return p->n_links == 0 && p->shut_out_until_ms <= now && p->budget.left == p->budget.burst;
}

/* NULL: this neighbour is not served now. */
static Peer *relay_find_peer(Relay *r, const uint8_t key[static LINK_PEER])
{
        uint64_t now = clock_now(r->deps.clock);
        Peer *free_one = NULL;

        for (size_t i = 0; i < RELAY_PEERS_MAX; i++) {
                Peer *p = &r->peers[i];

                if (p->known && memcmp(p->key, key, LINK_PEER) == 0)
                        return p->shut_out_until_ms <= now && p->n_links < RELAY_LINKS_PEER ? p
                                                                                            : NULL;
                if (!p->known || peer_is_forgettable(p, now))
                        free_one = p;
        }
        if (!free_one)
                return NULL;
        *free_one = (Peer){.known = true,
                           .budget = relay_budget_full(RELAY_PEER_BURST, RELAY_PEER_RATE, now)};
        memcpy(free_one->key, key, LINK_PEER);
        return free_one;
}

/* ---- one link ---- */

static void relay_forward_free(Forward *f)
{
        assert(f->caller->peer->n_forwards > 0);
        f->caller->peer->n_forwards--;
        LIST_REMOVE(f, list);
        carriage_cancel(f->carriage);
        free(f);
}

static void relay_caller_free(Caller *c)
{
        Forward *f;

        while ((f = LIST_FIRST(&c->forwards)))
                relay_forward_free(f);
        assert(c->peer->n_links > 0 && c->relay->n_callers > 0);
        LIST_REMOVE(c, list);
        c->relay->n_callers--;
        c->peer->n_links--;
        timer_free(c->idle);
        link_free(c->link);
        free(c);
}

static void caller_cut_off(Caller *c)
{
        Relay *r = c->relay;

        r->counts.cut_off++;
        c->peer->shut_out_until_ms = clock_now(r->deps.clock) + RELAY_SHUT_OUT_MS;
        c->peer->refused = 0;
        relay_caller_free(c);
}

static void relay_on_idle(void *userdata)
{
        Caller *c = userdata;

        if (LIST_EMPTY(&c->forwards))
                relay_caller_free(c);
}

static void relay_restart_idle(Caller *c)
{
        if (LIST_EMPTY(&c->forwards))
                (void)clock_restart(c->relay->deps.clock, &c->idle, RELAY_IDLE_MS, relay_on_idle,
                                    c);
        else
                c->idle = timer_free(c->idle);
}

/* Cuts off a neighbour that does not read its answers: then the caller is freed. */
static void relay_reply(Caller *c, const Frame *frame)
{
        if (link_send(c->link, frame) < 0)
                caller_cut_off(c);
        else
                relay_restart_idle(c);
}

static void relay_refuse(Caller *c, uint16_t number, FrameRefusal why)
{
        c->relay->counts.refused++;
        relay_reply(c, &(Frame){.kind = FRAME_REFUSED, .refusal = why, .number = number});
}

static FrameRefusal relay_refusal_of(CarrierResult result)
{
        switch (result) {
        case CARRIER_ANSWERED: /* not by a cloud */
        case CARRIER_NO_NETWORK:
        case CARRIER_UNREACHABLE:
        case CARRIER_TLS:
        case CARRIER_PORTAL:
                return FRAME_NO_ROUTE;
        case CARRIER_REFUSED:
                return FRAME_NOT_TAKEN;
        case CARRIER_BUSY:
                return FRAME_BUSY;
        }
        return FRAME_NO_ROUTE;
}

static void relay_on_carried(void *userdata, CarrierResult result, const uint8_t *answer,
                             size_t len)
{
        Forward *f = userdata;
        Caller *c = f->caller;
        Frame frame = {.kind = FRAME_ANSWER, .number = f->number, .body = answer, .len = len};

        f->carriage = NULL;
        relay_forward_free(f);
        if (result != CARRIER_ANSWERED || !envelope_is_response(answer, len)) {
                relay_refuse(c, frame.number, relay_refusal_of(result));
                return;
        }
        caller_spend(c, len);
        c->relay->helped_ms = clock_now(c->relay->deps.clock);
        c->relay->counts.answered++;
        relay_reply(c, &frame);
}

/* ---- what comes ---- */

static Forward *relay_find_forward(const Caller *c, uint16_t number)
{
        Forward *f;

        LIST_FOREACH (f, &c->forwards, list)
                if (f->number == number)
                        return f;
        return NULL;
}

/* Sends the request on to the cloud. If that fails, refuses it. */
static void relay_forward(Caller *c, const Frame *frame)
{
        uint32_t wait_ms =
                MIN(MAX(frame->wait_ms, (uint32_t)WAIT_MIN_MS), (uint32_t)RELAY_WAIT_MAX_MS);
        Forward *f = calloc(1, sizeof *f);

        if (!f) {
                relay_refuse(c, frame->number, FRAME_BUSY);
                return;
        }
        *f = (Forward){.caller = c, .number = frame->number};
        LIST_INSERT_HEAD(&c->forwards, f, list);
        c->peer->n_forwards++;
        caller_spend(c, frame->len + RELAY_COST);
        if (carrier_send(c->relay->deps.cloud, &f->carriage, frame->body, frame->len, wait_ms,
                         relay_on_carried, f) == 0) {
                relay_restart_idle(c);
                return;
        }
        relay_forward_free(f);
        relay_refuse(c, frame->number, FRAME_BUSY);
}

static bool relay_has_route(const Relay *r)
{
        return r->deps.cloud && (!r->deps.has_route || r->deps.has_route(r->deps.userdata));
}

static bool relay_within_bounds(Caller *c)
{
        return c->peer->n_forwards < RELAY_AT_A_TIME && link_unsent(c->link) < FRAME_ANSWER_MAX &&
               caller_has_budget(c);
}

static void relay_on_request(Caller *c, const Frame *frame)
{
        FrameRefusal why = !relay_has_route(c->relay) ? FRAME_NO_ROUTE : FRAME_BUSY;

        if (relay_find_forward(c, frame->number) || c->peer->refused > RELAY_PATIENCE) {
                caller_cut_off(c);
        } else if (why == FRAME_NO_ROUTE || !relay_within_bounds(c)) {
                c->peer->refused++;
                relay_refuse(c, frame->number, why);
        } else {
                c->peer->refused = 0;
                relay_forward(c, frame);
        }
}

/* The local network has announcements for that; asking there would tell all of it which cloud this
 * terminal uses. */
static bool relay_make_offer(const Caller *c, CloudOffer *ret)
{
        const RelayDeps *d = &c->relay->deps;

        return c->link->dear && d->offer && d->offer(d->userdata, ret);
}

static void relay_on_ask(Caller *c, const Frame *frame)
{
        uint8_t bytes[CLOUD_OFFER_MAX];
        CloudOffer offer;
        bool offered = relay_has_route(c->relay) && relay_make_offer(c, &offer);

        if (c->peer->refused > RELAY_PATIENCE) {
                caller_cut_off(c);
        } else if (!offered || !relay_within_bounds(c)) {
                c->peer->refused++;
                relay_refuse(c, frame->number, offered ? FRAME_BUSY : FRAME_NO_ROUTE);
        } else {
                caller_spend(c, RELAY_ASK_COST);
                c->relay->counts.offered++;
                relay_reply(c, &(Frame){.kind = FRAME_OFFER,
                                        .number = frame->number,
                                        .body = bytes,
                                        .len = cloud_offer_write(bytes, &offer)});
        }
}

static void relay_on_cancel(Caller *c, const Frame *frame)
{
        Forward *f = relay_find_forward(c, frame->number);

        if (f) {
                relay_forward_free(f);
                relay_restart_idle(c);
        } else if (++c->peer->refused > RELAY_PATIENCE) { /* few CANCELs cross with the answer */
                caller_cut_off(c);
        }
}

static void relay_on_frame(void *userdata, Link *link, const Frame *frame)
{
        Caller *c = userdata;

        if (frame->kind == FRAME_REQUEST)
                relay_on_request(c, frame);
        else if (frame->kind == FRAME_ASK)
                relay_on_ask(c, frame);
        else
                relay_on_cancel(c, frame);
}

static void relay_on_closed(void *userdata, Link *link)
{
        relay_caller_free(userdata);
}

static const LinkEvents link_events = {relay_on_frame, relay_on_closed};

/* ---- life ---- */

void relay_set_cloud(Relay *r, Carrier *cloud)
{
        r->deps.cloud = cloud;
}

void relay_take(Relay *r, Link *taken)
{
        _cleanup_(link_freep) Link *link = taken;
        Peer *peer = r->n_callers < RELAY_LINKS_MAX ? relay_find_peer(r, link->peer) : NULL;
        Caller *c = peer ? calloc(1, sizeof *c) : NULL;

        if (!c) {
                r->counts.cut_off++;
                return;
        }
        *c = (Caller){.relay = r, .peer = peer, .link = TAKE_PTR(link)};
        c->link->events = &link_events;
        c->link->userdata = c;
        LIST_INIT(&c->forwards);
        LIST_INSERT_HEAD(&r->callers, c, list);
        r->n_callers++;
        peer->n_links++;
        relay_restart_idle(c);
}

void relay_stop(Relay *r)
{
        Caller *c;

        while ((c = LIST_FIRST(&r->callers)))
                relay_caller_free(c);
        if (r->counts.answered + r->counts.offered + r->counts.refused + r->counts.cut_off > 0)
                log_info("helped neighbours: %" PRIu64 " requests answered, %" PRIu64
                         " clouds offered, %" PRIu64 " refused, %" PRIu64 " links cut off",
                         r->counts.answered, r->counts.offered, r->counts.refused,
                         r->counts.cut_off);
}

/* A caller that does not read is freed by its refusal, and all its requests with it. */
static void caller_renew(Caller *c)
{
        Forward *f = LIST_FIRST(&c->forwards);
        size_t left = c->peer->n_forwards;

        for (; f && left > 0; f = LIST_FIRST(&c->forwards), left--) {
                uint16_t number = f->number;
                Frame busy = {.kind = FRAME_REFUSED, .refusal = FRAME_BUSY, .number = number};

                relay_forward_free(f);
                c->relay->counts.refused++;
                if (link_send(c->link, &busy) < 0) {
                        caller_cut_off(c);
                        return;
                }
        }
        relay_restart_idle(c);
}

void relay_renew(Relay *r)
{
        for (Caller *c = LIST_FIRST(&r->callers), *next; c; c = next) {
                next = LIST_NEXT(c, list);
                caller_renew(c);
        }
}

uint64_t relay_last_helped(const Relay *r)
{
        const Caller *c;

        LIST_FOREACH (c, &r->callers, list)
                if (!LIST_EMPTY(&c->forwards))
                        return clock_now(r->deps.clock);
        return r->helped_ms;
}

const RelayCounts *relay_counts(const Relay *r)
{
        return &r->counts;
}

int relay_new(Relay **ret, const RelayDeps *deps)
{
        Relay *r = calloc(1, sizeof *r);

        if (!r)
                return -ENOMEM;
        r->deps = *deps;
        r->budget = relay_budget_full(RELAY_ALL_BURST, RELAY_ALL_RATE, clock_now(deps->clock));
        LIST_INIT(&r->callers);
        *ret = r;
        return 0;
}

Relay *relay_free(Relay *r)
{
        Caller *c;

        if (!r)
                return NULL;
        while ((c = LIST_FIRST(&r->callers)))
                relay_caller_free(c);
        free(r);
        return NULL;
}
