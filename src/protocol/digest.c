/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "digest.h"

#include "src/base/endian-bytes.h"

#include <string.h>

void digest_begin(Digest *d, const char *label)
{
        (void)crypto_generichash_init(&d->state, NULL, 0, sizeof(Bytes32));
        digest_field(d, label, strlen(label));
}

void digest_begin_keyed(Digest *d, const char *label, const Key *key)
{
        (void)crypto_generichash_init(&d->state, key->b, sizeof key->b, sizeof(Bytes32));
        digest_field(d, label, strlen(label));
}

void digest_field(Digest *d, const void *data, size_t len)
{
        uint8_t size[4];

        le_write(size, len, sizeof size);
        (void)crypto_generichash_update(&d->state, size, sizeof size);
        (void)crypto_generichash_update(&d->state, data, len);
}

void digest_u64(Digest *d, uint64_t value)
{
        uint8_t bytes[8];

        le_write(bytes, value, sizeof bytes);
        digest_field(d, bytes, sizeof bytes);
}

void digest_end(Digest *d, Bytes32 *ret)
{
        (void)crypto_generichash_final(&d->state, ret->b, sizeof ret->b);
        sodium_memzero(d, sizeof *d);
}

void digest_one(Bytes32 *ret, const char *label, const void *data, size_t len)
{
        Digest d;

        digest_begin(&d, label);
        digest_field(&d, data, len);
        digest_end(&d, ret);
}
