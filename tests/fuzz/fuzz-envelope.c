/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sealed bytes from the network, and plain texts from a sender that knows the keys and pads in its
 * own way. */
#include "fuzz.h"

#include "src/protocol/envelope.h"

#include <assert.h>
#include <string.h>

static const Session session = {{{1}}, {{4}}, {{2}}, {{3}}};
static const uint8_t nonce[ENVELOPE_NONCE];

static int open_both(const uint8_t *sealed, size_t size)
{
        _cleanup_free_ uint8_t *request = NULL, *response = NULL;
        uint8_t request_nonce[ENVELOPE_NONCE];
        Bytes32 key;
        size_t len;
        int r = envelope_open_request(&request, &len, request_nonce, &session, sealed, size);

        assert(r != 0 || (envelope_session_key(&key, sealed, size) == 0 && request[len] == 0));
        (void)envelope_open_response(&response, &len, nonce, &session, sealed, size);
        return r;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_free_ uint8_t *sealed = calloc(1, ENVELOPE_REQUEST_HEAD + size + ENVELOPE_TAG);

        (void)open_both(data, size);
        if (!sealed)
                return 0;
        sealed[0] = ENVELOPE_SUITE;
        memcpy(sealed + 1, session.public_key.b, sizeof session.public_key);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + ENVELOPE_REQUEST_HEAD, NULL, data,
                                                         size, sealed, 33, NULL, sealed + 33,
                                                         session.to_cloud.b);
        (void)open_both(sealed, ENVELOPE_REQUEST_HEAD + size + ENVELOPE_TAG);
        return 0;
}
