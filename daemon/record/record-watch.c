/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record-watch.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

typedef struct RecordWatch {
        RecordWatches *watches; /* NULL: not in use */
        uint32_t uid;
        uint64_t exchange;
        uint64_t seen_ms; /* the newest fetch that is known, by the cloud's clock */
        uint64_t wait_ms, until_ms;
        bool looking; /* a request is under way */
        Timer *timer;
} RecordWatch;

struct RecordWatches {
        RecordWatchesDeps deps;
        RecordWatch list[RECORD_WATCHES_MAX];
};

static void record_watch_end(RecordWatch *x)
{
        timer_free(x->timer);
        *x = (RecordWatch){0};
}

static void record_watch_on_time(void *userdata);

static void record_watch_wait(RecordWatch *x)
{
        Clock *clock = x->watches->deps.clock;

        if (clock_now(clock) + x->wait_ms >= x->until_ms ||
            clock_restart(clock, &x->timer, x->wait_ms, record_watch_on_time, x) < 0)
                record_watch_end(x);
        else
                x->wait_ms = MIN(2 * x->wait_ms, (uint64_t)RECORD_LOOK_MAX_MS);
}

/* Whether asking again can bring something else. */
static bool record_watch_may_go_on(Outcome outcome)
{
        switch (outcome) {
        case OUTCOME_OK:
        case OUTCOME_NO_NETWORK:
        case OUTCOME_NETWORK_LOGIN:
        case OUTCOME_CLOUD_UNREACHABLE:
        case OUTCOME_CLOUD_BUSY:
        case OUTCOME_BUSY:
                return true;
        default:
                return false;
        }
}

static void record_watch_compare(RecordWatch *x, const RecordShown *shown)
{
        const RecordWatchesDeps *deps = &x->watches->deps;
        uint64_t seen_ms = x->seen_ms;

        for (size_t i = 0; i < shown->n_fetched; i++) {
                if (shown->fetched_ms[i] <= x->seen_ms)
                        continue;
                seen_ms = MAX(seen_ms, shown->fetched_ms[i]);
                deps->opened(deps->userdata, x->uid, x->exchange, shown->fetched_ms[i] / 1000);
        }
        x->seen_ms = seen_ms;
}

static void record_watch_on_fetches(void *userdata, Outcome outcome, const RecordShown *shown)
{
        RecordWatch *x = userdata;

        assert(x->looking);
        x->looking = false;
        if (shown)
                record_watch_compare(x, shown);
        if (record_watch_may_go_on(outcome))
                record_watch_wait(x);
        else
                record_watch_end(x);
}

static void record_watch_on_time(void *userdata)
{
        RecordWatch *x = userdata;
        const RecordWatchesDeps *deps = &x->watches->deps;
        int r;

        assert(!x->looking);
        x->timer = timer_free(x->timer);
        r = deps->look(deps->look_userdata, x->uid, x->exchange, record_watch_on_fetches, x);
        x->looking = r == 0;
        if (r > 0 && record_watch_may_go_on((Outcome)r))
                record_watch_wait(x);
        else if (r != 0)
                record_watch_end(x);
}

static RecordWatch *record_watches_find(RecordWatches *w, uint64_t exchange)
{
        RecordWatch *free_one = NULL;

        for (size_t i = 0; i < RECORD_WATCHES_MAX; i++) {
                if (w->list[i].watches && w->list[i].exchange == exchange)
                        return &w->list[i];
                if (!w->list[i].watches)
                        free_one = &w->list[i];
        }
        return free_one;
}

void record_watches_add(RecordWatches *w, uint32_t uid, uint64_t exchange, const RecordShown *shown)
{
        RecordWatch *x = record_watches_find(w, exchange);
        uint64_t seen_ms = shown->n_fetched > 0 ? shown->fetched_ms[shown->n_fetched - 1] : 0;

        if (!x) {
                log_debug("a record is not watched: there are too many");
                return;
        }
        x->watches = w;
        x->uid = uid;
        x->exchange = exchange;
        x->seen_ms = MAX(x->seen_ms, seen_ms);
        x->wait_ms = RECORD_LOOK_FIRST_MS;
        x->until_ms = clock_now(w->deps.clock) + RECORD_LOOK_FOR_MS;
        if (!x->looking)
                record_watch_wait(x);
}

int record_watches_new(RecordWatches **ret, const RecordWatchesDeps *deps)
{
        RecordWatches *w = calloc(1, sizeof *w);

        assert(deps->look && deps->opened);
        if (!w)
                return -ENOMEM;
        w->deps = *deps;
        *ret = w;
        return 0;
}

RecordWatches *record_watches_free(RecordWatches *w)
{
        if (!w)
                return NULL;
        for (size_t i = 0; i < RECORD_WATCHES_MAX; i++)
                timer_free(w->list[i].timer);
        free(w);
        return NULL;
}
