/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groupkey.h"

#include <assert.h>
#include <string.h>

enum {
        BOX_NONCE = crypto_box_NONCEBYTES,
        WRAP_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
        WRAP_BODY = sizeof(Key) + crypto_aead_xchacha20poly1305_ietf_ABYTES,
        WRAP_AD = sizeof(Bytes32) + sizeof(Id) + 1,
};

/* Numbers of the subkeys of GK; never reuse one. */
typedef enum Subkey {
        SUBKEY_WRAP = 1,
        SUBKEY_CONFIRM = 2,
        SUBKEY_RECORD = 3,
        SUBKEY_VERDICT = 4
} Subkey;

static void groupkey_subkey(Key *ret, const Key *gk, Subkey which)
{
        (void)crypto_kdf_derive_from_key(ret->b, sizeof ret->b, which, "huddleGK", gk->b);
}

void groupkey_id(uint8_t ret[static GROUPKEY_ID_SIZE], const Key *gk)
{
        Bytes32 digest;

        digest_one(&digest, "huddle v1 key id", gk->b, sizeof gk->b);
        memcpy(ret, digest.b, GROUPKEY_ID_SIZE);
}

void groupkey_record(Key *ret, const Key *gk)
{
        groupkey_subkey(ret, gk, SUBKEY_RECORD);
}

/* Derives the nonce of a wrapped key from all its inputs, under a key that only the wrapper has.
 * After a restart the same input gives the same bytes, and no other input ever gets this nonce. */
static void groupkey_nonce(uint8_t *ret, size_t len, const Key *secret, const Key *wrapped,
                           const Bytes32 *transcript, const void *other, size_t other_len)
{
        Bytes32 digest;
        Digest d;

        digest_begin_keyed(&d, "huddle v1 nonce", secret);
        digest_field(&d, wrapped->b, sizeof *wrapped);
        digest_field(&d, transcript->b, sizeof *transcript);
        digest_field(&d, other, other_len);
        digest_end(&d, &digest);
        memcpy(ret, digest.b, len);
}

int groupkey_box(uint8_t ret[static GROUPKEY_BOX_SIZE], const Key *gk, const Bytes32 *transcript,
                 const MemberKeys *sponsor, const Bytes32 *to_box_key)
{
        uint8_t plain[sizeof *gk + sizeof *transcript], boxed[GROUPKEY_BOX_SIZE];
        int r;

        memcpy(plain, gk->b, sizeof *gk);
        memcpy(plain + sizeof *gk, transcript->b, sizeof *transcript);
        groupkey_nonce(boxed, BOX_NONCE, &sponsor->box_private, gk, transcript, to_box_key->b,
                       sizeof *to_box_key);
        r = crypto_box_easy(boxed + BOX_NONCE, plain, sizeof plain, boxed, to_box_key->b,
                            sponsor->box_private.b);
        sodium_memzero(plain, sizeof plain);
        if (r < 0)
                return -EINVAL;
        memcpy(ret, boxed, sizeof boxed);
        return 0;
}

int groupkey_unbox(Key *ret, const uint8_t *boxed, size_t len, const Bytes32 *transcript,
                   const MemberKeys *own, const Bytes32 *sponsor_box_key)
{
        uint8_t plain[sizeof *ret + sizeof *transcript];
        int r = GROUPKEY_E_WRONG;

        if (len != GROUPKEY_BOX_SIZE)
                return GROUPKEY_E_MALFORMED;
        if (crypto_box_open_easy(plain, boxed + BOX_NONCE, len - BOX_NONCE, boxed,
                                 sponsor_box_key->b, own->box_private.b) == 0 &&
            memcmp(plain + sizeof *ret, transcript->b, sizeof *transcript) == 0) {
                memcpy(ret->b, plain, sizeof *ret);
                r = 0;
        }
        sodium_memzero(plain, sizeof plain);
        return r;
}

static void groupkey_wrap_ad(uint8_t ret[static WRAP_AD], const Bytes32 *transcript, const Id *id,
                             unsigned part)
{
        assert(part == 1 || part == 2);
        memcpy(ret, transcript->b, sizeof *transcript);
        memcpy(ret + sizeof *transcript, id->b, sizeof *id);
        ret[WRAP_AD - 1] = (uint8_t)part;
}

static void groupkey_confirmation(Bytes32 *ret, const Key *gk, const Bytes32 *transcript,
                                  const Id *id, unsigned part)
{
        _cleanup_key_ Key key = {};
        uint8_t part_byte = (uint8_t)part;
        Digest d;

        groupkey_subkey(&key, gk, SUBKEY_CONFIRM);
        digest_begin_keyed(&d, "huddle v1 confirm", &key);
        digest_field(&d, transcript->b, sizeof *transcript);
        digest_field(&d, id->b, sizeof *id);
        digest_field(&d, &part_byte, 1);
        digest_end(&d, ret);
}

void cardkey_wrap(uint8_t ret[static WRAPPED_KEY_SIZE], const Key *card_key, const Key *gk,
                  const Bytes32 *transcript, const Id *id, unsigned part)
{
        _cleanup_key_ Key key = {};
        uint8_t ad[WRAP_AD];
        Bytes32 tag;

        groupkey_subkey(&key, gk, SUBKEY_WRAP);
        groupkey_wrap_ad(ad, transcript, id, part);
        groupkey_nonce(ret, WRAP_NONCE, &key, card_key, transcript, ad, sizeof ad);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret + WRAP_NONCE, NULL, card_key->b,
                                                         sizeof *card_key, ad, sizeof ad, NULL, ret,
                                                         key.b);
        groupkey_confirmation(&tag, gk, transcript, id, part);
        memcpy(ret + WRAP_NONCE + WRAP_BODY, tag.b, sizeof tag);
}

int cardkey_unwrap(Key *ret, const uint8_t *wrapped, size_t len, const Key *gk,
                   const Bytes32 *transcript, const Id *id, unsigned part)
{
        _cleanup_key_ Key key = {}, card_key = {};
        uint8_t ad[WRAP_AD];
        Bytes32 tag;

        if (len != WRAPPED_KEY_SIZE)
                return GROUPKEY_E_MALFORMED;
        groupkey_confirmation(&tag, gk, transcript, id, part);
        if (sodium_memcmp(tag.b, wrapped + WRAP_NONCE + WRAP_BODY, sizeof tag) != 0)
                return GROUPKEY_E_WRONG;
        groupkey_subkey(&key, gk, SUBKEY_WRAP);
        groupkey_wrap_ad(ad, transcript, id, part);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(card_key.b, NULL, NULL, wrapped + WRAP_NONCE,
                                                       WRAP_BODY, ad, sizeof ad, wrapped,
                                                       key.b) < 0)
                return GROUPKEY_E_WRONG;
        *ret = card_key;
        return 0;
}

void groupkey_verdict(Bytes32 *ret, const Key *gk, const Bytes32 *transcript, unsigned kind,
                      const Id *from, const Id *about)
{
        _cleanup_key_ Key key = {};
        Digest d;

        groupkey_subkey(&key, gk, SUBKEY_VERDICT);
        digest_begin_keyed(&d, "huddle v1 verdict", &key);
        digest_field(&d, transcript->b, sizeof *transcript);
        digest_u64(&d, kind);
        digest_field(&d, from->b, sizeof *from);
        digest_field(&d, about->b, sizeof *about);
        digest_end(&d, ret);
}

static void message_digest(Bytes32 *ret, const MessageFields *m, const Bytes32 *transcript)
{
        Digest d;

        assert(m->body || m->body_len == 0);
        digest_begin(&d, "huddle v1 message");
        digest_field(&d, transcript->b, sizeof *transcript);
        digest_field(&d, m->from.b, sizeof m->from);
        digest_field(&d, m->to ? m->to->b : NULL, m->to ? sizeof *m->to : 0);
        digest_u64(&d, m->kind);
        digest_field(&d, m->body, m->body_len);
        digest_field(&d, m->key_id, m->key_id ? GROUPKEY_ID_SIZE : 0);
        digest_u64(&d, m->run);
        digest_end(&d, ret);
}

void message_sign(uint8_t ret[static 64], const MessageFields *m, const Bytes32 *transcript,
                  const MemberKeys *own)
{
        Bytes32 digest;

        message_digest(&digest, m, transcript);
        (void)crypto_sign_detached(ret, NULL, digest.b, sizeof digest, own->sign_private);
}

bool message_verify(const uint8_t signature[static 64], const MessageFields *m,
                    const Bytes32 *transcript, const Bytes32 *sender_sign_key)
{
        Bytes32 digest;

        message_digest(&digest, m, transcript);
        return crypto_sign_verify_detached(signature, digest.b, sizeof digest,
                                           sender_sign_key->b) == 0;
}
