/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ticket.h"

#include "src/base/endian-bytes.h"

#include <string.h>

enum {
        NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
        EPOCH = 8,
        SESSION_KEY = EPOCH + 8,
        EXPIRY = SESSION_KEY + sizeof(Bytes32),
        PLAIN = EXPIRY + 8,
};

void ticket_seal(uint8_t ret[static TICKET_SIZE], const Key *ticket_key, const Ticket *t,
                 const Bytes32 *session_key)
{
        uint8_t plain[PLAIN];

        le_write(plain, (uint64_t)t->account, 8);
        le_write(plain + EPOCH, t->epoch, 8);
        memcpy(plain + SESSION_KEY, session_key->b, sizeof session_key->b);
        le_write(plain + EXPIRY, t->expires_ms, 8);
        randombytes_buf(ret, NONCE);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE, NULL, plain, sizeof plain,
                                                         NULL, 0, NULL, ret, ticket_key->b);
}

int ticket_open(Ticket *ret, const Key *ticket_key, const uint8_t *ticket, size_t len,
                const Bytes32 *session_key, uint64_t now_ms)
{
        uint8_t plain[PLAIN];

        if (len != TICKET_SIZE ||
            crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, ticket + NONCE,
                                                       len - NONCE, NULL, 0, ticket,
                                                       ticket_key->b) < 0 ||
            memcmp(plain + SESSION_KEY, session_key->b, sizeof session_key->b) != 0)
                return TICKET_E_INVALID;
        if (now_ms >= le_read(plain + EXPIRY, 8))
                return TICKET_E_EXPIRED;
        *ret = (Ticket){
                .account = (int64_t)le_read(plain, 8),
                .epoch = le_read(plain + EPOCH, 8),
                .expires_ms = le_read(plain + EXPIRY, 8),
        };
        return 0;
}
