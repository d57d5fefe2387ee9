/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "account-key.h"

#include <string.h>

static const char identity_prefix[] = "huddle1:";
enum {
        IDENTITY_PREFIX = sizeof identity_prefix - 1,
        IDENTITY_CHECK = 4,
        IDENTITY_SIZE = 2 * sizeof(Bytes32) + IDENTITY_CHECK,
};

void account_key_draw(AccountKey *ret)
{
        (void)crypto_sign_keypair(ret->public_key.b, ret->private_key);
}

void account_key_done(AccountKey *k)
{
        sodium_memzero(k, sizeof *k);
}

static void account_session_digest(Bytes32 *ret, const Bytes32 *cloud_key,
                                   const Bytes32 *session_key)
{
        Digest d;

        digest_begin(&d, "huddle v1 session");
        digest_field(&d, cloud_key->b, sizeof cloud_key->b);
        digest_field(&d, session_key->b, sizeof session_key->b);
        digest_end(&d, ret);
}

static void account_register_digest(Bytes32 *ret, const Bytes32 *cloud_key,
                                    const Bytes32 *session_key, const char *handle,
                                    uint32_t consent_version)
{
        Digest d;

        digest_begin(&d, "huddle v1 register");
        digest_field(&d, cloud_key->b, sizeof cloud_key->b);
        digest_field(&d, session_key->b, sizeof session_key->b);
        digest_field(&d, handle, strlen(handle));
        digest_u64(&d, consent_version);
        digest_end(&d, ret);
}

static void account_guest_digest(Bytes32 *ret, const Bytes32 *cloud_key, const Bytes32 *session_key,
                                 uint32_t consent_version)
{
        Digest d;

        digest_begin(&d, "huddle v1 guest account");
        digest_field(&d, cloud_key->b, sizeof cloud_key->b);
        digest_field(&d, session_key->b, sizeof session_key->b);
        digest_u64(&d, consent_version);
        digest_end(&d, ret);
}

static void account_sign(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *digest)
{
        (void)crypto_sign_detached(ret, NULL, digest->b, sizeof digest->b, k->private_key);
}

static bool account_verify(const uint8_t signature[static 64], const Bytes32 *account_key,
                           const Bytes32 *digest)
{
        return crypto_sign_verify_detached(signature, digest->b, sizeof digest->b,
                                           account_key->b) == 0;
}

void account_sign_session(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *cloud_key,
                          const Bytes32 *session_key)
{
        Bytes32 digest;

        account_session_digest(&digest, cloud_key, session_key);
        account_sign(ret, k, &digest);
}

bool account_verify_session(const uint8_t signature[static 64], const Bytes32 *account_key,
                            const Bytes32 *cloud_key, const Bytes32 *session_key)
{
        Bytes32 digest;

        account_session_digest(&digest, cloud_key, session_key);
        return account_verify(signature, account_key, &digest);
}

void account_sign_register(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *cloud_key,
                           const Bytes32 *session_key, const char *handle, uint32_t consent_version)
{
        Bytes32 digest;

        account_register_digest(&digest, cloud_key, session_key, handle, consent_version);
        account_sign(ret, k, &digest);
}

bool account_verify_register(const uint8_t signature[static 64], const Bytes32 *account_key,
                             const Bytes32 *cloud_key, const Bytes32 *session_key,
                             const char *handle, uint32_t consent_version)
{
        Bytes32 digest;

        account_register_digest(&digest, cloud_key, session_key, handle, consent_version);
        return account_verify(signature, account_key, &digest);
}

void account_sign_guest(uint8_t ret[static 64], const AccountKey *k, const Bytes32 *cloud_key,
                        const Bytes32 *session_key, uint32_t consent_version)
{
        Bytes32 digest;

        account_guest_digest(&digest, cloud_key, session_key, consent_version);
        account_sign(ret, k, &digest);
}

bool account_verify_guest(const uint8_t signature[static 64], const Bytes32 *account_key,
                          const Bytes32 *cloud_key, const Bytes32 *session_key,
                          uint32_t consent_version)
{
        Bytes32 digest;

        account_guest_digest(&digest, cloud_key, session_key, consent_version);
        return account_verify(signature, account_key, &digest);
}

static void cloud_identity_bytes(uint8_t ret[static IDENTITY_SIZE], const CloudIdentity *id)
{
        Bytes32 check;
        Digest d;

        digest_begin(&d, "huddle v1 cloud");
        digest_field(&d, id->box_key.b, sizeof id->box_key.b);
        digest_field(&d, id->sign_key.b, sizeof id->sign_key.b);
        digest_end(&d, &check);
        memcpy(ret, id->box_key.b, sizeof id->box_key.b);
        memcpy(ret + 32, id->sign_key.b, sizeof id->sign_key.b);
        memcpy(ret + 64, check.b, IDENTITY_CHECK);
}

void cloud_identity_format(char ret[static CLOUD_IDENTITY_TEXT_MAX], const CloudIdentity *id)
{
        uint8_t bytes[IDENTITY_SIZE];

        cloud_identity_bytes(bytes, id);
        memcpy(ret, identity_prefix, IDENTITY_PREFIX);
        (void)sodium_bin2base64(ret + IDENTITY_PREFIX, CLOUD_IDENTITY_TEXT_MAX - IDENTITY_PREFIX,
                                bytes, sizeof bytes, sodium_base64_VARIANT_URLSAFE_NO_PADDING);
}

int cloud_identity_parse(CloudIdentity *ret, const char *text)
{
        uint8_t bytes[IDENTITY_SIZE], expected[IDENTITY_SIZE];
        const char *end;
        CloudIdentity id;
        size_t len;

        if (strncmp(text, identity_prefix, IDENTITY_PREFIX) != 0)
                return -EINVAL;
        text += IDENTITY_PREFIX;
        if (sodium_base642bin(bytes, sizeof bytes, text, strlen(text), NULL, &len, &end,
                              sodium_base64_VARIANT_URLSAFE_NO_PADDING) < 0 ||
            *end != '\0' || len != sizeof bytes)
                return -EINVAL;
        memcpy(id.box_key.b, bytes, sizeof id.box_key.b);
        memcpy(id.sign_key.b, bytes + 32, sizeof id.sign_key.b);
        cloud_identity_bytes(expected, &id);
        if (memcmp(bytes, expected, sizeof bytes) != 0)
                return -EINVAL;
        *ret = id;
        return 0;
}

int cloud_identity_read(CloudIdentity *ret, const uint8_t *bytes, size_t len)
{
        char text[CLOUD_IDENTITY_TEXT_MAX];

        if (len == 0 || len > sizeof text || bytes[len - 1] != '\n' || memchr(bytes, '\0', len))
                return -EINVAL;
        memcpy(text, bytes, len - 1);
        text[len - 1] = '\0';
        return cloud_identity_parse(ret, text);
}
