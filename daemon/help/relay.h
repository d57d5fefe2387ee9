/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay.h - helps neighbours that do not reach the cloud: forwards their sealed requests to our own
 * cloud, one hop and unread, and returns the answers
 *
 * A relay learns how much somebody near sends and when, and nothing else: session keys are fresh;
 * tickets, accounts and contents are sealed for the cloud. We do not ask a neighbour for its
 * identity. Tokens are public, so naming one proves nothing, and a real proof would tell the relay
 * which session it carries. So every neighbour is a stranger. One that exceeds the bounds below is
 * first told to wait, then cut off and shut out for a while.
 *
 * One without a cloud can ask which one we help to.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/cloud-link/carrier.h"
#include "daemon/link/link.h"

typedef struct Relay Relay;

/* frame.h has the bounds of one request and one answer. Budgets count the bytes of both directions
 * and RELAY_COST for each request, for its headers and the cloud's time. */
enum {
        RELAY_LINKS_MAX = 8,
        RELAY_AT_A_TIME = 4, /* requests of one neighbour, however many links it has */
        RELAY_LINKS_PEER = 2,
        RELAY_PEERS_MAX = 16, /* remembered; further neighbours are not served */
        RELAY_COST = 2048,
        RELAY_ASK_COST = 64 * 1024, /* of an offer: 64 at once, then two a second */
        RELAY_PEER_BURST = 4 * 1024 * 1024,
        RELAY_PEER_RATE = 128 * 1024, /* bytes a second */
        RELAY_ALL_BURST = 16 * 1024 * 1024,
        RELAY_ALL_RATE = 512 * 1024,
        RELAY_PATIENCE = 64, /* refusals in a row before a neighbour is cut off */
        RELAY_SHUT_OUT_MS = 60 * 1000,
        RELAY_WAIT_MAX_MS = 40 * 1000, /* for the cloud's answer to one request */
        RELAY_IDLE_MS = 60 * 1000,     /* until an unused link is closed */
};

typedef struct RelayCounts {
        uint64_t answered; /* requests */
        uint64_t offered;
        uint64_t refused;
        uint64_t cut_off; /* links that flooded us or broke the bounds */
} RelayCounts;

typedef struct RelayDeps { /* borrowed, outlives the relay */
        Clock *clock;
        Carrier *cloud; /* marks each request as relayed; NULL: nobody is served yet */
        /* false: we need help ourselves and refuse at once. NULL: always true */
        bool (*has_route)(void *userdata);
        /* What a neighbour hears that asks over a link that costs energy, one of Bluetooth. False:
         * nothing is offered. NULL: always false */
        bool (*offer)(void *userdata, CloudOffer *ret);
        void *userdata;
} RelayDeps;

int relay_new(Relay **ret, const RelayDeps *deps);
Relay *relay_free(Relay *r); /* ends its links */
DEFINE_CLEANUP(Relay *, relay_free);

/* What comes from now on goes to this cloud, as in RelayDeps. */
void relay_set_cloud(Relay *r, Carrier *cloud);
/* The network is another one: askers that wait are told to ask again. */
void relay_renew(Relay *r);
void relay_take(Relay *r, Link *taken);
/* Our exchanges are over: closes all links. Keeps the counts and the list of those shut out. */
void relay_stop(Relay *r);

/* When a neighbour was helped last, by clock_now; now, while one waits for an answer; 0: never. */
uint64_t relay_last_helped(const Relay *r);
const RelayCounts *relay_counts(const Relay *r);
