/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-cloud.c - what runs beside the story: telling the cloud whom we hear, the watch, the
 * list */
#include "exchange-private.h"

#include "src/base/log.h"
#include "member.h"

#include <string.h>

enum {
        AMEND_AFTER_MS = 400,           /* several neighbours in one message */
        POLL_FREE_MS = 60 * 1000,       /* of answers may come as fast as they like: */
        POLL_NEWS_MS = 500,             /* so much is one that brings something, */
        POLL_NOTHING_MS = 5 * 1000,     /* and one that brings nothing */
        GATHER_MS = 2 * 60 * 60 * 1000, /* longer than any window */
        /* for others to open, to show their names, or to release a card */
        STALL_MS = 15 * 60 * 1000,
};

/* ---- evidence ---- */

static void cloud_on_amended(void *userdata, CloudResult result, const WireResponse *response)
{
        ((Exchange *)userdata)->amend = NULL; /* refused after the close: no harm */
}

/* The sequence is the time since the press: it grows, also over a restart. */
static int cloud_amend(Exchange *x)
{
        MemberCall call = {x->settings.cloud, &x->amend, UINT64_MAX, cloud_on_amended, x};
        Sighting heard[SERIAL_HEARD_MAX];
        size_t n = neighbourhood_evidence(x->neighbourhood, x->s.press_ms, heard);
        uint32_t age = (uint32_t)(clock_now(exchange_clock(x)) - x->s.press_ms);

        x->amend = cloud_call_cancel(x->amend); /* overtaken */
        return member_amend(&call, &x->s.keys.id, &x->s.options.fix, heard, n, age);
}

static void cloud_on_amend_time(void *userdata)
{
        Exchange *x = userdata;

        x->amend_timer = timer_free(x->amend_timer);
        exchange_event_done(x, x->state == EXCHANGE_GATHERING ? cloud_amend(x) : 0);
}

void exchange_evidence_changed(Exchange *x)
{
        int r = 0;

        x->heard_since = true;
        if (x->state == EXCHANGE_GATHERING && !x->amend_timer)
                r = clock_restart(exchange_clock(x), &x->amend_timer, AMEND_AFTER_MS,
                                  cloud_on_amend_time, x);
        if (r < 0) /* the next neighbour tries again */
                exchange_note(x, LOG_WARNING, "cannot amend: %s", strerror(-r));
}

/* A fix that is hardly better is not worth a message; neither is it worth waiting for one before
 * the serial is sent: the cloud decides for good when the window ends. */
void exchange_set_fix(Exchange *x, const Fix *fix)
{
        Fix *own = &x->s.options.fix;

        if ((x->state != EXCHANGE_LISTENING && x->state != EXCHANGE_GATHERING) ||
            (own->known && fix->accuracy_m > own->accuracy_m / 2))
                return;
        *own = *fix;
        exchange_evidence_changed(x);
}

/* ---- the watch ---- */

static int cloud_take_gathering(Exchange *x, const PbWatched *w)
{
        x->member_count = w->member_count;
        x->s.opener = w->opener;
        x->deadline_ms = clock_now(exchange_clock(x)) + w->deadline_in_ms;
        for (size_t i = 0; i < w->n_mutual; i++)
                neighbourhood_set_mutual(x->neighbourhood, (const Token *)w->mutual[i].data);
        return 0;
}

/* The roster that comes first is the one: another, later or after a restart, is a lie. */
static int cloud_take_roster(Exchange *x, const PbSigned *roster)
{
        if (!x->group)
                return roster ? exchange_open(x, roster) : EXCHANGE_E_GROUP_REFUSED;
        if (roster && !group_roster_is(x->group, roster->bytes.data, roster->bytes.len,
                                       roster->signature.data))
                return exchange_refusal(x, GROUP_E_REFUSED);
        return 0;
}

static int cloud_take_closed(Exchange *x, const PbWatched *w)
{
        int r = cloud_take_roster(x, w->roster);

        if (r == 0)
                r = exchange_refusal(x, group_watched(x->group, w));
        if (x->state == EXCHANGE_OPENING)
                x->deadline_ms = w->deadline_in_ms > 0
                                         ? clock_now(exchange_clock(x)) + w->deadline_in_ms
                                         : 0;
        return r;
}

static int cloud_take_watched(Exchange *x, const PbWatched *w)
{
        x->seen_revision = w->revision;
        switch (w->phase) {
        case PB_PHASE_OPENING:
        case PB_PHASE_EXCHANGING:
                return cloud_take_closed(x, w);
        case PB_PHASE_EXPIRED:
                return EXCHANGE_E_TOO_LATE;
        case PB_PHASE_ALONE:
                return EXCHANGE_E_ALONE;
        default: /* gathering; wire.c lets nothing else through */
                return x->group ? exchange_refusal(x, GROUP_E_REFUSED) : cloud_take_gathering(x, w);
        }
}

/* The time that passes between answers. Where none come, the line is down and waiting is right: of
 * a gap no more counts than the longest wait for one. */
static void cloud_note_answer(Exchange *x)
{
        uint64_t now = clock_now(exchange_clock(x));

        if (x->answered_ms > 0)
                x->waited_ms +=
                        MIN(now - x->answered_ms, (uint64_t)MEMBER_WATCH_MS + MEMBER_ANSWER_MS);
        x->answered_ms = now;
}

/* How long the next watch has to wait. Each answer costs something, one without news more, and as
 * much as the time gives is always free: a cloud that answers everything at once is soon asked once
 * in five seconds. */
static uint64_t cloud_poll_delay(Exchange *x, bool news)
{
        uint64_t now = clock_now(exchange_clock(x));

        x->polled_ms = MAX(x->polled_ms, now - MIN(now, (uint64_t)POLL_FREE_MS)) +
                       (news ? POLL_NEWS_MS : POLL_NOTHING_MS);
        return x->polled_ms > now ? x->polled_ms - now : 0;
}

static bool cloud_has_news(const Exchange *x, const PbWatched *w)
{
        return w->revision > x->seen_revision || w->n_openings > 0 || w->n_messages > 0;
}

static void cloud_on_pause_over(void *userdata)
{
        Exchange *x = userdata;

        x->pause = timer_free(x->pause);
        exchange_event_done(x, 0);
}

static int cloud_take_answer(Exchange *x, const PbWatched *w)
{
        uint64_t delay = cloud_poll_delay(x, cloud_has_news(x, w));
        int r = 0;

        cloud_note_answer(x);
        if (delay > 0)
                r = clock_restart(exchange_clock(x), &x->pause, delay, cloud_on_pause_over, x);
        return r < 0 ? r : cloud_take_watched(x, w);
}

static void cloud_on_watched(void *userdata, CloudResult result, const WireResponse *response)
{
        Exchange *x = userdata;

        x->watch = NULL;
        if (result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_WATCHED)
                exchange_event_done(x, cloud_take_answer(x, response->watched));
        else if (result == CLOUD_STATUS && response->status == PB_STATUS_NO_MEMBER)
                exchange_event_done(x, EXCHANGE_E_TOO_LATE); /* the cloud has forgotten the group */
        else
                exchange_event_done(x, EXCHANGE_E_CLOUD_REFUSED);
}

int exchange_keep_watching(Exchange *x)
{
        MemberCall call = {x->settings.cloud, &x->watch, UINT64_MAX, cloud_on_watched, x};

        if (x->watch || x->pause)
                return 0;
        return member_watch(&call, &x->s.keys.id, x->seen_revision,
                            x->group ? x->group->next_message : 0,
                            x->group ? x->group->n_opened : 0);
}

int exchange_check_patience(const Exchange *x)
{
        if (exchange_ended(x) || (x->counting && !x->s.released))
                return 0;
        return x->waited_ms > (x->state == EXCHANGE_GATHERING ? GATHER_MS : STALL_MS)
                       ? EXCHANGE_E_STALLED
                       : 0;
}

/* ---- the list ---- */

static void cloud_on_page(void *userdata, const PbListPage *page)
{
        Exchange *x = userdata;

        if (!page || page->next_cursor == 0)
                x->fetch = fetch_free(x->fetch);
        exchange_event_done(x, page ? exchange_refusal(x, group_page(x->group, page)) : 0);
}

/* Read anew when somebody has opened since, as long as parts are missing. */
int exchange_keep_fetching(Exchange *x)
{
        if (x->fetch || x->n_fetched == x->group->n_opened ||
            group_missing(x->group, GROUP_PARTS, false) == 0)
                return 0;
        x->n_fetched = x->group->n_opened;
        return fetch_new(&x->fetch, x->settings.cloud, &x->s.keys.id, cloud_on_page, x);
}
