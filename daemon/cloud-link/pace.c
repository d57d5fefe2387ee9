/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pace.h"

enum {
        BESIDE_FIRST_MS = 1500, /* at least, before anything has been answered */
        BESIDE_LEAST_MS = 1500, /* afterwards */
        BESIDE_LARGE_MS = 5000,
        BESIDE_LOSSY_MS = 700,
        BESIDE_MOST_MS = 12000,
        LOSSY_MS = 30 * 1000,
};

void pace_note_loss(Pace *p, uint64_t now_ms)
{
        p->lossy_until_ms = now_ms + LOSSY_MS;
}

bool pace_is_lossy(const Pace *p, uint64_t now_ms)
{
        return now_ms < p->lossy_until_ms;
}

uint32_t pace_beside_ms(const Pace *p, uint64_t now_ms, bool large, unsigned n_beside)
{
        bool lossy = pace_is_lossy(p, now_ms);
        uint32_t least = p->mean_ms == 0 ? BESIDE_FIRST_MS : BESIDE_LEAST_MS;

        if (large)
                least = BESIDE_LARGE_MS;
        else if (lossy)
                least = BESIDE_LOSSY_MS;
        /* twice the time after the first, unless we know why it takes long */
        return pace_patience(p, least, BESIDE_MOST_MS) << (!lossy && n_beside > 0);
}
