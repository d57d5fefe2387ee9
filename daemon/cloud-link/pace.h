/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pace.h - how long a way takes to answer, smoothed (RFC 6298): so that what is slow is not taken
 * for lost, and sent again
 */
#pragma once

#include "src/base/util.h"

/* All zero: nothing has been answered yet. */
typedef struct Pace {
        uint32_t mean_ms, variation_ms;
        uint64_t lossy_until_ms;
} Pace;

static inline void pace_note(Pace *p, uint64_t took_ms)
{
        uint32_t took = (uint32_t)MIN(took_ms, (uint64_t)60 * 1000);
        uint32_t off = took > p->mean_ms ? took - p->mean_ms : p->mean_ms - took;

        if (p->mean_ms == 0) {
                p->mean_ms = MAX(took, 1U);
                p->variation_ms = took / 2;
                return;
        }
        p->variation_ms = (3 * p->variation_ms + off) / 4;
        p->mean_ms = MAX((7 * p->mean_ms + took) / 8, 1U);
}

/* After this time an answer may be counted as lost: between least and most. */
static inline uint32_t pace_patience(const Pace *p, uint32_t least_ms, uint32_t most_ms)
{
        return MIN(MAX(p->mean_ms + 4 * p->variation_ms, least_ms), most_ms);
}

/* Something was lost on the way: so it may be for half a minute. */
void pace_note_loss(Pace *p, uint64_t now_ms);
bool pace_is_lossy(const Pace *p, uint64_t now_ms);
/* It is known to take seconds, and not because it loses: what is sent twice there, or asked for
 * more often, takes the room of what others wait for. */
bool pace_is_slow(const Pace *p, uint64_t now_ms);
/* What usually takes at most that long, where each of its steps is an answer of this way: more on a
 * slow one, twice as long on one that loses packets. */
uint64_t pace_allow_ms(const Pace *p, uint64_t now_ms, uint64_t usual_ms);
/* So long news may wait for more: a share of the time that an answer takes; 0 on a quick way. */
uint32_t pace_gather_ms(const Pace *p);
/* So long after its time the answer to a long poll is late: what it takes must not grow by those
 * that were lost. */
uint32_t pace_late_ms(const Pace *p);
/* Until the next try of a request beside those under way, of which n_beside were such tries. large:
 * it or its answer takes many packets. Of a way that loses, long times tell of what was lost: they
 * are no reason to wait as long. */
uint32_t pace_beside_ms(const Pace *p, uint64_t now_ms, bool large, unsigned n_beside);
