/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "backoff.h"

#include <sodium.h>

enum {
        BACKOFF_FIRST_MS = 250,
        BACKOFF_SOON_MS = 2000, /* at most, for the first BACKOFF_SOON failures: about a minute */
        BACKOFF_SOON = 40,
        BACKOFF_MAX_MS = 15000,
};

uint64_t backoff_ms(unsigned failures)
{
        uint32_t limit = BACKOFF_FIRST_MS << MIN(failures, 8U);

        limit = MIN(limit, (uint32_t)(failures < BACKOFF_SOON ? BACKOFF_SOON_MS : BACKOFF_MAX_MS));
        return limit / 2 + randombytes_uniform(limit / 2 + 1);
}
