/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange-late.c - a delivered exchange: kept in touch while somebody is missing, then put away
 *
 * Cards of people who opened late, or were off line, come as additions. After ten minutes it
 * rests, with its snapshot, until the next start of the daemon; and when nobody is missing, or
 * the cloud has forgotten the group, only the summary and the cards stay.
 */
#include "exchange-private.h"

#include "src/base/log.h"
#include "member.h"

#include <stdio.h>
#include <string.h>

enum {
        LINGER_MS = 10 * 60 * 1000,
        SECRET_S = 7 * 24 * 3600, /* unless the cloud says when the record expires */
};

static ExchangeSummary late_summary(const Exchange *x)
{
        const Fix *fix = &x->s.options.fix;
        ExchangeSummary e = {
                .number = x->number,
                .uid = x->uid,
                .finished_s = clock_wall(exchange_clock(x)) / 1000,
                .members = (uint32_t)x->group->n,
                .cards = (uint32_t)group_cards(x->group),
        };

        (void)snprintf(e.level, sizeof e.level, "%s",
                       x->s.compared ? "compared"
                       : x->s.proven ? "proven"
                                     : "unchecked");
        (void)snprintf(e.record_number, sizeof e.record_number, "%s",
                       x->group->roster->record_number);
        if (fix->known)
                (void)snprintf(e.place, sizeof e.place, "%.4f, %.4f", fix->latitude_e7 / 1e7,
                               fix->longitude_e7 / 1e7);
        return e;
}

void exchange_settle(Exchange *x)
{
        ExchangeSummary e = late_summary(x);
        int r = daemon_store_exchange_finish(x->settings.store, x->number, &e);

        if (r < 0)
                exchange_note(x, LOG_ERR, "cannot settle, the next start will: %s", strerror(-r));
        if (group_missing(x->group, GROUP_CARDS, false) == 0)
                member_acknowledge(x->settings.cloud, exchange_clock(x), &x->s.keys.id);
        exchange_note(x, LOG_DEBUG, "settled");
        exchange_wipe(x);
}

/* Somebody is missing here, or may miss us. */
static bool late_is_wanted(const Exchange *x)
{
        return group_missing(x->group, GROUP_CARDS, false) > 0 || !outbox_empty(x->outbox);
}

/* What the record's password is made of outlives the exchange. */
static int late_keep_secret(const Exchange *x)
{
        _cleanup_(record_secret_done) RecordSecret secret = {
                .number = x->number,
                .uid = x->uid,
                .member = x->s.keys.id,
                .group_key = x->group->key,
                .transcript = x->group->transcript,
                .deposits = group_rank(x->group, true) == 0,
                .erase_s = clock_wall(exchange_clock(x)) / 1000 + SECRET_S,
        };

        if (!x->group->has_key)
                return 0;
        (void)snprintf(secret.record_number, sizeof secret.record_number, "%s",
                       x->group->roster->record_number);
        return daemon_store_secret_put(x->settings.store, &secret);
}

int exchange_record(Exchange *x)
{
        ExchangeSummary e = late_summary(x);
        int r = daemon_store_exchange_deliver(x->settings.store, &e);

        return r < 0 ? r : late_keep_secret(x);
}

void exchange_see_off(Exchange *x, bool news)
{
        int r = news ? exchange_record(x) : 0;

        if (r < 0) /* the cards themselves are stored */
                exchange_note(x, LOG_ERR, "cannot record: %s", strerror(-r));
        if (!late_is_wanted(x))
                exchange_settle(x);
}

/* Who is still missing is looked for again at the next start. */
static void late_on_linger_end(void *userdata)
{
        Exchange *x = userdata;

        if (x->outbox && !outbox_empty(x->outbox) && exchange_linger(x) == 0)
                return;
        exchange_hang_up(x);
}

int exchange_linger(Exchange *x)
{
        return clock_restart(exchange_clock(x), &x->linger, LINGER_MS, late_on_linger_end, x);
}
