/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-cloud.c - what the cloud tells an exchange while it goes on: the watch, and the list */
#include "exchange-private.h"
#include "member.h"

/* ---- the watch ---- */

static int take_gathering(Exchange *x, const Huddle__V1__Watched *w)
{
        x->member_count = w->member_count;
        x->s.opener = w->opener;
        x->deadline_ms = clock_now(exchange_clock(x)) + w->deadline_in_ms;
        for (size_t i = 0; i < w->n_mutual; i++)
                neighbourhood_set_mutual(x->neighbourhood, (const Token *)w->mutual[i].data);
        return 0;
}

/* The roster that comes first is the one: another, later or after a restart, is a lie. */
static int take_roster(Exchange *x, const Huddle__V1__Signed *roster)
{
        if (!x->group)
                return roster ? exchange_open(x, roster) : EXCHANGE_E_GROUP_REFUSED;
        if (roster &&
            !group_roster_is(x->group, roster->bytes.data, roster->bytes.len, roster->signature.data))
                return exchange_refusal(x, GROUP_E_REFUSED);
        return 0;
}

static int take_closed(Exchange *x, const Huddle__V1__Watched *w)
{
        int r = take_roster(x, w->roster);

        if (r == 0)
                r = exchange_refusal(x, group_watched(x->group, w));
        if (x->state == EXCHANGE_OPENING)
                x->deadline_ms =
                        w->deadline_in_ms > 0 ? clock_now(exchange_clock(x)) + w->deadline_in_ms : 0;
        return r;
}

static int take_watched(Exchange *x, const Huddle__V1__Watched *w)
{
        x->seen_revision = w->revision;
        switch (w->phase) {
        case HUDDLE__V1__PHASE__PHASE_OPENING:
        case HUDDLE__V1__PHASE__PHASE_EXCHANGING:
                return take_closed(x, w);
        case HUDDLE__V1__PHASE__PHASE_EXPIRED:
                return EXCHANGE_E_TOO_LATE;
        case HUDDLE__V1__PHASE__PHASE_ALONE:
                return EXCHANGE_E_ALONE;
        default: /* gathering; wire.c lets nothing else through */
                return x->group ? exchange_refusal(x, GROUP_E_REFUSED) : take_gathering(x, w);
        }
}

static void on_watched(void *userdata, CloudResult result, const WireResponse *response)
{
        Exchange *x = userdata;

        x->watch = NULL;
        if (result == CLOUD_OK && response->body_case == HUDDLE__V1__RESPONSE__BODY_WATCHED)
                exchange_event_done(x, take_watched(x, response->watched));
        else if (result == CLOUD_STATUS && response->status == HUDDLE__V1__STATUS__STATUS_NO_MEMBER)
                exchange_event_done(x, EXCHANGE_E_TOO_LATE); /* the cloud has forgotten the group */
        else
                exchange_event_done(x, EXCHANGE_E_CLOUD_REFUSED);
}

int exchange_keep_watching(Exchange *x)
{
        MemberCall call = {x->settings.cloud, &x->watch, UINT64_MAX, on_watched, x};

        if (x->watch)
                return 0;
        return member_watch(&call, &x->s.keys.id, x->seen_revision, x->group ? x->group->next_message : 0,
                            x->group ? x->group->n_opened : 0);
}

/* ---- the list ---- */

static void on_page(void *userdata, const Huddle__V1__ListPage *page)
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
        return fetch_new(&x->fetch, x->settings.cloud, &x->s.keys.id, on_page, x);
}
