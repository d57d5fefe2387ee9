/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-relay.h - carries sealed envelopes through neighbours that help
 *
 * Knows the neighbours that radios hear, makes a link to one when there is something to carry,
 * and takes the next one when it is too slow, refuses or goes. A request may so arrive twice,
 * which the protocol allows. No neighbour is believed: what it says of the cloud only means that
 * another one is asked.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/cloud-link/carrier.h"
#include "daemon/radio/radio.h"

enum {
        RELAYED_AT_A_TIME = 3, /* requests with one neighbour; less than relay.h allows */
        /* until another neighbour is tried beside one that has no link yet */
        RELAYED_REACH_MS = 2 * 1000,
        /* beyond the time the cloud may take: another neighbour is asked too */
        RELAYED_SLOW_MS = 1500,
        /* of a long poll: a neighbour that swallows it costs no more */
        RELAYED_WATCH_MS = 8 * 1000,
        RELAYED_IDLE_MS = 20 * 1000,       /* until a link without use is ended */
        RELAYED_DEAR_REACH_MS = 12 * 1000, /* as above, where the radio has to find and to call */
        RELAYED_DEAR_SLOW_MS = 5 * 1000,
        RELAYED_DEAR_WATCH_MS = 4 * 1000, /* over links that cost energy: shorter, */
        RELAYED_DEAR_IDLE_MS = 200,       /* ended at once, */
        RELAYED_DEAR_PAUSE_MS = 4 * 1000, /* and as long off between polls, when nothing happens */
};

int carrier_relay_new(Carrier **ret, Clock *clock);

/* What radios hear; each neighbour counts once for each radio that hears it. A radio is forgotten
 * before it is stopped. */
void carrier_relay_heard(Carrier *c, Radio *radio, const Token *token);
void carrier_relay_gone(Carrier *c, Radio *radio, const Token *token);
/* as RadioEvents */
void carrier_relay_linked(Carrier *c, Radio *radio, const Token *token, Link *taken);
void carrier_relay_forget(Carrier *c, const Radio *radio);

/* clock_now when the last answer came; 0: none yet. */
uint64_t carrier_relay_last_helped(const Carrier *c);
/* Whether there is a neighbour to try now. */
bool carrier_relay_ready(const Carrier *c);
