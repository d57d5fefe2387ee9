/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "allowance.h"

#include "limits.h"

#include "src/base/endian-bytes.h"

#include <inttypes.h>
#include <stdio.h>

enum { PLACES = 1 << 16, WHAT_SIZE = 24 };

/* Rows of tries have other names. */
static void allowance_place(char ret[static WHAT_SIZE], const Call *c, AllowanceKind kind,
                            const void *name, size_t len)
{
        Bytes32 hash;
        Digest d;

        digest_begin_keyed(&d, "huddle v1 allowance", cloud_keys_ticket(c->node->keys, c->wall_ms));
        digest_u64(&d, kind);
        digest_field(&d, name, len);
        digest_end(&d, &hash);
        (void)snprintf(ret, WHAT_SIZE, "allowance %" PRIu64, le_read(hash.b, 8) % PLACES);
}

int allowance_take(Call *c, AllowanceKind kind, const void *name, size_t len, uint32_t per_hour)
{
        Store *s = c->node->store;
        char what[WHAT_SIZE];
        TriesRow t = {0}; /* forget_ms: when the bucket is full again */
        int r;

        if (per_hour == 0)
                return PB_STATUS_OK;
        allowance_place(what, c, kind, name, len);
        r = store_tries_get(s, what, &t);
        if (r < 0)
                return r;
        if (!limit_take(&t.forget_ms, per_hour, c->now_ms))
                return PB_STATUS_BUSY;
        return must(store_tries_put(s, what, &t));
}
