/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nearby.h"
#include "code.h"
#include "digest.h"

const char *nearby_word(const uint8_t commitment[static sizeof(Bytes32)])
{
        Bytes32 d;
        uint32_t n;

        digest_one(&d, "huddle v1 nearby", commitment, sizeof(Bytes32));
        n = (uint32_t)d.b[0] << 24 | (uint32_t)d.b[1] << 16 | (uint32_t)d.b[2] << 8 | d.b[3];
        return words_get(n % WORDS_COUNT);
}
