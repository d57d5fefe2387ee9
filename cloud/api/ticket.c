/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ticket.h"

#include "src/base/endian-bytes.h"

#include <string.h>

enum {
        NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
        PLAIN = 8 + sizeof(Bytes32) + 8,
};

void ticket_seal(uint8_t ret[static TICKET_SIZE], const Key *ticket_key, int64_t account,
                 const Bytes32 *session_key, uint64_t expires_ms)
{
        uint8_t plain[PLAIN];

        le_write(plain, (uint64_t)account, 8);
        memcpy(plain + 8, session_key->b, sizeof session_key->b);
        le_write(plain + 40, expires_ms, 8);
        randombytes_buf(ret, NONCE);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE, NULL, plain, sizeof plain,
                                                         NULL, 0, NULL, ret, ticket_key->b);
}

int ticket_open(int64_t *ret_account, const Key *ticket_key, const uint8_t *ticket, size_t len,
                const Bytes32 *session_key, uint64_t now_ms)
{
        uint8_t plain[PLAIN];

        if (len != TICKET_SIZE ||
            crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, ticket + NONCE,
                                                       len - NONCE, NULL, 0, ticket,
                                                       ticket_key->b) < 0 ||
            memcmp(plain + 8, session_key->b, sizeof session_key->b) != 0)
                return TICKET_E_INVALID;
        if (now_ms >= le_read(plain + 40, 8))
                return TICKET_E_EXPIRED;
        *ret_account = (int64_t)le_read(plain, 8);
        return 0;
}
