/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "relay.h"

#include "src/base/log.h"

#include <inttypes.h>
#include <string.h>
#include <sys/queue.h>

enum { WAIT_MIN_MS = 1000 };

/* Bytes that may be moved; below zero after an answer that was larger than what was left. */
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
        RelaySettings settings;
        Peer peers[RELAY_PEERS_MAX];
        LIST_HEAD(, Caller) callers;
        size_t n_callers;
        Budget budget;
        uint64_t helped_ms;
        RelayCounts counts;
};

/* ---- budgets ---- */

static void budget_fill(Budget *b, uint64_t now)
{
        uint64_t since = MIN(now - b->filled_ms, UINT64_C(3600) * 1000);

        b->left = MIN(b->burst, b->left + (int64_t)since * b->rate / 1000);
        b->filled_ms = now;
}

static Budget budget_full(int64_t burst, int64_t rate, uint64_t now)
{
        return (Budget){.left = burst, .burst = burst, .rate = rate, .filled_ms = now};
}

static void spend(Caller *c, size_t bytes)
{
        c->peer->budget.left -= (int64_t)bytes;
        c->relay->budget.left -= (int64_t)bytes;
}

static bool has_budget(Caller *c)
{
        uint64_t now = clock_now(c->relay->settings.clock);

        budget_fill(&c->peer->budget, now);
        budget_fill(&c->relay->budget, now);
        return c->peer->budget.left > 0 && c->relay->budget.left > 0;
}

/* ---- neighbours ---- */

/* Nothing would be lost by forgetting it. */
static bool is_forgettable(Peer *p, uint64_t now)
{
        budget_fill(&p->budget, now);
        return p->n_links == 0 && p->shut_out_until_ms <= now && p->budget.left == p->budget.burst;
}

/* NULL: not served now. */
static Peer *find_peer(Relay *r, const uint8_t key[static LINK_PEER])
{
        uint64_t now = clock_now(r->settings.clock);
        Peer *free_one = NULL;

        for (size_t i = 0; i < RELAY_PEERS_MAX; i++) {
                Peer *p = &r->peers[i];

                if (p->known && memcmp(p->key, key, LINK_PEER) == 0)
                        return p->shut_out_until_ms <= now && p->n_links < RELAY_LINKS_PEER ? p
                                                                                            : NULL;
                if (!p->known || is_forgettable(p, now))
                        free_one = p;
        }
        if (!free_one)
                return NULL;
        *free_one = (Peer){.known = true,
                           .budget = budget_full(RELAY_PEER_BURST, RELAY_PEER_RATE, now)};
        memcpy(free_one->key, key, LINK_PEER);
        return free_one;
}

/* ---- one link ---- */

static void forward_free(Forward *f)
{
        f->caller->peer->n_forwards--;
        LIST_REMOVE(f, list);
        carriage_cancel(f->carriage);
        free(f);
}

static void caller_free(Caller *c)
{
        Forward *f;

        while ((f = LIST_FIRST(&c->forwards)))
                forward_free(f);
        LIST_REMOVE(c, list);
        c->relay->n_callers--;
        c->peer->n_links--;
        timer_free(c->idle);
        link_free(c->link);
        free(c);
}

static void cut_off(Caller *c)
{
        Relay *r = c->relay;

        r->counts.cut_off++;
        c->peer->shut_out_until_ms = clock_now(r->settings.clock) + RELAY_SHUT_OUT_MS;
        c->peer->refused = 0;
        caller_free(c);
}

static void on_idle(void *userdata)
{
        Caller *c = userdata;

        if (LIST_EMPTY(&c->forwards))
                caller_free(c);
}

static void mind_idle(Caller *c)
{
        if (LIST_EMPTY(&c->forwards))
                (void)clock_restart(c->relay->settings.clock, &c->idle, RELAY_IDLE_MS, on_idle, c);
        else
                c->idle = timer_free(c->idle);
}

/* A neighbour that does not read what it asked for is cut off, and the caller gone. */
static void reply(Caller *c, const Frame *frame)
{
        if (link_send(c->link, frame) < 0)
                cut_off(c);
        else
                mind_idle(c);
}

static void refuse(Caller *c, uint16_t number, FrameRefusal why)
{
        c->relay->counts.refused++;
        reply(c, &(Frame){.kind = FRAME_REFUSED, .refusal = why, .number = number});
}

static FrameRefusal refusal_of(CarrierResult result)
{
        switch (result) {
        case CARRIER_ANSWERED: /* not by a cloud */
        case CARRIER_NO_NETWORK:
        case CARRIER_UNREACHABLE:
        case CARRIER_TLS:
                return FRAME_NO_ROUTE;
        case CARRIER_REFUSED:
                return FRAME_NOT_TAKEN;
        case CARRIER_BUSY:
                return FRAME_BUSY;
        }
        return FRAME_NO_ROUTE;
}

static void on_carried(void *userdata, CarrierResult result, const uint8_t *answer, size_t len)
{
        Forward *f = userdata;
        Caller *c = f->caller;
        Frame frame = {.kind = FRAME_ANSWER, .number = f->number, .sealed = answer, .len = len};

        f->carriage = NULL;
        forward_free(f);
        if (result != CARRIER_ANSWERED || !envelope_is_response(answer, len)) {
                refuse(c, frame.number, refusal_of(result));
                return;
        }
        spend(c, len);
        c->relay->helped_ms = clock_now(c->relay->settings.clock);
        c->relay->counts.answered++;
        reply(c, &frame);
}

/* ---- what comes ---- */

static Forward *find_forward(const Caller *c, uint16_t number)
{
        Forward *f;

        LIST_FOREACH (f, &c->forwards, list)
                if (f->number == number)
                        return f;
        return NULL;
}

/* Without a carriage the request is refused. */
static void forward(Caller *c, const Frame *frame)
{
        uint32_t wait_ms =
                MIN(MAX(frame->wait_ms, (uint32_t)WAIT_MIN_MS), (uint32_t)RELAY_WAIT_MAX_MS);
        Forward *f = calloc(1, sizeof *f);

        if (!f) {
                refuse(c, frame->number, FRAME_BUSY);
                return;
        }
        *f = (Forward){.caller = c, .number = frame->number};
        LIST_INSERT_HEAD(&c->forwards, f, list);
        c->peer->n_forwards++;
        spend(c, frame->len + RELAY_COST);
        if (carrier_send(c->relay->settings.cloud, &f->carriage, frame->sealed, frame->len, wait_ms,
                         on_carried, f) == 0) {
                mind_idle(c);
                return;
        }
        forward_free(f);
        refuse(c, frame->number, FRAME_BUSY);
}

static bool has_route(const Relay *r)
{
        return !r->settings.has_route || r->settings.has_route(r->settings.userdata);
}

static bool within_bounds(Caller *c)
{
        return c->peer->n_forwards < RELAY_AT_A_TIME && link_unsent(c->link) < FRAME_ANSWER_MAX &&
               has_budget(c);
}

static void on_request(Caller *c, const Frame *frame)
{
        FrameRefusal why = !has_route(c->relay) ? FRAME_NO_ROUTE : FRAME_BUSY;

        if (find_forward(c, frame->number) || c->peer->refused > RELAY_PATIENCE) {
                cut_off(c);
        } else if (why == FRAME_NO_ROUTE || !within_bounds(c)) {
                c->peer->refused++;
                refuse(c, frame->number, why);
        } else {
                c->peer->refused = 0;
                forward(c, frame);
        }
}

static void on_frame(void *userdata, Link *link, const Frame *frame)
{
        Caller *c = userdata;
        Forward *f;

        if (frame->kind == FRAME_REQUEST) {
                on_request(c, frame);
                return;
        }
        f = find_forward(c, frame->number);
        if (f) {
                forward_free(f);
                mind_idle(c);
        } else if (++c->peer->refused > RELAY_PATIENCE) { /* few cross with their answers */
                cut_off(c);
        }
}

static void on_closed(void *userdata, Link *link)
{
        caller_free(userdata);
}

static const LinkEvents link_events = {on_frame, on_closed};

/* ---- life ---- */

void relay_take(Relay *r, Link *taken)
{
        _cleanup_(link_freep) Link *link = taken;
        Peer *peer = r->n_callers < RELAY_LINKS_MAX ? find_peer(r, link->peer) : NULL;
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
        mind_idle(c);
}

void relay_stop(Relay *r)
{
        Caller *c;

        while ((c = LIST_FIRST(&r->callers)))
                caller_free(c);
        if (r->counts.answered + r->counts.refused + r->counts.cut_off > 0)
                log_info("helped neighbours: %" PRIu64 " requests answered, %" PRIu64
                         " refused, %" PRIu64 " links cut off",
                         r->counts.answered, r->counts.refused, r->counts.cut_off);
}

uint64_t relay_last_helped(const Relay *r)
{
        const Caller *c;

        LIST_FOREACH (c, &r->callers, list)
                if (!LIST_EMPTY(&c->forwards))
                        return clock_now(r->settings.clock);
        return r->helped_ms;
}

const RelayCounts *relay_counts(const Relay *r)
{
        return &r->counts;
}

int relay_new(Relay **ret, const RelaySettings *settings)
{
        Relay *r = calloc(1, sizeof *r);

        if (!r)
                return -ENOMEM;
        r->settings = *settings;
        r->budget = budget_full(RELAY_ALL_BURST, RELAY_ALL_RATE, clock_now(settings->clock));
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
                caller_free(c);
        free(r);
        return NULL;
}
