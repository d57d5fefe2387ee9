/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "own-clock.h"

static uint64_t own_now(Clock *c)
{
        return clock_now(((OwnClock *)c)->base) + ((OwnClock *)c)->now_offset_ms;
}

static uint64_t own_wall(Clock *c)
{
        return clock_wall(((OwnClock *)c)->base) + (uint64_t)((OwnClock *)c)->wall_offset_ms;
}

static int own_timer(Clock *clock, Timer **ret, uint64_t at_ms, TimerFunc func, void *userdata)
{
        OwnClock *c = (OwnClock *)clock;

        at_ms = at_ms > c->now_offset_ms ? at_ms - c->now_offset_ms : 0;
        return clock_timer(c->base, ret, at_ms, func, userdata);
}

void own_clock_init(OwnClock *c, Clock *base, uint64_t now_offset_ms, int64_t wall_offset_ms)
{
        static const ClockOps ops = {.now = own_now, .wall = own_wall, .timer = own_timer};

        *c = (OwnClock){{&ops}, base, now_offset_ms, wall_offset_ms};
}
