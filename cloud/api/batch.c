/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "batch.h"

#include "src/base/events.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

struct Batch {
        Node *node;
        BatchHooks hooks;
        bool begun;        /* one is to be, and closes by itself */
        bool open, failed; /* it is closing: the store can be used */
        bool unconnected;  /* the store is out of reach, and that is told */
        Calls taken;       /* wait for that */
        Calls answered;    /* wait for the commit */
        size_t n_asked;    /* requests in this batch */
        size_t n_last;     /* answered by the last batch */
        Timer *timer;
};

static void batch_on_timer(void *userdata)
{
        batch_flush(userdata);
}

int batch_begin(Batch *b)
{
        b->begun = true;
        return b->timer ? 0
                        : clock_restart(b->node->clock, &b->timer, API_BATCH_MS, batch_on_timer, b);
}

void batch_fail(Batch *b, int error)
{
        assert(b->open);
        assert(error < 0);
        if (!b->failed && !(b->unconnected && error == -ENOTCONN))
                log_line(LOG_ERR, EVENT_STORE_FAILED, "The store failed; a batch is undone: %s",
                         strerror(-error));
        if (error == -ENOSPC && !b->node->metrics.full)
                log_line(LOG_ERR, EVENT_STORE_FULL,
                         "The store has no room: what would write is refused until it has");
        b->node->metrics.full |= error == -ENOSPC;
        b->unconnected = error == -ENOTCONN;
        b->failed = true;
}

bool batch_failed(const Batch *b)
{
        return b->failed;
}

void batch_take(Batch *b, Call *c)
{
        assert(b->begun);
        calls_append(&b->taken, c);
        b->n_asked++;
}

bool batch_is_asked(const Batch *b)
{
        return b->n_asked > 0;
}

void batch_answer(Batch *b, Call *c)
{
        assert(b->open);
        calls_append(&b->answered, c);
}

static void batch_open(Batch *b)
{
        uint64_t begun_ms = clock_now(b->node->clock);
        int r;

        b->open = true;
        b->failed = false;
        r = store_begin(b->node->store);
        metrics_turn(&b->node->metrics, clock_now(b->node->clock) - begun_ms);
        if (r != 0)
                batch_fail(b, r < 0 ? r : -EIO);
}

static void batch_run(Batch *b)
{
        Call *c;

        b->hooks.opened(b->hooks.userdata);
        while ((c = calls_take(&b->taken)))
                b->hooks.run(b->hooks.userdata, c);
        b->hooks.settle(b->hooks.userdata);
}

static void batch_end(Batch *b)
{
        int r;

        if (b->failed)
                store_rollback(b->node->store);
        else {
                r = store_commit(b->node->store);
                if (r != 0)
                        batch_fail(b, r < 0 ? r : -EIO);
        }
        b->unconnected &= b->failed;
        if (!b->failed)
                metrics_add(&b->node->metrics, &b->node->tally);
        b->node->tally = (Tally){.closed_groups = 0};
        b->node->metrics.batches++;
        b->node->metrics.failed_batches += b->failed;
        b->open = b->begun = false;
}

void batch_flush(Batch *b)
{
        Calls answered;
        size_t n = 0;
        bool failed;
        Call *c;

        if (!b->begun)
                return;
        batch_open(b);
        batch_run(b);
        batch_end(b);
        failed = b->failed;
        b->timer = timer_free(b->timer);
        b->hooks.ended(b->hooks.userdata, failed);
        /* a client may ask again at once when it is answered: that is the next batch */
        answered = b->answered;
        b->answered = (Calls){0};
        b->n_asked = b->n_last = 0;
        while ((c = calls_take(&answered))) {
                b->n_last++;
                n++;
                b->hooks.finish(b->hooks.userdata, c, failed);
        }
        metrics_batch(&b->node->metrics, n);
}

void batch_flush_if_full(Batch *b)
{
        if (b->n_asked >= b->n_last)
                batch_flush(b);
}

int batch_new(Batch **ret, Node *node, const BatchHooks *hooks)
{
        Batch *b = calloc(1, sizeof *b);

        if (!b)
                return -ENOMEM;
        b->node = node;
        b->hooks = *hooks;
        *ret = b;
        return 0;
}

Batch *batch_free(Batch *b)
{
        Call *c;

        if (!b)
                return NULL;
        (void)timer_free(b->timer);
        while ((c = calls_take(&b->taken)))
                (void)call_free(c);
        while ((c = calls_take(&b->answered)))
                (void)call_free(c);
        free(b);
        return NULL;
}
