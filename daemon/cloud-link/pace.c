/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pace.h"

enum {
        BESIDE_FIRST_MS = 1500, /* at least, before anything has been answered */
        BESIDE_LEAST_MS = 1500, /* afterwards */
        BESIDE_LARGE_MS = 5000,
        BESIDE_LOSSY_MS = 700,
        BESIDE_LOSSY_MOST_MS = 4000,
        BESIDE_MOST_MS = 12000,
        LOSSY_MS = 30 * 1000,
        SLOW_MS = 1000, /* an answer that takes longer came over a slow way */
        SLOW_MOST_MS = 10000,
        FULL_MS = 2000, /* over one that takes longer, each byte counts */
        GATHER_SHARE = 10,
        GATHER_LEAST_MS = 20,
        GATHER_MOST_MS = 500,
        ANSWERS = 6, /* that others wait for before they do what we wait for */
};

void pace_note_loss(Pace *p, uint64_t now_ms)
{
        p->lossy_until_ms = now_ms + LOSSY_MS;
}

bool pace_is_lossy(const Pace *p, uint64_t now_ms)
{
        return now_ms < p->lossy_until_ms;
}

bool pace_is_slow(const Pace *p, uint64_t now_ms)
{
        return p->mean_ms > FULL_MS && !pace_is_lossy(p, now_ms);
}

uint64_t pace_allow_ms(const Pace *p, uint64_t now_ms, uint64_t usual_ms)
{
        uint32_t mean = MIN(MAX(p->mean_ms, (uint32_t)SLOW_MS), (uint32_t)SLOW_MOST_MS);

        return (usual_ms << pace_is_lossy(p, now_ms)) + UINT64_C(1) * ANSWERS * (mean - SLOW_MS);
}

uint32_t pace_gather_ms(const Pace *p)
{
        uint32_t gather = p->mean_ms / GATHER_SHARE;

        return gather < GATHER_LEAST_MS ? 0 : MIN(gather, (uint32_t)GATHER_MOST_MS);
}

uint32_t pace_late_ms(const Pace *p)
{
        return MIN(p->mean_ms + BESIDE_LEAST_MS, (uint32_t)BESIDE_MOST_MS);
}

uint32_t pace_beside_ms(const Pace *p, uint64_t now_ms, bool large, unsigned n_beside)
{
        bool lossy = pace_is_lossy(p, now_ms);
        uint32_t least = p->mean_ms == 0 ? BESIDE_FIRST_MS : BESIDE_LEAST_MS;
        uint32_t most = lossy ? BESIDE_LOSSY_MOST_MS : BESIDE_MOST_MS;

        if (large)
                least = BESIDE_LARGE_MS;
        else if (lossy)
                least = BESIDE_LOSSY_MS;
        /* twice the time after the first, unless we know why it takes long */
        return pace_patience(p, least, MAX(least, most)) << (!lossy && n_beside > 0);
}
