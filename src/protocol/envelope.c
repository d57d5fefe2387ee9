/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "envelope.h"

#include "padding.h"

#include <assert.h>
#include <string.h>

enum { RESPONSE_AD = 1 + ENVELOPE_NONCE };

/* What differs between the two directions. */
typedef struct Seal {
        const uint8_t *head; /* in clear, ahead of the ciphertext */
        size_t head_len;
        const uint8_t *ad;
        size_t ad_len;
        const uint8_t *nonce;
        const Key *key;
        size_t padded_max;
} Seal;

void session_done(Session *s)
{
        sodium_memzero(s, sizeof *s);
}

int session_begin(Session *ret, const Bytes32 *cloud_public)
{
        _cleanup_(session_done) Session s = {.cloud_key = *cloud_public};
        _cleanup_key_ Key private = {};

        crypto_kx_keypair(s.public_key.b, private.b);
        if (crypto_kx_client_session_keys(s.to_terminal.b, s.to_cloud.b, s.public_key.b, private.b,
                                          cloud_public->b) < 0)
                return -EINVAL;
        *ret = s;
        return 0;
}

int session_accept(Session *ret, const Bytes32 *session_public, const Bytes32 *cloud_public,
                   const Key *cloud_private)
{
        _cleanup_(session_done)
                Session s = {.public_key = *session_public, .cloud_key = *cloud_public};

        if (crypto_kx_server_session_keys(s.to_cloud.b, s.to_terminal.b, cloud_public->b,
                                          cloud_private->b, session_public->b) < 0)
                return ENVELOPE_E_NOT_FOR_US;
        *ret = s;
        return 0;
}

static int envelope_seal(uint8_t **ret, size_t *ret_len, const Seal *s, const uint8_t *plain,
                         size_t len)
{
        size_t padded, sealed_len;
        uint8_t *sealed, *body;

        assert(plain || len == 0);
        if (len >= s->padded_max)
                return ENVELOPE_E_TOO_LARGE;
        padded = padding_size(len, ENVELOPE_PAD_MIN);
        sealed_len = s->head_len + padded + ENVELOPE_TAG;
        sealed = malloc(sealed_len);
        if (!sealed)
                return -ENOMEM;
        body = sealed + s->head_len;
        memcpy(sealed, s->head, s->head_len);
        if (len > 0)
                memcpy(body, plain, len);
        padding_add(body, len, ENVELOPE_PAD_MIN);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(body, NULL, body, padded, s->ad, s->ad_len,
                                                         NULL, s->nonce, s->key->b);
        *ret = sealed;
        *ret_len = sealed_len;
        return 0;
}

/* Checks sizes and suite only. */
static bool envelope_well_formed(const uint8_t *sealed, size_t len, size_t head_len,
                                 size_t padded_max)
{
        size_t padded;

        if (len < head_len + ENVELOPE_PAD_MIN + ENVELOPE_TAG || sealed[0] != ENVELOPE_SUITE)
                return false;
        padded = len - head_len - ENVELOPE_TAG;
        return padded <= padded_max && (padded & (padded - 1)) == 0;
}

bool envelope_is_request(const uint8_t *sealed, size_t len)
{
        return envelope_well_formed(sealed, len, ENVELOPE_REQUEST_HEAD,
                                    ENVELOPE_REQUEST_PADDED_MAX);
}

bool envelope_is_response(const uint8_t *sealed, size_t len)
{
        return envelope_well_formed(sealed, len, ENVELOPE_RESPONSE_HEAD,
                                    ENVELOPE_RESPONSE_PADDED_MAX);
}

static int envelope_open(uint8_t **ret, size_t *ret_len, const Seal *s, const uint8_t *sealed,
                         size_t sealed_len)
{
        _cleanup_free_ uint8_t *plain = NULL;
        size_t len, padded = sealed_len - s->head_len - ENVELOPE_TAG;

        plain = malloc(padded);
        if (!plain)
                return -ENOMEM;
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + s->head_len,
                                                       padded + ENVELOPE_TAG, s->ad, s->ad_len,
                                                       s->nonce, s->key->b) < 0)
                return ENVELOPE_E_NOT_FOR_US;
        if (padding_strip(&len, plain, padded, ENVELOPE_PAD_MIN) < 0)
                return ENVELOPE_E_MALFORMED;
        plain[len] = '\0'; /* where the padding began */
        *ret = TAKE_PTR(plain);
        *ret_len = len;
        return 0;
}

int envelope_session_key(Bytes32 *ret, const uint8_t *sealed, size_t len)
{
        if (!envelope_is_request(sealed, len))
                return ENVELOPE_E_MALFORMED;
        memcpy(ret->b, sealed + 1, sizeof ret->b);
        return 0;
}

static Seal envelope_request_seal(const uint8_t *head, const Session *s)
{
        return (Seal){.head = head,
                      .head_len = ENVELOPE_REQUEST_HEAD,
                      .ad = head,
                      .ad_len = 1 + sizeof s->public_key,
                      .nonce = head + 1 + sizeof s->public_key,
                      .key = &s->to_cloud,
                      .padded_max = ENVELOPE_REQUEST_PADDED_MAX};
}

int envelope_seal_request(uint8_t **ret, size_t *ret_len, uint8_t ret_nonce[static ENVELOPE_NONCE],
                          const Session *s, const uint8_t *plain, size_t len)
{
        uint8_t head[ENVELOPE_REQUEST_HEAD] = {ENVELOPE_SUITE};
        Seal way = envelope_request_seal(head, s);
        int r;

        memcpy(head + 1, s->public_key.b, sizeof s->public_key);
        randombytes_buf(head + 1 + sizeof s->public_key, ENVELOPE_NONCE);
        r = envelope_seal(ret, ret_len, &way, plain, len);
        if (r == 0)
                memcpy(ret_nonce, way.nonce, ENVELOPE_NONCE);
        return r;
}

int envelope_open_request(uint8_t **ret, size_t *ret_len, uint8_t ret_nonce[static ENVELOPE_NONCE],
                          const Session *s, const uint8_t *sealed, size_t sealed_len)
{
        Seal way;
        int r;

        if (!envelope_is_request(sealed, sealed_len))
                return ENVELOPE_E_MALFORMED;
        way = envelope_request_seal(sealed, s);
        r = envelope_open(ret, ret_len, &way, sealed, sealed_len);
        if (r == 0)
                memcpy(ret_nonce, way.nonce, ENVELOPE_NONCE);
        return r;
}

static Seal envelope_response_seal(const uint8_t *head, uint8_t ad[static RESPONSE_AD],
                                   const uint8_t request_nonce[static ENVELOPE_NONCE],
                                   const Session *s)
{
        ad[0] = ENVELOPE_SUITE;
        memcpy(ad + 1, request_nonce, ENVELOPE_NONCE);
        return (Seal){.head = head,
                      .head_len = ENVELOPE_RESPONSE_HEAD,
                      .ad = ad,
                      .ad_len = RESPONSE_AD,
                      .nonce = head + 1,
                      .key = &s->to_terminal,
                      .padded_max = ENVELOPE_RESPONSE_PADDED_MAX};
}

int envelope_seal_response(uint8_t **ret, size_t *ret_len,
                           const uint8_t request_nonce[static ENVELOPE_NONCE], const Session *s,
                           const uint8_t *plain, size_t len)
{
        uint8_t head[ENVELOPE_RESPONSE_HEAD] = {ENVELOPE_SUITE}, ad[RESPONSE_AD];
        Seal way = envelope_response_seal(head, ad, request_nonce, s);

        randombytes_buf(head + 1, ENVELOPE_NONCE);
        return envelope_seal(ret, ret_len, &way, plain, len);
}

int envelope_open_response(uint8_t **ret, size_t *ret_len,
                           const uint8_t request_nonce[static ENVELOPE_NONCE], const Session *s,
                           const uint8_t *sealed, size_t sealed_len)
{
        uint8_t ad[RESPONSE_AD];
        Seal way;

        if (!envelope_is_response(sealed, sealed_len))
                return ENVELOPE_E_MALFORMED;
        way = envelope_response_seal(sealed, ad, request_nonce, s);
        return envelope_open(ret, ret_len, &way, sealed, sealed_len);
}
