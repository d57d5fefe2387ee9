/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "deadlines.h"

#include "src/base/log.h"
#include "batch.h"
#include "groups.h"

enum {
        MAX_DUE = 256,            /* groups moved on in one batch */
        MAX_EXPIRED = 64,         /* groups deleted in one batch */
        MAX_PAUSE_MS = 60 * 1000, /* the wall clock may be set: look again after this */
        RETRY_MS = 1000,          /* after a batch that failed */
};

struct Deadlines {
        Node *node;
        Timer *timer;
        uint64_t at_ms;    /* clock_now at which it fires */
        uint64_t pause_ms; /* as found by deadlines_look */
};

typedef struct Due {
        int64_t groups[MAX_DUE];
        size_t n;
} Due;

static int due_take(const GroupRow *g, void *userdata)
{
        Due *d = userdata;

        d->groups[d->n++] = g->id;
        return d->n == MAX_DUE;
}

/* Reads the group again: another group that closed may have taken its members. */
static int deadlines_end_phase(Node *node, int64_t group, uint64_t now_ms)
{
        GroupRow g;
        int r = store_group_get(node->store, group, &g);

        if (r == STORE_E_NOT_FOUND)
                return 0;
        if (r != 0)
                return must(r);
        return g.deadline_ms > 0 && g.deadline_ms <= now_ms ? group_deadline(node, &g, now_ms) : 0;
}

static int deadlines_meet(Node *node, uint64_t now_ms)
{
        Due due = {.n = 0};
        int r = store_groups_due(node->store, now_ms, due_take, &due);

        for (size_t i = 0; r >= 0 && i < due.n; i++)
                r = deadlines_end_phase(node, due.groups[i], now_ms);
        return r < 0 ? r : store_expire(node->store, now_ms, MAX_EXPIRED);
}

/* The batch it opens closes by itself, and with it deadlines_set sets the timer again. */
static void deadlines_on_timer(void *userdata)
{
        Deadlines *d = userdata;
        Node *node = d->node;
        int r;

        d->timer = timer_free(d->timer);
        (void)batch_begin(node->batch); /* without its timer the next request closes it */
        r = batch_failed(node->batch) ? 0 : deadlines_meet(node, clock_wall(node->clock));
        if (r < 0)
                batch_fail(node->batch, r);
}

void deadlines_look(Deadlines *d)
{
        Node *node = d->node;
        uint64_t wall = clock_wall(node->clock), next = UINT64_MAX;
        int r = batch_failed(node->batch) ? 0 : store_next_deadline(node->store, &next);

        if (r < 0)
                batch_fail(node->batch, r);
        d->pause_ms = next <= wall ? 0 : MIN(next - wall, (uint64_t)MAX_PAUSE_MS);
}

void deadlines_set(Deadlines *d, bool failed)
{
        uint64_t pause_ms = failed ? RETRY_MS : d->pause_ms;
        uint64_t at_ms = clock_now(d->node->clock) + pause_ms;

        if (d->timer && d->at_ms == at_ms)
                return;
        d->at_ms = at_ms;
        if (clock_restart(d->node->clock, &d->timer, pause_ms, deadlines_on_timer, d) < 0)
                log_error("No memory for the timer of groups"); /* the next batch sets it */
}

int deadlines_new(Deadlines **ret, Node *node)
{
        _cleanup_(deadlines_freep) Deadlines *d = calloc(1, sizeof *d);
        int r;

        if (!d)
                return -ENOMEM;
        d->node = node;
        r = clock_restart(node->clock, &d->timer, 0, deadlines_on_timer, d);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

Deadlines *deadlines_free(Deadlines *d)
{
        if (!d)
                return NULL;
        (void)timer_free(d->timer);
        free(d);
        return NULL;
}
