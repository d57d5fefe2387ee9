/* SPDX-License-Identifier: GPL-2.0-or-later */
/* sd-id128.h - for snapshots alone: whether host_now still counts from the same start */
#pragma once

#include <stdint.h>
#include <string.h>

typedef union sd_id128 {
        uint8_t bytes[16];
} sd_id128_t;

int sd_id128_get_boot(sd_id128_t *ret);

static inline int sd_id128_equal(sd_id128_t a, sd_id128_t b)
{
        return memcmp(a.bytes, b.bytes, sizeof a.bytes) == 0;
}
