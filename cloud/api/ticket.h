/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ticket.h - lets any node of a cloud serve any request of a session without shared memory
 *
 * Sealed (XChaCha20-Poly1305, random nonce) under a key that only the cloud's nodes have:
 *    0   8  account id, little endian
 *    8  32  session key
 *   40   8  expiry, ms since 1970, little endian
 */
#pragma once

#include "src/base/secret.h"

enum { TICKET_SIZE = 24 + 48 + 16 };

enum {
        _TICKET_E_SUCCESS,
        TICKET_E_INVALID, /* not ours, altered, or for another session */
        TICKET_E_EXPIRED,
};

void ticket_seal(uint8_t ret[static TICKET_SIZE], const Key *ticket_key, int64_t account,
                 const Bytes32 *session_key, uint64_t expires_ms);
int ticket_open(int64_t *ret_account, const Key *ticket_key, const uint8_t *ticket, size_t len,
                const Bytes32 *session_key, uint64_t now_ms);
