/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * neighbourhood.h - who is near during one press, by which radio, how strong, since when
 *
 * Collects what the radios hear into peers (one a token, several transports) and gives the
 * evidence for the place segment of the serial. Bounded: of more than SERIAL_HEARD_MAX peers the
 * weakest and oldest make room.
 */
#pragma once

#include "src/base/clock.h"
#include "src/protocol/serial.h"

typedef struct Neighbourhood Neighbourhood;

typedef struct Peer {
        Token token;
        unsigned transports; /* bits 1 << SightingTransport */
        int rssi_dbm;        /* smoothed; 0 where no transport measures it */
        int rssi_max_dbm;
        uint64_t first_seen_ms; /* clock_now */
        uint64_t last_seen_ms;
        bool present; /* false: it has gone; its sighting remains evidence */
        bool mutual;  /* the cloud says that it heard us too */
} Peer;

typedef void (*NeighbourhoodFunc)(void *userdata, const Peer *changed);

/* changed is called for a peer that appeared, went, or became mutual; not for every packet. */
int neighbourhood_new(Neighbourhood **ret, Clock *clock, NeighbourhoodFunc changed, void *userdata);
Neighbourhood *neighbourhood_free(Neighbourhood *n);
DEFINE_CLEANUP(Neighbourhood *, neighbourhood_free);

void neighbourhood_heard(Neighbourhood *n, const Token *token, SightingTransport transport,
                         int rssi_dbm);
void neighbourhood_gone(Neighbourhood *n, const Token *token, SightingTransport transport);
void neighbourhood_set_mutual(Neighbourhood *n, const Token *token);

/* Sightings with times after the press at press_ms; returns how many. */
size_t neighbourhood_evidence(const Neighbourhood *n, uint64_t press_ms,
                              Sighting ret[static SERIAL_HEARD_MAX]);
size_t neighbourhood_count(const Neighbourhood *n);
const Peer *neighbourhood_get(const Neighbourhood *n, size_t i);
