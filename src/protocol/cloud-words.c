/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-words.h"
#include "code.h"

#include <string.h>

_Static_assert((int)CLOUD_WORDS_SIZE == CLOUD_WORDS * (WORDS_LENGTH_MAX + 1),
               "each word has a space or the NUL behind it");

void cloud_digest(Bytes32 *ret, const CloudIdentity *id)
{
        Digest d;

        digest_begin(&d, "huddle v1 cloud words");
        digest_field(&d, id->box_key.b, sizeof id->box_key.b);
        digest_field(&d, id->sign_key.b, sizeof id->sign_key.b);
        digest_end(&d, ret);
}

void cloud_digest_words(char ret[static CLOUD_WORDS_SIZE], const Bytes32 *digest)
{
        char *to = ret;

        for (unsigned i = 0; i < CLOUD_WORDS; i++) {
                const uint8_t *b = digest->b + (size_t)4 * i;
                uint32_t n =
                        (uint32_t)b[0] << 24 | (uint32_t)b[1] << 16 | (uint32_t)b[2] << 8 | b[3];

                if (i > 0)
                        *to++ = ' ';
                to = stpcpy(to, words_get(n % WORDS_COUNT));
        }
}

void cloud_words(char ret[static CLOUD_WORDS_SIZE], const CloudIdentity *id)
{
        Bytes32 digest;

        cloud_digest(&digest, id);
        cloud_digest_words(ret, &digest);
}
