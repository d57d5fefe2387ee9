/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cardseal.h"

#include "padding.h"

#include <assert.h>
#include <string.h>

enum {
        NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
        TAG = crypto_aead_xchacha20poly1305_ietf_ABYTES,
        PAD_MIN = 1024,
};

static const char label[] = "huddle v1 card";
enum { AD_SIZE = sizeof label - 1 + sizeof(Id) + 1 };

static void cardseal_ad(uint8_t ret[static AD_SIZE], const Id *id, unsigned part)
{
        memcpy(ret, label, sizeof label - 1);
        memcpy(ret + sizeof label - 1, id->b, sizeof id->b);
        ret[AD_SIZE - 1] = (uint8_t)part;
}

int card_seal(uint8_t **ret, size_t *ret_len, const char *text, size_t len, const Key *card_key,
              const Id *id, unsigned part)
{
        uint8_t ad[AD_SIZE], *sealed;
        size_t padded;

        assert(part <= 2);
        if (len > CARD_PART_MAX)
                return CARDSEAL_E_TOO_LARGE;
        padded = padding_size(len, PAD_MIN);
        sealed = malloc(NONCE + padded + TAG);
        if (!sealed)
                return -ENOMEM;
        randombytes_buf(sealed, NONCE);
        memcpy(sealed + NONCE, text, len);
        padding_add(sealed + NONCE, len, PAD_MIN);
        cardseal_ad(ad, id, part);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + NONCE, NULL, sealed + NONCE,
                                                         padded, ad, sizeof ad, NULL, sealed,
                                                         card_key->b);
        *ret = sealed;
        *ret_len = NONCE + padded + TAG;
        return 0;
}

int card_open(char **ret, size_t *ret_len, const uint8_t *sealed, size_t sealed_len,
              const Key *card_key, const Id *id, unsigned part)
{
        size_t len, padded = sealed_len - NONCE - TAG;
        uint8_t ad[AD_SIZE], *plain;

        if (sealed_len < NONCE + PAD_MIN + TAG || sealed_len > CARD_SEALED_MAX)
                return CARDSEAL_E_WRONG;
        plain = malloc(padded);
        if (!plain)
                return -ENOMEM;
        cardseal_ad(ad, id, part);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, sealed + NONCE,
                                                       padded + TAG, ad, sizeof ad, sealed,
                                                       card_key->b) < 0 ||
            padding_strip(&len, plain, padded, PAD_MIN) < 0) {
                sodium_memzero(plain, padded);
                free(plain);
                return CARDSEAL_E_WRONG;
        }
        plain[len] = '\0'; /* where the padding began */
        *ret = (char *)plain;
        *ret_len = len;
        return 0;
}

void card_part_hash(Bytes32 *ret, const uint8_t *sealed, size_t len)
{
        (void)crypto_generichash(ret->b, sizeof ret->b, sealed, len, NULL, 0);
}
