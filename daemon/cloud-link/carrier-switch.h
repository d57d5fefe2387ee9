/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-switch.h - carries directly if that works, else through neighbours
 *
 * A request that fails or is slow on the direct route goes through a neighbour too. The route of
 * the first answer is the route of the following requests. While requests are relayed, the last
 * one that was no long poll is repeated directly from time to time, to find out whether the direct
 * route works again.
 */
#pragma once

#include "src/base/clock.h"
#include "carrier.h"

enum {
        /* until a request takes the other route too: more where direct answers took longer */
        SWITCH_SLOW_MS = 1000,
        SWITCH_SLOW_MOST_MS = 5 * 1000,
        /* between tries of the direct route; doubled with each failure */
        SWITCH_TRY_MS = 4 * 1000,
        SWITCH_TRY_MAX_MS = 32 * 1000,
};

typedef struct CarrierSwitchDeps { /* takes the carriers */
        Clock *clock;
        Carrier *direct;
        Carrier *relay;
        bool (*relay_ready)(const Carrier *relay);
        void (*changed)(void *userdata); /* carrier_switch_relayed has changed */
        void *userdata;
} CarrierSwitchDeps;

int carrier_switch_new(Carrier **ret, const CarrierSwitchDeps *deps);

/* Whether the last answer came through a neighbour. */
bool carrier_switch_relayed(const Carrier *c);
