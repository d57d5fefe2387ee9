/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * carrier-race.h - carries by whichever of several carriers answers first: those to the addresses
 * of one cloud
 *
 * The one that has answered last goes first, then in their order. If one fails, the next goes at
 * once; if it is slow, beside it. The first answer wins, and the others are cancelled. A long poll
 * is with one at a time: two would end each other at the cloud.
 */
#pragma once

#include "src/base/clock.h"
#include "carrier.h"

enum {
        CARRIER_RACE_MAX = 8,
        CARRIER_RACE_STAGGER_MS = 250,
        /* the same, where the first has answered before: more where that took longer */
        CARRIER_RACE_SLOW_MS = 1000,
        CARRIER_RACE_SLOW_MOST_MS = 5000,
};

typedef struct CarrierRaceDeps {
        Clock *clock;
        /* Whether an answer is one of a cloud; sent: the bytes that were sent. */
        bool (*counts)(const uint8_t *answer, size_t len, size_t sent);
        /* Another one than before has answered. NULL: nobody asks. */
        void (*won)(void *userdata, size_t i);
        void *userdata;
} CarrierRaceDeps;

int carrier_race_new(Carrier **ret, const CarrierRaceDeps *deps);
/* Takes it, also on failure. -E2BIG: there are CARRIER_RACE_MAX. */
int carrier_race_add(Carrier *c, Carrier *taken);
/* Which one has answered last, from 0 on; SIZE_MAX: none since the start, or since the last
 * carrier_renew. */
size_t carrier_race_winner(const Carrier *c);
