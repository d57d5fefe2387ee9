/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * envelope.h - the seal between a terminal and the cloud, safe without TLS and through a
 * neighbour
 *
 * request   0   1   suite ENVELOPE_SUITE (0x01)
 *           1  32   session key of the terminal, X25519, fresh for each session
 *          33  24   nonce, random
 *          57   …   XChaCha20-Poly1305 under the session's terminal-to-cloud key, of the padded
 *                   Request; associated data: bytes 0..32
 * response  0   1   suite
 *           1  24   nonce, random
 *          25   …   XChaCha20-Poly1305 under the cloud-to-terminal key, of the padded Response;
 *                   associated data: suite and the nonce of the request it answers
 *
 * Session keys: crypto_kx (libsodium), the terminal as client, the cloud as server. Padding:
 * ISO/IEC 7816-4 up to the next power of two, at least ENVELOPE_PAD_MIN bytes; so the length
 * tells little. A response is bound to its request, so a replayed or exchanged answer does not
 * open. Replayed requests open (they are harmless: huddle.proto says what shall be).
 */
#pragma once

#include "src/base/secret.h"

enum {
        ENVELOPE_SUITE = 1,
        ENVELOPE_NONCE = 24,
        ENVELOPE_TAG = 16,
        ENVELOPE_PAD_MIN = 512,
        ENVELOPE_REQUEST_PADDED_MAX =
                64 * 1024, /* plain text with its padding, of which one byte at least */
        ENVELOPE_RESPONSE_PADDED_MAX = 512 * 1024,
        ENVELOPE_REQUEST_HEAD = 1 + 32 + ENVELOPE_NONCE,
        ENVELOPE_RESPONSE_HEAD = 1 + ENVELOPE_NONCE,
        /* bytes when sealed; more is refused unread */
        ENVELOPE_REQUEST_MAX = ENVELOPE_REQUEST_HEAD + ENVELOPE_REQUEST_PADDED_MAX + ENVELOPE_TAG,
        ENVELOPE_RESPONSE_MAX =
                ENVELOPE_RESPONSE_HEAD + ENVELOPE_RESPONSE_PADDED_MAX + ENVELOPE_TAG,
};

enum {
        _ENVELOPE_E_SUCCESS,
        ENVELOPE_E_MALFORMED, /* too short or long, unknown suite, bad padding */
        /* does not open: other key, changed, or an answer to another request */
        ENVELOPE_E_NOT_FOR_US,
        ENVELOPE_E_TOO_LARGE, /* more than may be sealed */
};

/* Whether suite and length are those of a sealed request or response. */
bool envelope_is_request(const uint8_t *sealed, size_t len);
bool envelope_is_response(const uint8_t *sealed, size_t len);

/* The two directions of one session. Wipe with session_done. */
typedef struct Session {
        Bytes32 public_key; /* the terminal's session key, in every request */
        Bytes32 cloud_key;  /* the cloud's, with which the two below were made */
        Key to_cloud;
        Key to_terminal;
} Session;

void session_done(Session *s);

/* Terminal: begins a session with the cloud of this public key. -EINVAL: the key is unusable. */
int session_begin(Session *ret, const Bytes32 *cloud_public);

/* Cloud: derives the keys of a session from the public key in a request. ENVELOPE_E_NOT_FOR_US: the
 * key is unusable. */
int session_accept(Session *ret, const Bytes32 *session_public, const Bytes32 *cloud_public,
                   const Key *cloud_private);

/* Reads the session key of a sealed request without opening it, to look up the session. */
int envelope_session_key(Bytes32 *ret, const uint8_t *sealed, size_t len);

/* In all four *ret is new and owned by the caller (free). Opened plain text is followed by a NUL
 * that does not count. The answer will be bound to ret_nonce. */
int envelope_seal_request(uint8_t **ret, size_t *ret_len, uint8_t ret_nonce[static ENVELOPE_NONCE],
                          const Session *s, const uint8_t *plain, size_t len);
int envelope_open_request(uint8_t **ret, size_t *ret_len, uint8_t ret_nonce[static ENVELOPE_NONCE],
                          const Session *s, const uint8_t *sealed, size_t sealed_len);
int envelope_seal_response(uint8_t **ret, size_t *ret_len,
                           const uint8_t request_nonce[static ENVELOPE_NONCE], const Session *s,
                           const uint8_t *plain, size_t len);
int envelope_open_response(uint8_t **ret, size_t *ret_len,
                           const uint8_t request_nonce[static ENVELOPE_NONCE], const Session *s,
                           const uint8_t *sealed, size_t sealed_len);
