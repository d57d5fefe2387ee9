/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * neighbourhood.h - peers that the radios hear during one press
 *
 * One peer per token, with several transports. Provides the sightings for the serial. Holds at
 * most SERIAL_HEARD_MAX peers; gone and weak ones are evicted first, by a rule that lets both of a
 * pair keep each other.
 */
#pragma once

#include "src/base/clock.h"
#include "src/protocol/serial.h"

typedef struct Neighbourhood Neighbourhood;

typedef struct Peer {
        Token token;
        unsigned transports; /* bits 1 << SightingTransport */
        int rssi_dbm;        /* smoothed; 0 if no transport measures it */
        int rssi_max_dbm;
        uint64_t first_seen_ms; /* clock_now */
        uint64_t last_seen_ms;
        bool present; /* false: it has gone, but its sighting stays */
        bool mutual;  /* the cloud says that it also heard us */
} Peer;

typedef void (*NeighbourhoodFunc)(void *userdata, const Peer *changed);

/* changed is called when a peer appears, goes, or becomes mutual; not for every packet. */
int neighbourhood_new(Neighbourhood **ret, Clock *clock, NeighbourhoodFunc changed, void *userdata);
Neighbourhood *neighbourhood_free(Neighbourhood *n);
DEFINE_CLEANUP(Neighbourhood *, neighbourhood_free);

/* The token that we advertise ourselves. */
void neighbourhood_set_own(Neighbourhood *n, const Token *own);
void neighbourhood_heard(Neighbourhood *n, const Token *token, SightingTransport transport,
                         int rssi_dbm);
void neighbourhood_gone(Neighbourhood *n, const Token *token, SightingTransport transport);
void neighbourhood_set_mutual(Neighbourhood *n, const Token *token);

/* Fills in sightings, with times relative to press_ms; returns their number. */
size_t neighbourhood_evidence(const Neighbourhood *n, uint64_t press_ms,
                              Sighting ret[static SERIAL_HEARD_MAX]);
size_t neighbourhood_count(const Neighbourhood *n);
const Peer *neighbourhood_get(const Neighbourhood *n, size_t i);
