/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * relay.h - help for neighbours without a way to the cloud: sealed requests that come over links
 * go to our own cloud, one hop and unread, and the answers back
 *
 * A relay learns that somebody near sends how much and when, and nothing else: session keys are
 * fresh, tickets, accounts and contents are sealed for the cloud. Nobody is asked who it is: a
 * token is public, so naming one proves nothing, and a real proof would tell the relay whose
 * session it carries. So everyone is a stranger, and whoever asks for more than the bounds here
 * is told to wait, then cut off and shut out for a while.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/cloud-link/carrier.h"
#include "daemon/link/link.h"

typedef struct Relay Relay;

/* What one answer or request may have stands in frame.h. The bytes are of both directions, with
 * RELAY_COST for each request: its headers, and the cloud's time. */
enum {
        RELAY_LINKS_MAX = 8,
        RELAY_AT_A_TIME = 4, /* requests of one neighbour, however many links it has */
        RELAY_LINKS_PEER = 2,
        RELAY_PEERS_MAX = 16, /* that are remembered; who is new beyond these is not served */
        RELAY_COST = 2048,
        RELAY_PEER_BURST = 4 * 1024 * 1024,
        RELAY_PEER_RATE = 128 * 1024, /* bytes a second */
        RELAY_ALL_BURST = 16 * 1024 * 1024,
        RELAY_ALL_RATE = 512 * 1024,
        RELAY_PATIENCE = 64, /* requests in a row that are refused, before a neighbour is cut off */
        RELAY_SHUT_OUT_MS = 60 * 1000,
        RELAY_WAIT_MAX_MS = 40 * 1000, /* for the cloud's answer to one request */
        RELAY_IDLE_MS = 60 * 1000,     /* until a link on which nothing happens is ended */
};

typedef struct RelayCounts {
        uint64_t answered; /* requests */
        uint64_t refused;
        uint64_t cut_off; /* links: flooded, or broke the bounds */
} RelayCounts;

typedef struct RelaySettings { /* borrowed, outlives the relay */
        Clock *clock;
        Carrier *cloud; /* marks what it brings as relayed */
        /* false: we need help ourselves, and say so at once. NULL: true */
        bool (*has_route)(void *userdata);
        void *userdata;
} RelaySettings;

int relay_new(Relay **ret, const RelaySettings *settings);
Relay *relay_free(Relay *r); /* ends its links */
DEFINE_CLEANUP(Relay *, relay_free);

void relay_take(Relay *r, Link *taken);
/* Our exchanges are over: all links end. Counts and who is shut out are kept. */
void relay_stop(Relay *r);

/* clock_now when somebody was helped last; now while somebody is waiting for an answer; 0:
 * never. */
uint64_t relay_last_helped(const Relay *r);
const RelayCounts *relay_counts(const Relay *r);
