/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * serial.h - the user serial of a press: route, place, time (patent 0070, 0080-0083)
 *
 * Plain data. wire.c checks all bounds when it decodes a serial, so a Serial can be trusted.
 */
#pragma once

#include "code.h"

enum {
        SERIAL_HEARD_MAX = 64,
        TOKEN_SIZE = 8,
        ROUTE_SIZE = CODE_ROUTE_MAX + 1,
        /* a week: longer than any press waits, and no subtraction wraps */
        SERIAL_AGE_MAX_MS = 604800000,
        FIX_ACCURACY_MIN_M = 10, /* no meeting needs it finer */
        FIX_ACCURACY_MAX_M = 100000000,
        FIX_LATITUDE_MAX_E7 = 900000000,
        FIX_LONGITUDE_MAX_E7 = 1800000000,
};

/* What a terminal advertises between press and close: random, fresh for each press. */
typedef struct Token {
        uint8_t b[TOKEN_SIZE];
} Token;

typedef enum SightingTransport {
        SIGHTING_MDNS = 1, /* numbers as in huddle.proto */
        SIGHTING_BLE = 2,
        SIGHTING_SCREEN = 3, /* a guest's, of what a screen shows (guests.h) */
} SightingTransport;

/* A neighbour heard by radio. Times in ms after the own press. */
typedef struct Sighting {
        Token token;
        SightingTransport transport;
        int8_t rssi_dbm; /* strongest, multiple of 4 rounded down; 0 where the transport has none */
        uint32_t first_heard_ms;
        uint32_t last_heard_ms;
} Sighting;

typedef struct Fix {
        bool known;
        int32_t latitude_e7; /* degrees * 10^7 */
        int32_t longitude_e7;
        uint32_t accuracy_m;
} Fix;

typedef struct Serial {
        char route[ROUTE_SIZE];
        Fix fix;
        Token token;
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n_heard;
        uint64_t press_age_ms; /* at the moment of sending */
} Serial;

/* Rounds down to a multiple of 4, as on the wire. */
int8_t sighting_bucket(int rssi_dbm);
/* Rounds a known fix before it leaves the terminal: to a grid of half the accuracy, so that digits
 * without meaning are gone, and to FIX_ACCURACY_MIN_M at best. The result is at most 0.36 of the
 * accuracy away. */
void fix_round(Fix *f);
/* Great-circle distance in metres of two known fixes. */
double fix_distance_m(const Fix *a, const Fix *b);
