/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link-pair.h"

#include <string.h>
#include <sys/queue.h>

typedef struct Pair Pair;

typedef struct End {
        Link link;
        Pair *pair;
        bool gone;
} End;

/* A frame on its way, or (without kind) the news that the other end has gone. */
typedef struct Flight {
        LIST_ENTRY(Flight) list;
        End *to;
        Timer *timer;
        Frame frame;
        uint8_t bytes[];
} Flight;

struct Pair {
        Clock *clock;
        uint32_t delay_ms;
        End ends[2];
        LIST_HEAD(, Flight) flights;
        unsigned arriving; /* callbacks that run */
};

static void pair_settle(Pair *p)
{
        if (p->arriving == 0 && p->ends[0].gone && p->ends[1].gone && LIST_EMPTY(&p->flights))
                free(p);
}

static void flight_free(Flight *f)
{
        LIST_REMOVE(f, list);
        timer_free(f->timer);
        free(f);
}

static void arrive(void *userdata)
{
        Flight *f = userdata;
        End *to = f->to;
        Pair *pair = to->pair;
        Frame frame = f->frame;

        LIST_REMOVE(f, list);
        pair->arriving++;
        if (!to->gone && frame.kind)
                to->link.events->frame(to->link.userdata, &to->link, &frame);
        else if (!to->gone)
                to->link.events->closed(to->link.userdata, &to->link);
        pair->arriving--;
        timer_free(f->timer);
        free(f);
        pair_settle(pair);
}

static int fly(End *from, const Frame *frame)
{
        Pair *p = from->pair;
        Flight *f = calloc(1, sizeof *f + frame->len);
        int r;

        if (!f)
                return -ENOMEM;
        f->to = from == &p->ends[0] ? &p->ends[1] : &p->ends[0];
        f->frame = *frame;
        if (frame->len > 0)
                memcpy(f->bytes, frame->body, frame->len);
        f->frame.body = f->bytes;
        LIST_INSERT_HEAD(&p->flights, f, list);
        r = clock_restart(p->clock, &f->timer, p->delay_ms, arrive, f);
        if (r < 0)
                flight_free(f);
        return r;
}

static int pair_send(Link *link, const Frame *frame)
{
        return fly((End *)link, frame);
}

static size_t pair_unsent(const Link *link)
{
        return 0;
}

static Link *pair_free(Link *link)
{
        End *e = (End *)link;
        Pair *p = e->pair;
        Flight *f, *next;

        e->gone = true;
        for (f = LIST_FIRST(&p->flights); f; f = next) {
                next = LIST_NEXT(f, list);
                if (f->to == e)
                        flight_free(f);
        }
        if (!p->ends[0].gone || !p->ends[1].gone)
                (void)fly(e, &(Frame){0});
        else
                while ((f = LIST_FIRST(&p->flights)))
                        flight_free(f);
        pair_settle(p);
        return NULL;
}

static const LinkOps ops = {pair_send, pair_unsent, pair_free};

int link_pair_new(Link **ret_asking, Link **ret_helping, Clock *clock, uint32_t delay_ms,
                  const uint8_t peer[static LINK_PEER])
{
        Pair *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        p->clock = clock;
        p->delay_ms = delay_ms;
        LIST_INIT(&p->flights);
        for (unsigned i = 0; i < 2; i++) {
                p->ends[i].link.ops = &ops;
                p->ends[i].pair = p;
        }
        memcpy(p->ends[1].link.peer, peer, LINK_PEER);
        *ret_asking = &p->ends[0].link;
        *ret_helping = &p->ends[1].link;
        return 0;
}
