/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "limits.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { PLACES = 1 << 16, HOUR_MS = 3600 * 1000, KEY_MAX = 160 };

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

static uint64_t *limits_place(Limits *l, LimitKind kind, const void *key, size_t len)
{
        uint8_t input[KEY_MAX + 1], hash[crypto_shorthash_BYTES];
        uint64_t number;

        assert(len <= KEY_MAX);
        input[0] = (uint8_t)kind;
        memcpy(input + 1, key, len);
        (void)crypto_shorthash(hash, input, len + 1, l->hash_key);
        memcpy(&number, hash, sizeof number);
        return &l->full_ms[number % PLACES];
}

bool limits_take(Limits *l, LimitKind kind, const void *key, size_t len, uint32_t per_hour,
                 uint64_t now_ms)
{
        uint64_t *full_ms = limits_place(l, kind, key, len), from_ms;

        if (per_hour == 0)
                return true;
        from_ms = MAX(*full_ms, now_ms);
        if (from_ms - now_ms > HOUR_MS) /* the wall clock was set back */
                from_ms = now_ms;
        if (from_ms - now_ms + HOUR_MS / per_hour > HOUR_MS)
                return false;
        *full_ms = from_ms + HOUR_MS / per_hour;
        return true;
}
