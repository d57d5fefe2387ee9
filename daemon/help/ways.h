/* SPDX-License-Identifier: GPL-2.0-or-later */
/* carrier-relay-private.h - neighbours (carrier-relay-ways.c) and what goes through them
 * (carrier-relay.c) */
#pragma once

#include "carrier-relay.h"

#include <sys/queue.h>

enum { LEGS_MAX = 2 }; /* neighbours that have the same request */

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
        unsigned failures, slow; /* in a row */
        uint64_t not_before_ms;  /* not to be asked until then */
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

/* Whatever is to be done is done from the loop, never within what made it necessary. */
void carrier_relay_pump_at(CarrierRelay *c, uint64_t delay_ms);
void carrier_relay_drop_leg(Parcel *p, unsigned i);
extern const LinkEvents carrier_relay_link_events;

void way_failed(Way *w);   /* not to be asked for a while */
void way_lied(Way *w);     /* nor for a long one */
void way_was_slow(Way *w); /* it stays usable: the cloud itself may be slow */
void way_hang_up(Way *w);  /* its requests go elsewhere */
void way_settle(Way *w);   /* what is neither heard nor linked is no way: it may be gone then */
void way_mind_idle(Way *w);
/* The best that may have this parcel now; NULL: none. */
Way *way_choose(const CarrierRelay *c, const Parcel *p);
void ways_free(CarrierRelay *c);
