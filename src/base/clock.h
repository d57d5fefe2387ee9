/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * clock.h - time and timers behind a seam: real ones on sd-event, stepped ones in the simulation
 *
 * Everything that waits (exchange, retries, group deadlines) asks a Clock, never the kernel. So a
 * test runs thousands of presses in seconds, each time in the same order.
 */
#pragma once

#include "util.h"

#include <systemd/sd-event.h>

typedef struct Clock Clock;
typedef struct Timer Timer;
typedef void (*TimerFunc)(void *userdata);

typedef struct ClockOps {
        uint64_t (*now)(Clock *c);
        uint64_t (*wall)(Clock *c);
        int (*timer)(Clock *c, Timer **ret, uint64_t at_ms, TimerFunc func, void *userdata);
        void (*timer_free)(Timer *t);
} ClockOps;

struct Clock {
        const ClockOps *ops;
};

/* An implementation's timer starts with this. */
struct Timer {
        Clock *clock;
};

/* Milliseconds of a clock that never steps back and counts suspend (CLOCK_BOOTTIME). */
static inline uint64_t clock_now(Clock *c)
{
        return c->ops->now(c);
}

/* Milliseconds since 1970. Only for what outlives a restart (expiry, deadlines in a store) and for
 * display. */
static inline uint64_t clock_wall(Clock *c)
{
        return c->ops->wall(c);
}

/* Frees the timer; a timer that is freed never fires. NULL is fine. Returns NULL. */
static inline Timer *timer_free(Timer *t)
{
        if (t)
                t->clock->ops->timer_free(t);
        return NULL;
}
DEFINE_CLEANUP(Timer *, timer_free);

/* Calls func once, never from within this call, when clock_now reaches at_ms. The caller owns *ret
 * and frees it, also after it fired; func may free it. An older timer is not replaced: free it
 * first. */
static inline int clock_timer(Clock *c, Timer **ret, uint64_t at_ms, TimerFunc func, void *userdata)
{
        return c->ops->timer(c, ret, at_ms, func, userdata);
}

/* As clock_timer, delay_ms from now. An existing *timer is freed and replaced. */
int clock_restart(Clock *c, Timer **timer, uint64_t delay_ms, TimerFunc func, void *userdata);

/* The real clock on a loop. Borrows the loop, which must outlive it. */
int clock_event_new(Clock **ret, sd_event *event);
Clock *clock_event_free(Clock *c);
DEFINE_CLEANUP(Clock *, clock_event_free);
