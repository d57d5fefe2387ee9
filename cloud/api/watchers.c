/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watchers.h"

#include "src/base/log.h"
#include "batch.h"
#include "groups.h"
#include "handlers.h"
#include "watch-answer.h"

#include <assert.h>
#include <string.h>

enum { BUCKETS = 1 << 14 };

typedef struct Watcher {
        Call *call;
        Id member_id;
        WatchSeen seen;
        int64_t group, member; /* rows, when it was last looked at */
        Timer *timer;
        uint32_t gather_ms;           /* so long messages may wait for others */
        bool gathers;                 /* some do */
        bool time_up;                 /* answer it even without news */
        struct Watcher **link, *next; /* in a bucket (link: what points at this one) or due */
} Watcher;

struct Watchers {
        Node *node;
        Watcher *waiting[BUCKETS]; /* lists, by group */
        Watcher *due, **due_end;   /* touched in this batch */
};

/* ---- the lists ---- */

static Watcher **watchers_bucket(Watchers *ws, int64_t group)
{
        return &ws->waiting[(uint64_t)group % BUCKETS];
}

static void watcher_begin(Watchers *ws, Watcher *w)
{
        Watcher **bucket = watchers_bucket(ws, w->group);

        assert(!w->link);
        w->next = *bucket;
        if (w->next)
                w->next->link = &w->next;
        *bucket = w;
        w->link = bucket;
        ws->node->metrics.waiting++;
}

static void watcher_end(Watchers *ws, Watcher *w)
{
        assert(w->link);
        *w->link = w->next;
        if (w->next)
                w->next->link = w->link;
        w->next = NULL;
        w->link = NULL;
        ws->node->metrics.waiting--;
}

static void watcher_make_due(Watchers *ws, Watcher *w)
{
        watcher_end(ws, w);
        *ws->due_end = w;
        ws->due_end = &w->next;
}

static Watcher *watchers_take_due(Watchers *ws)
{
        Watcher *w = ws->due;

        if (!w)
                return NULL;
        ws->due = TAKE_PTR(w->next);
        if (!ws->due)
                ws->due_end = &ws->due;
        return w;
}

/* Returns its call. */
static Call *watcher_free(Watcher *w)
{
        Call *c = w->call;

        (void)timer_free(w->timer);
        free(w);
        return c;
}

void watchers_touch(Watchers *ws, int64_t group, int64_t member)
{
        for (Watcher *w = *watchers_bucket(ws, group), *next; w; w = next) {
                next = w->next;
                if (w->group == group && (member == 0 || w->member == member))
                        watcher_make_due(ws, w);
        }
}

void watchers_touch_all(Watchers *ws)
{
        for (size_t i = 0; i < BUCKETS; i++)
                while (ws->waiting[i])
                        watcher_make_due(ws, ws->waiting[i]);
}

void watchers_drain(Watchers *ws)
{
        for (size_t i = 0; i < BUCKETS; i++)
                while (ws->waiting[i]) {
                        ws->waiting[i]->time_up = true;
                        watcher_make_due(ws, ws->waiting[i]);
                }
}

/* ---- looking ---- */

static void watcher_on_time_up(void *userdata);

/* Whether the messages that are there wait for others: for no longer than the terminal allows. */
static bool watcher_gathers(Watcher *w)
{
        if (w->gather_ms == 0 || w->gathers)
                return w->gathers;
        w->gathers = true;
        return !w->timer || clock_restart(w->call->node->clock, &w->timer, w->gather_ms,
                                          watcher_on_time_up, w) == 0;
}

/* Seals the answer (0), or lets it wait on (1); negative errno. */
static int watcher_look(Watcher *w)
{
        Call *c = w->call;
        MemberRow m;
        GroupRow g;
        int r;

        r = call_group(c, wire_bytes(w->member_id.b, sizeof w->member_id.b), &m, &g);
        if (r < 0)
                return r;
        if (r != PB_STATUS_OK)
                return call_answer(c, (PbStatus)r, NULL);
        w->group = g.id; /* it may have moved */
        w->member = m.id;
        r = w->time_up ? WATCH_NEWS : watch_has_news(c->node->store, &w->seen, &m, &g);
        if (r < 0)
                return r;
        if (r == WATCH_NO_NEWS || (r == WATCH_MESSAGES && watcher_gathers(w)))
                return 1;
        return watch_answer(c, &w->seen, &m, &g);
}

bool watchers_due(const Watchers *ws)
{
        return ws->due;
}

/* As watcher_look; a watcher that cannot be looked at is answered "unavailable" alone. */
static int watcher_settle(Watchers *ws, Watcher *w)
{
        int r;

        w->call->now_ms = node_time(ws->node);
        w->call->wall_ms = clock_wall(ws->node->clock);
        r = watcher_look(w);
        if (r >= 0)
                return r;
        log_error("A watch failed: %s", strerror(-r));
        ws->node->metrics.failed_parts++;
        return call_answer(w->call, PB_STATUS_UNAVAILABLE, NULL);
}

static bool watchers_go_on(const Watchers *ws, size_t n, uint64_t begun_with)
{
        return n < WATCHERS_SETTLED && node_work(ws->node) - begun_with < WATCHERS_WORK;
}

void watchers_settle(Watchers *ws)
{
        Batch *batch = ws->node->batch;
        uint64_t begun_with = node_work(ws->node);
        Watcher *w;
        int r;

        for (size_t n = 0; batch_failed(batch) || watchers_go_on(ws, n, begun_with); n++) {
                w = watchers_take_due(ws);
                if (!w)
                        return;
                r = batch_failed(batch) ? 0 : watcher_settle(ws, w);
                if (r < 0)
                        batch_fail(batch, r);
                if (r == 1)
                        watcher_begin(ws, w);
                else
                        batch_answer(batch, watcher_free(w));
        }
}

/* The batch that it begins answers it. */
static void watcher_on_time_up(void *userdata)
{
        Watcher *w = userdata;
        Watchers *ws = w->call->node->watchers;

        (void)batch_begin(ws->node->batch); /* without its timer the next request closes it */
        w->time_up = true;
        if (w->link) /* else news has made it due already */
                watcher_make_due(ws, w);
}

/* A terminal that asks again has given up its last Watch: one for each member is enough. */
static void watchers_end_older(Watchers *ws, const Watcher *w)
{
        for (Watcher *other = *watchers_bucket(ws, w->group); other; other = other->next)
                if (other->member == w->member) {
                        other->time_up = true;
                        watcher_make_due(ws, other);
                        return;
                }
}

static int watcher_wait(Watchers *ws, const Watcher *asking, uint32_t wait_ms)
{
        Watcher *w = malloc(sizeof *w);
        int r;

        if (!w)
                return -ENOMEM;
        *w = *asking;
        r = clock_restart(ws->node->clock, &w->timer, wait_ms, watcher_on_time_up, w);
        if (r < 0) {
                free(w);
                return r;
        }
        watchers_end_older(ws, w);
        w->call->waited = true;
        w->call->request = wire_request_free(w->call->request); /* a waiting call is small */
        watcher_begin(ws, w);
        return CALL_TAKEN;
}

/* What the member's asking tells. Whether it is one, watcher_look answers. */
static int watcher_heard(Call *c)
{
        MemberRow m;
        GroupRow g;
        int r = call_group(c, c->request->watch->member_id, &m, &g);

        return r == PB_STATUS_OK ? group_heard(c->node, &g, &m, c->now_ms) : MIN(r, 0);
}

int handle_watch(Call *c)
{
        const PbWatch *q = c->request->watch;
        Watcher w = {
                .call = c,
                .seen = {q->seen_revision, q->next_message, q->next_card_key, q->next_opening},
                .gather_ms = MIN(q->gather_ms, q->wait_ms),
                .time_up = q->wait_ms == 0,
        };
        int r;

        if (q->next_message > INT64_MAX || q->next_card_key > INT64_MAX)
                return PB_STATUS_MALFORMED;
        wire_id_read(&w.member_id, q->member_id);
        r = watcher_heard(c);
        if (r == 0)
                r = watcher_look(&w);
        if (r != 1)
                return r < 0 ? r : CALL_TAKEN;
        return watcher_wait(c->node->watchers, &w, w.gathers ? w.gather_ms : q->wait_ms);
}

/* ---- all of them ---- */

int watchers_new(Watchers **ret, Node *node)
{
        Watchers *ws = calloc(1, sizeof *ws);

        if (!ws)
                return -ENOMEM;
        ws->node = node;
        ws->due_end = &ws->due;
        *ret = ws;
        return 0;
}

Watchers *watchers_free(Watchers *ws)
{
        Watcher *w;

        if (!ws)
                return NULL;
        for (size_t i = 0; i < BUCKETS; i++)
                while (ws->waiting[i])
                        watcher_make_due(ws, ws->waiting[i]);
        while ((w = watchers_take_due(ws)))
                (void)call_free(watcher_free(w));
        free(ws);
        return NULL;
}
