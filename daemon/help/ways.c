/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ways.h"

#include <assert.h>
#include <string.h>

enum {
        WAYS_MAX = 256,
        FAILED_MS = 250, /* doubled with each failure in a row */
        FAILURES_MAX = 6,
        HOPE_MS = 400, /* wait for a way that may be asked within this time */
};

/* ---- ways ---- */

static void way_rest(Way *w, unsigned failures)
{
        w->failures = MIN(failures, (unsigned)FAILURES_MAX);
        w->not_before_ms = clock_now(w->ways->clock) + ((uint64_t)FAILED_MS << w->failures);
}

/* When a way breaks, all its requests fail at once. That counts as one failure. */
void way_failed(Way *w)
{
        if (w->not_before_ms <= clock_now(w->ways->clock))
                way_rest(w, w->failures + 1);
}

void way_lied(Way *w)
{
        way_rest(w, FAILURES_MAX);
}

void way_was_slow(Way *w)
{
        w->slow = MIN(w->slow + 1, (unsigned)FAILURES_MAX);
}

void way_hang_up(Way *w)
{
        Ways *ways = w->ways;

        ways->events->lost(ways->userdata, w);
        assert(w->n_under_way == 0);
        w->idle = timer_free(w->idle);
        w->link = link_free(w->link);
        w->n_cancelled = 0;
        ways->events->changed(ways->userdata);
}

static void way_free(Way *w)
{
        way_hang_up(w);
        if (w->ways->answering == w)
                w->ways->answering = NULL;
        LIST_REMOVE(w, list);
        w->ways->n--;
        free(w);
}

void way_settle(Way *w)
{
        if (!w->present && !w->link)
                way_free(w);
}

static void way_on_idle(void *userdata)
{
        Way *w = userdata;

        way_hang_up(w);
        way_settle(w);
}

void way_restart_idle(Way *w)
{
        uint64_t after_ms = w->link && w->link->dear ? WAYS_DEAR_IDLE_MS : WAYS_IDLE_MS;

        if (w->link && w->n_under_way == 0)
                (void)clock_restart(w->ways->clock, &w->idle, after_ms, way_on_idle, w);
        else
                w->idle = timer_free(w->idle);
}

static Way *ways_find(const Ways *ways, const Radio *radio, const Token *token)
{
        Way *w;

        LIST_FOREACH (w, &ways->list, list)
                if (w->radio == radio && memcmp(&w->token, token, sizeof *token) == 0)
                        return w;
        return NULL;
}

static bool way_is_open(const Way *w, uint64_t now)
{
        return w->not_before_ms <= now && (w->present || w->link) && (w->link || !w->reaching) &&
               w->n_under_way < WAYS_AT_A_TIME;
}

static unsigned way_badness(const Way *w)
{
        return w->failures + w->slow;
}

/* Fewest failures first, then a link that is open, then one that costs no energy. */
static bool way_is_better(const Way *a, const Way *b)
{
        if (way_badness(a) != way_badness(b))
                return way_badness(a) < way_badness(b);
        if (!a->link != !b->link)
                return a->link;
        return a->radio->ops->transport == SIGHTING_MDNS &&
               b->radio->ops->transport != SIGHTING_MDNS;
}

Way *ways_choose(const Ways *ways, Way *const *asked, size_t n)
{
        uint64_t now = clock_now(ways->clock);
        Way *best = NULL, *w;

        LIST_FOREACH (w, &ways->list, list) {
                bool again = false;

                for (size_t i = 0; i < n; i++)
                        again = again || asked[i] == w;
                if (!again && way_is_open(w, now) && (!best || way_is_better(w, best)))
                        best = w;
        }
        return best;
}

bool ways_ready(const Ways *ways)
{
        uint64_t soon = clock_now(ways->clock) + HOPE_MS;
        const Way *w;

        LIST_FOREACH (w, &ways->list, list)
                if (w->not_before_ms <= soon)
                        return true;
        return false;
}

uint64_t ways_next_ms(const Ways *ways)
{
        uint64_t now = clock_now(ways->clock), next = UINT64_MAX;
        const Way *w;

        LIST_FOREACH (w, &ways->list, list)
                if (w->not_before_ms > now)
                        next = MIN(next, w->not_before_ms);
        return next;
}

/* ---- links ---- */

uint64_t way_reach_at_ms(const Way *w)
{
        bool dear = w->radio->ops->dear;
        uint64_t at = clock_now(w->ways->clock);
        size_t n = 0;
        const Way *x;

        LIST_FOREACH (x, &w->ways->list, list) {
                uint64_t next = x->reaching_since_ms + (dear ? WAYS_DEAR_REACH_MS : WAYS_REACH_MS);

                n += x->reaching;
                if (x->reaching && x->radio->ops->dear == dear)
                        at = MAX(at, next);
        }
        return n < WAYS_REACHING_MAX ? at : UINT64_MAX;
}

void way_reach(Way *w)
{
        w->reaching = radio_reach(w->radio, &w->token) == 0;
        w->reaching_since_ms = clock_now(w->ways->clock);
        if (w->reaching)
                return;
        way_failed(w);
        w->ways->events->changed(w->ways->userdata);
}

static void way_on_frame(void *userdata, Link *link, const Frame *frame)
{
        Way *w = userdata;

        w->ways->events->frame(w->ways->userdata, w, frame);
}

/* A link that closes without requests under way is no failure. */
static void way_on_closed(void *userdata, Link *link)
{
        Way *w = userdata;

        if (w->n_under_way > 0)
                way_failed(w);
        way_hang_up(w);
        way_settle(w);
}

static const LinkEvents way_link_events = {way_on_frame, way_on_closed};

/* ---- what radios say ---- */

/* A new way, in place of the worst one if the table is full. NULL: all in it are better, or no
 * memory. */
static Way *ways_make_room(Ways *ways)
{
        Way *w, *worst = NULL;

        LIST_FOREACH (w, &ways->list, list)
                if (!w->link && !w->reaching && way_badness(w) > (worst ? way_badness(worst) : 0))
                        worst = w;
        if (ways->n >= WAYS_MAX && !worst)
                return NULL;
        if (ways->n >= WAYS_MAX)
                way_free(worst);
        return calloc(1, sizeof *w);
}

void ways_heard(Ways *ways, Radio *radio, const Token *token)
{
        Way *w = ways_find(ways, radio, token);

        if (!w) {
                w = ways_make_room(ways);
                if (!w)
                        return;
                *w = (Way){.ways = ways, .radio = radio, .token = *token};
                LIST_INSERT_HEAD(&ways->list, w, list);
                ways->n++;
        }
        w->present = true;
        ways->events->changed(ways->userdata);
}

void ways_gone(Ways *ways, const Radio *radio, const Token *token)
{
        Way *w = ways_find(ways, radio, token);

        if (!w)
                return;
        w->present = false;
        way_settle(w);
}

void ways_linked(Ways *ways, const Radio *radio, const Token *token, Link *taken)
{
        _cleanup_(link_freep) Link *link = taken;
        Way *w = ways_find(ways, radio, token);

        if (!w)
                return;
        w->reaching = false;
        if (!link) {
                way_failed(w);
                way_hang_up(w);
                return;
        }
        if (w->link)
                way_hang_up(w);
        w->link = TAKE_PTR(link);
        w->not_before_ms = 0; /* it may only have been slow to reach */
        w->link->events = &way_link_events;
        w->link->userdata = w;
        way_restart_idle(w);
        ways->events->changed(ways->userdata);
}

void ways_forget(Ways *ways, const Radio *radio)
{
        Way *w, *next;

        for (w = LIST_FIRST(&ways->list); w; w = next) {
                next = LIST_NEXT(w, list);
                if (w->radio == radio)
                        way_free(w);
        }
}

void ways_renew(Ways *ways)
{
        Way *w, *next;

        for (w = LIST_FIRST(&ways->list); w; w = next) {
                next = LIST_NEXT(w, list);
                w->failures = w->slow = 0;
                w->not_before_ms = 0;
                way_hang_up(w);
                way_settle(w);
        }
}

/* ---- life ---- */

void ways_init(Ways *ways, Clock *clock, const WaysEvents *events, void *userdata)
{
        assert(events->frame && events->lost && events->changed);
        *ways = (Ways){.clock = clock, .events = events, .userdata = userdata};
        LIST_INIT(&ways->list);
}

void ways_done(Ways *ways)
{
        Way *w;

        while ((w = LIST_FIRST(&ways->list)))
                way_free(w);
        assert(ways->n == 0);
}
