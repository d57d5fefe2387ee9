/* SPDX-License-Identifier: GPL-2.0-or-later */
/* chance.h - what the simulation leaves to chance, the same for the same seed; apart from
 * libsodium's generator, so that a change in how much randomness the product draws does not change
 * the weather */
#pragma once

#include "src/base/util.h"

typedef struct Chance {
        uint64_t state; /* never 0 */
} Chance;

/* xorshift64* (Vigna 2016) */
static inline uint64_t chance_next(Chance *c)
{
        c->state ^= c->state >> 12;
        c->state ^= c->state << 25;
        c->state ^= c->state >> 27;
        return c->state * UINT64_C(0x2545F4914F6CDD1D);
}

static inline void chance_seed(Chance *c, uint64_t seed)
{
        c->state = (seed + 1) * UINT64_C(0x9E3779B97F4A7C15);
        for (int i = 0; i < 8; i++)
                (void)chance_next(c);
}

/* Uniform enough for weather: 0..n-1, n > 0. */
static inline uint32_t chance_below(Chance *c, uint32_t n)
{
        return (uint32_t)((chance_next(c) >> 32) * n >> 32);
}

static inline uint32_t chance_between(Chance *c, uint32_t min, uint32_t max)
{
        return min + chance_below(c, max - min + 1);
}

static inline bool chance_permille(Chance *c, uint32_t permille)
{
        return chance_below(c, 1000) < permille;
}
