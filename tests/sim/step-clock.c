/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "step-clock.h"

#include <assert.h>

typedef struct StepTimer {
        Timer timer;
        uint64_t at_ms, order;
        TimerFunc func; /* NULL after it fired */
        void *userdata;
        size_t place; /* in the heap, while it is pending */
} StepTimer;

typedef struct StepClock {
        Clock clock;
        uint64_t now_ms, wall_offset_ms, next_order;
        StepTimer **heap; /* the earliest first */
        size_t n, room;
        size_t n_timers; /* alive, pending or not */
} StepClock;

static bool earlier(const StepTimer *a, const StepTimer *b)
{
        return a->at_ms < b->at_ms || (a->at_ms == b->at_ms && a->order < b->order);
}

static void put(StepClock *c, size_t place, StepTimer *t)
{
        c->heap[place] = t;
        t->place = place;
}

/* Finds the place for t, starting at a free one: first upwards, then downwards. */
static void settle(StepClock *c, size_t place, StepTimer *t)
{
        size_t child;

        for (; place > 0 && earlier(t, c->heap[(place - 1) / 2]); place = (place - 1) / 2)
                put(c, place, c->heap[(place - 1) / 2]);
        while ((child = 2 * place + 1) < c->n) {
                if (child + 1 < c->n && earlier(c->heap[child + 1], c->heap[child]))
                        child++;
                if (!earlier(c->heap[child], t))
                        break;
                put(c, place, c->heap[child]);
                place = child;
        }
        put(c, place, t);
}

static void unqueue(StepClock *c, StepTimer *t)
{
        StepTimer *last = c->heap[--c->n];

        t->func = NULL;
        if (last != t)
                settle(c, t->place, last);
}

static uint64_t step_now(Clock *c)
{
        return ((StepClock *)c)->now_ms;
}

static uint64_t step_wall(Clock *c)
{
        return ((StepClock *)c)->now_ms + ((StepClock *)c)->wall_offset_ms;
}

static int step_timer(Clock *clock, Timer **ret, uint64_t at_ms, TimerFunc func, void *userdata)
{
        StepClock *c = (StepClock *)clock;
        StepTimer *t, **heap;

        if (c->n == c->room) {
                heap = realloc(c->heap, (c->room + 64) * sizeof *heap);
                if (!heap)
                        return -ENOMEM;
                c->heap = heap;
                c->room += 64;
        }
        t = calloc(1, sizeof *t);
        if (!t)
                return -ENOMEM;
        *t = (StepTimer){{clock}, MAX(at_ms, c->now_ms), c->next_order++, func, userdata, 0};
        c->n++;
        c->n_timers++;
        settle(c, c->n - 1, t);
        *ret = &t->timer;
        return 0;
}

static void step_timer_free(Timer *timer)
{
        StepTimer *t = (StepTimer *)timer;
        StepClock *c = (StepClock *)timer->clock;

        if (t->func)
                unqueue(c, t);
        c->n_timers--;
        free(t);
}

static const ClockOps step_ops = {step_now, step_wall, step_timer, step_timer_free};

int step_clock_new(Clock **ret, uint64_t wall_ms)
{
        StepClock *c = calloc(1, sizeof *c);

        if (!c)
                return -ENOMEM;
        c->clock.ops = &step_ops;
        c->now_ms = 1000;
        c->wall_offset_ms = wall_ms - c->now_ms;
        *ret = &c->clock;
        return 0;
}

Clock *step_clock_free(Clock *clock)
{
        StepClock *c = (StepClock *)clock;

        if (!c)
                return NULL;
        assert(c->n_timers == 0);
        free(c->heap);
        free(c);
        return NULL;
}

static void fire_first(StepClock *c)
{
        StepTimer *t = c->heap[0];
        TimerFunc func = t->func;

        c->now_ms = t->at_ms;
        unqueue(c, t);
        func(t->userdata); /* may free t */
}

void step_clock_set_wall(Clock *clock, uint64_t wall_ms)
{
        StepClock *c = (StepClock *)clock;

        c->wall_offset_ms = wall_ms - c->now_ms;
}

void step_clock_advance(Clock *clock, uint64_t ms)
{
        StepClock *c = (StepClock *)clock;
        uint64_t end = c->now_ms + ms;

        while (c->n > 0 && c->heap[0]->at_ms <= end)
                fire_first(c);
        c->now_ms = end;
}

bool step_clock_next(Clock *clock)
{
        StepClock *c = (StepClock *)clock;

        if (c->n == 0)
                return false;
        fire_first(c);
        return true;
}
