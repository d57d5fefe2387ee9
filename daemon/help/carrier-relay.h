/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-relay.h - carries sealed envelopes through neighbours that help
 *
 * It knows the neighbours that radios hear (ways.h) and makes a link to one when there is
 * something to carry. If that one is too slow, refuses or goes, it asks the next one. A request
 * may therefore arrive twice, which the protocol allows. We believe no neighbour: what it says
 * about the cloud only makes us ask another one.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/cloud-link/carrier.h"
#include "daemon/radio/radio.h"

/* "Dear" is a link that costs energy, where the radio has to find and call the neighbour first. */
enum {
        /* for an answer, beyond the time the cloud may take; then we ask another one too */
        RELAYED_SLOW_MS = 1500, /* more where answers took longer */
        RELAYED_SLOW_MOST_MS = 4 * 1000,
        RELAYED_DEAR_SLOW_MS = 5 * 1000,
        /* the longest poll: if a neighbour swallows it, no more time is lost */
        RELAYED_WATCH_MS = 8 * 1000,
        RELAYED_DEAR_WATCH_MS = 4 * 1000,
        /* the longest pause between polls over dear links, while nothing happens */
        RELAYED_DEAR_PAUSE_MS = 4 * 1000,
};

int carrier_relay_new(Carrier **ret, Clock *clock);

/* What the radios hear. A neighbour counts once for each radio that hears it. Forget a radio before
 * you stop it. */
void carrier_relay_heard(Carrier *c, Radio *radio, const Token *token);
void carrier_relay_gone(Carrier *c, Radio *radio, const Token *token);
/* See RadioEvents. */
void carrier_relay_linked(Carrier *c, Radio *radio, const Token *token, Link *taken);
void carrier_relay_forget(Carrier *c, const Radio *radio);

/* When the last answer came, by clock_now; 0: none yet. */
uint64_t carrier_relay_last_helped(const Carrier *c);
/* Whether there is a neighbour to ask now, or very soon. */
bool carrier_relay_ready(const Carrier *c);
