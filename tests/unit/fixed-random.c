/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fixed-random.h"

#include "src/protocol/digest.h"
#include "src/base/endian-bytes.h"

#include <string.h>

static Bytes32 stream_key;
static uint64_t draws;

static void fixed_buf(void *const buf, const size_t size)
{
        uint8_t nonce[crypto_stream_chacha20_NONCEBYTES];

        le_write(nonce, draws++, sizeof nonce);
        (void)crypto_stream_chacha20(buf, size, nonce, stream_key.b);
}

static uint32_t fixed_u32(void)
{
        uint8_t bytes[4];

        fixed_buf(bytes, sizeof bytes);
        return (uint32_t)le_read(bytes, sizeof bytes);
}

static const char *fixed_name(void)
{
        return "fixed";
}

void fixed_random(const char *seed)
{
        static randombytes_implementation fixed = {
                .implementation_name = fixed_name,
                .random = fixed_u32,
                .buf = fixed_buf,
        };
        Digest d;

        digest_begin(&d, "fixed random");
        digest_field(&d, seed, strlen(seed));
        digest_end(&d, &stream_key);
        draws = 0;
        (void)randombytes_set_implementation(&fixed);
}
