/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radios.h - the radios of one exchange: they hear neighbours and make links, to help and be helped
 *
 * We need evidence until the close, and links a while longer. After the close the radios stay on
 * until the exchange is over, but for RADIOS_AFTER_CLOSE_MS at most, or RADIOS_REST_MAX_MS while
 * a neighbour is helped. If one was helped within RADIOS_AFTER_HELP_MS before the end, they stay
 * on for as long after it.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/cloud-link/carrier.h"
#include "daemon/radio/radio-bluez.h"
#include "daemon/help/relay.h"

enum {
        RADIOS_AFTER_CLOSE_MS = 30 * 1000,
        RADIOS_AFTER_HELP_MS = 10 * 1000,
        RADIOS_REST_MAX_MS = 5 * 60 * 1000,
        RADIOS_MAX = 2,
        SPENT_TOKENS_MAX = 32,
};

typedef struct Radios Radios;

/* Tokens of exchanges that are over. Their radios may be on still, or a cache has them: whoever
 * presses again on this machine is not near himself. */
typedef struct SpentTokens {
        Token list[SPENT_TOKENS_MAX]; /* a ring; unused ones are zero, which no token is */
        size_t next;
} SpentTokens;

typedef struct RadiosDeps { /* borrowed; outlive the radios */
        sd_event *event;
        Clock *clock;
        bool mdns;
        bool bluetooth;
        RadioBluezSettings bluez;
        Carrier *through_neighbours; /* carrier-relay.h */
        Relay *relay;                /* NULL: neighbours are not helped */
        SpentTokens *spent;
        void (*heard)(void *userdata, const Token *token, SightingTransport transport,
                      int rssi_dbm);
        void (*gone)(void *userdata, const Token *token, SightingTransport transport);
        void (*changed)(void *userdata); /* one is on, off, ready or not ready */
        void *userdata;
} RadiosDeps;

int radios_new(Radios **ret, const RadiosDeps *deps);
Radios *radios_free(Radios *r); /* off at once */
DEFINE_CLEANUP(Radios *, radios_free);

/* 0 where one is on, or none is configured. */
int radios_start(Radios *r, const Token *token);
/* No more evidence is needed; over: the exchange has ended. May be repeated. */
void radios_rest(Radios *r, bool over);

/* Whether we can help neighbours, as radio_invite; holds for radios that start later too. */
void radios_invite(Radios *r, bool on);

/* NULL: it is off. */
const Radio *radios_get(const Radios *r, SightingTransport transport);
