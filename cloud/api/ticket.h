/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticket.h - lets any node of a cloud serve any request of a session without shared memory
 *
 * Sealed (XChaCha20-Poly1305, random nonce) under a key that only the cloud's nodes have:
 *    0   8  account id, little endian
 *    8   8  epoch of the account when the session was opened, little endian
 *   16  32  session key
 *   48   8  expiry, ms since 1970, little endian
 *
 * Whether the epoch still stands is seen in the account's row, which every request reads anyway.
 */
#pragma once

#include "src/base/secret.h"

enum { TICKET_SIZE = 24 + 56 + 16 };

enum {
        _TICKET_E_SUCCESS,
        TICKET_E_INVALID, /* not ours, altered, or for another session */
        TICKET_E_EXPIRED,
};

typedef struct Ticket {
        int64_t account;
        uint64_t epoch;
        uint64_t expires_ms;
} Ticket;

void ticket_seal(uint8_t ret[static TICKET_SIZE], const Key *ticket_key, const Ticket *t,
                 const Bytes32 *session_key);
int ticket_open(Ticket *ret, const Key *ticket_key, const uint8_t *ticket, size_t len,
                const Bytes32 *session_key, uint64_t now_ms);
