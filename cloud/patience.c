/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "patience.h"

#include <assert.h>
#include <stdlib.h>
#include <sys/socket.h>

struct Patience {
        sd_event *event;
        sd_event_source *timer;
        uint64_t patience_us;
        Owing *first, *last; /* in the order of since_us */
};

static uint64_t patience_now_us(const Patience *p)
{
        uint64_t now_us = 0;

        (void)sd_event_now(p->event, CLOCK_MONOTONIC, &now_us);
        return now_us;
}

static void patience_set_timer(Patience *p)
{
        if (!p->first)
                return;
        (void)sd_event_source_set_time(p->timer, p->first->since_us + p->patience_us);
        (void)sd_event_source_set_enabled(p->timer, SD_EVENT_ONESHOT);
}

void patience_end(Owing *o)
{
        Patience *p = o->in;

        if (!p)
                return;
        *(o->previous ? &o->previous->next : &p->first) = o->next;
        *(o->next ? &o->next->previous : &p->last) = o->previous;
        o->previous = o->next = NULL;
        o->in = NULL;
}

void patience_begin(Patience *p, Owing *o)
{
        patience_end(o);
        o->since_us = patience_now_us(p);
        o->in = p;
        o->previous = p->last;
        *(p->last ? &p->last->next : &p->first) = o;
        p->last = o;
        if (p->first == o)
                patience_set_timer(p);
}

/* The server sees the end of the stream, and closes. */
static int patience_on_timer(sd_event_source *s, uint64_t usec, void *userdata)
{
        Patience *p = userdata;
        uint64_t now_us = patience_now_us(p);

        while (p->first && p->first->since_us + p->patience_us <= now_us) {
                (void)shutdown(p->first->fd, SHUT_RDWR);
                patience_end(p->first);
        }
        patience_set_timer(p);
        return 0;
}

int patience_new(Patience **ret, sd_event *event, const char *name, uint64_t ms)
{
        _cleanup_(patience_freep) Patience *p = calloc(1, sizeof *p);
        int r;

        if (!p)
                return -ENOMEM;
        p->event = event;
        p->patience_us = ms * 1000;
        r = sd_event_add_time_relative(event, &p->timer, CLOCK_MONOTONIC, 0, 1000,
                                       patience_on_timer, p);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(p->timer, name);
        *ret = TAKE_PTR(p);
        return 0;
}

Patience *patience_free(Patience *p)
{
        if (!p)
                return NULL;
        assert(!p->first);
        sd_event_source_disable_unref(p->timer);
        free(p);
        return NULL;
}
