/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-switch.h - carries directly where that works, else through neighbours
 *
 * A request that fails or is slow directly goes through a neighbour too, and whoever answers
 * first decides which way the next ones take. While they are relayed, the last one that was no
 * long poll is sent directly once more every now and then, to see whether that works again.
 */
#pragma once

#include "src/base/clock.h"
#include "carrier.h"

enum {
        SWITCH_SLOW_MS = 1000, /* until the other way is taken, too */
        /* between tries of the direct way; doubled with each that fails */
        SWITCH_TRY_MS = 4 * 1000,
        SWITCH_TRY_MAX_MS = 32 * 1000,
};

typedef struct CarrierSwitchSettings { /* carriers are taken */
        Clock *clock;
        Carrier *direct;
        Carrier *relay;
        bool (*relay_ready)(const Carrier *relay);
        void (*changed)(void *userdata); /* carrier_switch_relayed has changed */
        void *userdata;
} CarrierSwitchSettings;

int carrier_switch_new(Carrier **ret, const CarrierSwitchSettings *settings);

/* Whether the last answer came through a neighbour. */
bool carrier_switch_relayed(const Carrier *c);
