/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "late.h"
#include "member.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
        WAIT_MS = 10 * 60 * 1000,
        SECRET_S = 7 * 24 * 3600, /* unless the cloud says when the record expires */
};

struct Late {
        LateDeps deps;
        Timer *timer;
};

static const char *late_level_name(ExchangeLevel level)
{
        static const char *const names[] = {"unchecked", "proven", "compared"};

        assert(level < ARRAY_LEN(names));
        return names[level];
}

static ExchangeSummary late_summary(const Late *l, ExchangeLevel level)
{
        const LateDeps *d = &l->deps;
        ExchangeSummary e = {
                .number = d->number,
                .uid = d->uid,
                .finished_s = clock_wall(d->clock) / 1000,
                .members = (uint32_t)d->group->n,
                .cards = (uint32_t)group_cards(d->group),
        };

        (void)snprintf(e.level, sizeof e.level, "%s", late_level_name(level));
        (void)snprintf(e.record_number, sizeof e.record_number, "%s",
                       d->group->roster->record_number);
        (void)snprintf(e.phrase, sizeof e.phrase, "%s", d->group->phrase);
        if (d->fix.known)
                (void)snprintf(e.place, sizeof e.place, "%.4f, %.4f", d->fix.latitude_e7 / 1e7,
                               d->fix.longitude_e7 / 1e7);
        return e;
}

/* The group key outlives the exchange: the record password is derived from it. */
static int late_keep_secret(const Late *l)
{
        const LateDeps *d = &l->deps;
        _cleanup_(record_secret_done) RecordSecret secret = {
                .number = d->number,
                .uid = d->uid,
                .member = d->member,
                .group_key = d->group->key,
                .transcript = d->group->transcript,
                .deposits = group_rank(d->group, true) == 0 &&
                            d->group->members[d->group->self].mark != MARK_GUEST,
                .erase_s = clock_wall(d->clock) / 1000 + SECRET_S,
        };

        if (!d->group->has_key)
                return 0;
        (void)snprintf(secret.record_number, sizeof secret.record_number, "%s",
                       d->group->roster->record_number);
        return daemon_store_secret_put(d->store, &secret);
}

int late_record(const Late *l, ExchangeLevel level)
{
        ExchangeSummary e = late_summary(l, level);
        int r = daemon_store_exchange_deliver(l->deps.store, &e);

        return r < 0 ? r : late_keep_secret(l);
}

int late_settle(const Late *l, ExchangeLevel level)
{
        const LateDeps *d = &l->deps;
        ExchangeSummary e = late_summary(l, level);
        int r = daemon_store_exchange_finish(d->store, d->number, &e);

        if (group_missing(d->group, GROUP_CARDS, false) == 0)
                member_acknowledge(d->cloud, d->clock, &d->member);
        return r;
}

static void late_on_time(void *userdata)
{
        Late *l = userdata;

        l->timer = timer_free(l->timer);
        l->deps.waited(l->deps.userdata);
}

int late_wait(Late *l)
{
        return clock_restart(l->deps.clock, &l->timer, WAIT_MS, late_on_time, l);
}

void late_rest(Late *l)
{
        l->timer = timer_free(l->timer);
}

int late_new(Late **ret, const LateDeps *deps)
{
        Late *l = calloc(1, sizeof *l);

        if (!l)
                return -ENOMEM;
        assert(deps->group && deps->waited);
        l->deps = *deps;
        *ret = l;
        return 0;
}

Late *late_free(Late *l)
{
        if (l)
                late_rest(l);
        free(l);
        return NULL;
}
