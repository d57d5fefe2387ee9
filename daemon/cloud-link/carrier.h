/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier.h - carries sealed envelopes to the cloud and answers back: over HTTP, through a
 * neighbour, or by whichever of the two works; in the simulation a function call with delay and
 * loss
 *
 * A carrier does not know what it carries and retries nothing; cloud-client.c does.
 */
#pragma once

#include "src/base/util.h"

typedef struct Carrier Carrier;
typedef struct Carriage Carriage; /* one envelope on its way */

typedef enum CarrierResult {
        CARRIER_ANSWERED,    /* answer holds a sealed response */
        CARRIER_NO_NETWORK,  /* no route, name not resolved, interface down */
        CARRIER_UNREACHABLE, /* refused, timed out, cut off */
        CARRIER_TLS,         /* certificate not accepted: wrong, or a clock is off */
        CARRIER_PORTAL,      /* the network answers itself, with a page to log in at */
        /* These say so themselves, unsealed, so it may be somebody in between: */
        CARRIER_REFUSED, /* not the key of this cloud (HTTP 421) */
        CARRIER_BUSY,    /* later (HTTP 429, 503) */
} CarrierResult;

/* A longer timeout than this marks a long poll: the cloud may wait for news for the rest. */
enum { CARRIER_ANSWER_MS = 10 * 1000 };
/* While what is under way moves, look again after this time. */
enum { CARRIER_LOOK_MS = 500 };

/* answer is borrowed, valid during the call; NULL unless CARRIER_ANSWERED. The carriage is gone
 * afterwards. */
typedef void (*CarrierFunc)(void *userdata, CarrierResult result, const uint8_t *answer,
                            size_t len);

typedef struct CarrierOps {
        int (*send)(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                    uint32_t timeout_ms, CarrierFunc func, void *userdata);
        void (*cancel)(Carriage *g);
        bool (*moves)(const Carriage *g);       /* NULL: it cannot tell */
        bool (*reject)(Carrier *c);             /* NULL: there is only one way */
        uint32_t (*patience)(const Carrier *c); /* NULL: any */
        void (*renew)(Carrier *c);              /* NULL: it has nothing that lasts */
        void (*warm)(Carrier *c);               /* NULL: it has nothing to prepare */
        Carrier *(*free)(Carrier *c);
} CarrierOps;

struct Carrier {
        const CarrierOps *ops;
};
struct Carriage {
        Carrier *carrier;
};

static inline bool carrier_is_poll(uint32_t timeout_ms)
{
        return timeout_ms > CARRIER_ANSWER_MS;
}
/* Calls func once, later, unless cancelled. Copies sealed. */
static inline int carrier_send(Carrier *c, Carriage **ret, const uint8_t *sealed, size_t len,
                               uint32_t timeout_ms, CarrierFunc func, void *userdata)
{
        return c->ops->send(c, ret, sealed, len, timeout_ms, func, userdata);
}
/* func is not called any more. NULL is fine. */
static inline Carriage *carriage_cancel(Carriage *g)
{
        if (g)
                g->carrier->ops->cancel(g);
        return NULL;
}
/* No answer yet, but the way is known to be slow and not dead: a copy would make it slower. False:
 * it is dead, or nothing is known of it. NULL is fine. */
static inline bool carriage_moves(const Carriage *g)
{
        return g && g->carrier->ops->moves && g->carrier->ops->moves(g);
}
/* From within a CarrierFunc: its answer is not the cloud's. True: a neighbour forged or broke it,
 * so it says nothing about the cloud, and we do not ask that neighbour for a while. */
static inline bool carrier_reject(Carrier *c)
{
        return c->ops->reject && c->ops->reject(c);
}
/* How long (ms) the cloud should wait for news at most before it answers a request sent now. */
static inline uint32_t carrier_patience(const Carrier *c)
{
        return c->ops->patience ? c->ops->patience(c) : UINT32_MAX;
}
/* The network is another one: what connections and experience there are from before do not count.
 * What is under way stays so. */
static inline void carrier_renew(Carrier *c)
{
        if (c->ops->renew)
                c->ops->renew(c);
}
/* Several requests come soon: makes the connections for them. */
static inline void carrier_warm(Carrier *c)
{
        if (c->ops->warm)
                c->ops->warm(c);
}
static inline Carrier *carrier_free(Carrier *c)
{
        return c ? c->ops->free(c) : NULL;
}
DEFINE_CLEANUP(Carrier *, carrier_free);
