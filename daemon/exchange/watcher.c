/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "watcher.h"

#include <assert.h>

enum {
        /* Token bucket: a minute of credit; a reply with news costs 0.5 s, one without 5 s. */
        CREDIT_MS = 60 * 1000,
        COST_NEWS_MS = 500,
        COST_NOTHING_MS = 5 * 1000,
};

struct Watcher {
        WatcherDeps deps;
        CloudCall *call;
        Timer *pause;           /* before the next poll */
        uint64_t seen_revision; /* of the group, in the last answer */
        uint64_t answered_ms;   /* time of the last answer */
        uint64_t waited_ms;
        uint64_t spent_ms; /* credit used, as a time of the clock */
};

/* Adds the time between two answers. A gap counts for no more than the longest poll. */
static void watcher_note_answer(Watcher *w)
{
        uint64_t now = clock_now(w->deps.clock);

        if (w->answered_ms > 0)
                w->waited_ms +=
                        MIN(now - w->answered_ms, (uint64_t)MEMBER_WATCH_MS + MEMBER_ANSWER_MS);
        w->answered_ms = now;
}

/* Charges for an answer; returns how long to pause. */
static uint64_t watcher_charge(Watcher *w, bool news)
{
        uint64_t now = clock_now(w->deps.clock);

        w->spent_ms = MAX(w->spent_ms, now - MIN(now, (uint64_t)CREDIT_MS)) +
                      (news ? COST_NEWS_MS : COST_NOTHING_MS);
        return w->spent_ms > now ? w->spent_ms - now : 0;
}

static bool watcher_has_news(const Watcher *w, const PbWatched *news)
{
        return news->revision > w->seen_revision || news->n_openings > 0 || news->n_messages > 0 ||
               news->n_card_keys > 0;
}

static void watcher_on_pause_over(void *userdata)
{
        Watcher *w = userdata;

        w->pause = timer_free(w->pause);
        w->deps.func(w->deps.userdata, 0, NULL);
}

static void watcher_take(Watcher *w, const PbWatched *news)
{
        uint64_t delay = watcher_charge(w, watcher_has_news(w, news));
        int r = 0;

        watcher_note_answer(w);
        if (delay > 0)
                r = clock_restart(w->deps.clock, &w->pause, delay, watcher_on_pause_over, w);
        w->seen_revision = news->revision;
        w->deps.func(w->deps.userdata, r, r < 0 ? NULL : news);
}

static void watcher_on_answer(void *userdata, CloudResult result, const WireResponse *response)
{
        Watcher *w = userdata;

        w->call = NULL;
        if (result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_WATCHED)
                watcher_take(w, response->watched);
        else if (result == CLOUD_STATUS && response->status == PB_STATUS_NO_MEMBER)
                w->deps.func(w->deps.userdata, WATCHER_E_FORGOTTEN, NULL);
        else
                w->deps.func(w->deps.userdata, WATCHER_E_REFUSED, NULL);
}

int watcher_go_on(Watcher *w, const MemberCursors *next, bool soon)
{
        MemberCall call = {w->deps.cloud, &w->call, UINT64_MAX, watcher_on_answer, w};

        if (w->call || w->pause)
                return 0;
        return member_watch(&call, w->deps.member, w->seen_revision, next, soon);
}

uint64_t watcher_waited_ms(const Watcher *w)
{
        return w->waited_ms;
}

void watcher_be_patient(Watcher *w)
{
        w->waited_ms = 0;
}

int watcher_new(Watcher **ret, const WatcherDeps *deps)
{
        Watcher *w = calloc(1, sizeof *w);

        if (!w)
                return -ENOMEM;
        assert(deps->member && deps->func);
        w->deps = *deps;
        *ret = w;
        return 0;
}

Watcher *watcher_free(Watcher *w)
{
        if (!w)
                return NULL;
        cloud_call_cancel(w->call);
        timer_free(w->pause);
        free(w);
        return NULL;
}
