/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * account-key.h - the key pair of an account and its signatures for the cloud
 *
 *   session   Ed25519 over digest("huddle v1 session", cloud X25519 key, session key)
 *   register  Ed25519 over digest("huddle v1 register", cloud X25519 key, session key, handle,
 *             consent version)
 *   guest     Ed25519 over digest("huddle v1 guest account", cloud X25519 key, session key,
 *             consent version)
 *
 * The session key is fresh and its private half never leaves the terminal. So a replayed signature
 * is useless, and no clock is needed.
 */
#pragma once

#include "digest.h"

typedef struct AccountKey {
        Bytes32 public_key;
        uint8_t private_key[64];
} AccountKey;

void account_key_draw(AccountKey *ret);
void account_key_done(AccountKey *k);

void account_sign_session(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *cloud_key,
                          const Bytes32 *session_key);
bool account_verify_session(const uint8_t signature[static 64], const Bytes32 *account_key,
                            const Bytes32 *cloud_key, const Bytes32 *session_key);
void account_sign_register(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *cloud_key,
                           const Bytes32 *session_key, const char *handle,
                           uint32_t consent_version);
bool account_verify_register(const uint8_t signature[static 64], const Bytes32 *account_key,
                             const Bytes32 *cloud_key, const Bytes32 *session_key,
                             const char *handle, uint32_t consent_version);
void account_sign_guest(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *cloud_key,
                        const Bytes32 *session_key, uint32_t consent_version);
bool account_verify_guest(const uint8_t signature[static 64], const Bytes32 *account_key,
                          const Bytes32 *cloud_key, const Bytes32 *session_key,
                          uint32_t consent_version);

/* The cloud's public identity. As text: "huddle1:" and base64url without padding of X25519 key ‖
 * Ed25519 key ‖ first 4 bytes of their digest("huddle v1 cloud"), which reveal typing errors. */
typedef struct CloudIdentity {
        Bytes32 box_key;
        Bytes32 sign_key;
} CloudIdentity;

enum { CLOUD_IDENTITY_TEXT_MAX = 128 };
void cloud_identity_format(char ret[static CLOUD_IDENTITY_TEXT_MAX], const CloudIdentity *id);
/* -EINVAL: not an identity. */
int cloud_identity_parse(CloudIdentity *ret, const char *text);
/* As a cloud answers a request for it: the text, and a newline. -EINVAL: as above. */
int cloud_identity_read(CloudIdentity *ret, const uint8_t *bytes, size_t len);
