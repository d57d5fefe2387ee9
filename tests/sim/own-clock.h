/* SPDX-License-Identifier: GPL-2.0-or-later */
/* own-clock.h - one terminal's clocks: the common time, since another start of the machine and by a
 * wall clock that is off */
#pragma once

#include "src/base/clock.h"

typedef struct OwnClock {
        Clock clock;
        Clock *base;
        uint64_t now_offset_ms;
        int64_t wall_offset_ms;
} OwnClock;

/* base outlives it; timers are base's. */
void own_clock_init(OwnClock *c, Clock *base, uint64_t now_offset_ms, int64_t wall_offset_ms);
