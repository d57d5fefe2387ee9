/* SPDX-License-Identifier: GPL-2.0-or-later */
/* step-clock.h - a clock that stands still until a test advances it; timers fire in order, ties as
 * they were set */
#pragma once

#include "src/base/clock.h"

/* wall_ms: what clock_wall says at clock_now 1000; the two then go together. */
int step_clock_new(Clock **ret, uint64_t wall_ms);
Clock *step_clock_free(Clock *c); /* every timer must have been freed */
DEFINE_CLEANUP(Clock *, step_clock_free);

/* From now on clock_wall says that; clock_now and the timers do not step. */
void step_clock_set_wall(Clock *c, uint64_t wall_ms);

/* Runs the clock forward; each timer that comes due fires with clock_now at its own time. */
void step_clock_advance(Clock *c, uint64_t ms);
/* Advances to the next timer and fires it. False: no timer is set. */
bool step_clock_next(Clock *c);
