/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "limits.h"

#include <sodium.h>
#include <string.h>

enum { PLACES = 1 << 16, HOUR_MS = 3600 * 1000 };

struct Limits {
        uint64_t full_ms[PLACES]; /* when the bucket is full again; in the past: it is full */
        uint8_t hash_key[crypto_shorthash_KEYBYTES];
};

int limits_new(Limits **ret)
{
        Limits *l = calloc(1, sizeof *l);

        if (!l)
                return -ENOMEM;
        crypto_shorthash_keygen(l->hash_key);
        *ret = l;
        return 0;
}

Limits *limits_free(Limits *l)
{
        free(l);
        return NULL;
}

static uint64_t *limits_place(Limits *l, int64_t account)
{
        uint8_t hash[crypto_shorthash_BYTES];
        uint64_t number;

        (void)crypto_shorthash(hash, (const uint8_t *)&account, sizeof account, l->hash_key);
        memcpy(&number, hash, sizeof number);
        return &l->full_ms[number % PLACES];
}

bool limits_take(Limits *l, int64_t account, uint32_t per_hour, uint64_t now_ms)
{
        return per_hour == 0 || limit_take(limits_place(l, account), per_hour, now_ms);
}

bool limit_take(uint64_t *full_ms, uint32_t per_hour, uint64_t now_ms)
{
        uint64_t from_ms = MAX(*full_ms, now_ms);

        if (from_ms - now_ms > HOUR_MS) /* the wall clock was set back */
                from_ms = now_ms;
        if (from_ms - now_ms + HOUR_MS / per_hour > HOUR_MS)
                return false;
        *full_ms = from_ms + HOUR_MS / per_hour;
        return true;
}
