/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * beacon.h - what a terminal shows over Bluetooth LE: the service data of one legacy advertisement
 *
 *   0   8  token
 *   8   1  version (4 bits, 1), flags (4 bits, none defined: send zero, ignore on receipt)
 *   9   1  PSM of the L2CAP listener, 0x80 to 0xff (Core 5.3, vol 3, part A, 4.22); 0: none
 *
 * With the 128-bit UUID and its two bytes of header these are 28 of 31 bytes. That leaves room for
 * the 3-byte Flags field that some drivers add.
 */
#pragma once

#include "src/protocol/serial.h"

#define BEACON_UUID "548a26bb-65f7-4404-8b06-255da6497a9c"

enum {
        BEACON_SIZE = TOKEN_SIZE + 2,
        BEACON_VERSION = 1,
        BEACON_PSM_MIN = 0x80,
};

typedef struct Beacon {
        Token token;
        uint8_t psm; /* 0: none */
} Beacon;

enum { _BEACON_E_SUCCESS, BEACON_E_MALFORMED, BEACON_E_VERSION };

void beacon_write(const Beacon *b, uint8_t ret[static BEACON_SIZE]);
/* Hostile input: anybody in reach can send it. */
int beacon_read(Beacon *ret, const uint8_t *data, size_t n);
