/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "clock.h"

#include <time.h>

typedef struct EventClock {
        Clock clock;
        sd_event *event;
} EventClock;

typedef struct EventTimer {
        Timer timer;
        sd_event_source *source;
        TimerFunc func;
        void *userdata;
} EventTimer;

int clock_restart(Clock *c, Timer **timer, uint64_t delay_ms, TimerFunc func, void *userdata)
{
        *timer = timer_free(*timer);
        return clock_timer(c, timer, clock_now(c) + delay_ms, func, userdata);
}

static uint64_t read_clock(clockid_t id)
{
        struct timespec ts;

        (void)clock_gettime(id, &ts);
        return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

static uint64_t event_clock_now(Clock *c)
{
        return read_clock(CLOCK_BOOTTIME);
}

static uint64_t event_clock_wall(Clock *c)
{
        return read_clock(CLOCK_REALTIME);
}

static int event_clock_fire(sd_event_source *s, uint64_t usec, void *userdata)
{
        EventTimer *t = userdata;

        t->func(t->userdata); /* may free t */
        return 0;
}

static int event_clock_timer(Clock *c, Timer **ret, uint64_t at_ms, TimerFunc func, void *userdata)
{
        EventClock *ec = (EventClock *)c;
        EventTimer *t = calloc(1, sizeof *t);
        int r;

        if (!t)
                return -ENOMEM;
        *t = (EventTimer){.timer.clock = c, .func = func, .userdata = userdata};
        r = sd_event_add_time(ec->event, &t->source, CLOCK_BOOTTIME, at_ms * 1000, 1000,
                              event_clock_fire, t);
        if (r < 0) {
                free(t);
                return r;
        }
        *ret = &t->timer;
        return 0;
}

static void event_clock_timer_free(Timer *timer)
{
        EventTimer *t = (EventTimer *)timer;

        sd_event_source_disable_unref(t->source);
        free(t);
}

static const ClockOps event_clock_ops = {event_clock_now, event_clock_wall, event_clock_timer,
                                         event_clock_timer_free};

int clock_event_new(Clock **ret, sd_event *event)
{
        EventClock *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        c->clock.ops = &event_clock_ops;
        c->event = sd_event_ref(event);
        *ret = &c->clock;
        return 0;
}

Clock *clock_event_free(Clock *c)
{
        if (c)
                sd_event_unref(((EventClock *)c)->event);
        free(c);
        return NULL;
}
