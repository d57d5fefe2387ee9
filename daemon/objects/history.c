/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "history.h"

#include "src/base/log.h"

#include <assert.h>
#include <string.h>

typedef struct ListedExchange ListedExchange;
struct ListedExchange {
        ListedExchange *next;
        History *history;
        ExchangeObject *object;
        Timer *timer;
};

struct History {
        ExchangeObjectDeps deps;
        Clock *clock;
        ListedExchange *listed;
};

/* ---- objects during a call ---- */

typedef struct HistorySearch {
        uint64_t number;
        ExchangeSummary summary;
        bool found;
} HistorySearch;

static int history_compare(void *userdata, const ExchangeSummary *e)
{
        HistorySearch *s = userdata;

        if (e->number == s->number) {
                s->summary = *e;
                s->found = true;
        }
        return 0;
}

/* A BusFinder. */
static int history_find(void *userdata, const char *path, uint32_t uid, BusTransient *ret)
{
        const History *h = userdata;
        HistorySearch search = {0};
        int r;

        if (!exchange_object_read_path(path, &search.number))
                return 1;
        r = daemon_store_history(h->deps.store, uid, history_compare, &search);
        if (r < 0 || !search.found)
                return r < 0 ? r : 1;
        return exchange_object_transient(ret, &h->deps, &search.summary);
}

/* ---- listed exchanges ---- */

static void on_listed(void *userdata)
{
        ListedExchange *l = userdata, **i = &l->history->listed;

        while (*i != l)
                i = &(*i)->next;
        *i = l->next;
        exchange_object_free(l->object);
        timer_free(l->timer);
        free(l);
}

/* Our own exchange, and one that was fetched a moment ago, may have an object already. */
static bool history_may_be_listed(const History *h, const ExchangeSummary *e)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};

        for (const ListedExchange *l = h->listed; l; l = l->next)
                if (exchange_object_number(l->object) == e->number)
                        return true;
        return daemon_store_secret_get(h->deps.store, e->number, &secret) !=
               DAEMON_STORE_E_NOT_FOUND;
}

void history_forget(History *h, uint64_t number)
{
        for (ListedExchange *l = h->listed; l; l = l->next)
                if (exchange_object_number(l->object) == number) {
                        on_listed(l);
                        return;
                }
}

static int history_list(History *h, const ExchangeSummary *e)
{
        ListedExchange *l = calloc(1, sizeof *l);
        int r;

        if (!l)
                return -ENOMEM;
        *l = (ListedExchange){.next = h->listed, .history = h};
        r = exchange_object_new_past(&l->object, &h->deps, e);
        if (r < 0) {
                free(l);
                return r;
        }
        h->listed = l;
        r = clock_restart(h->clock, &l->timer, HISTORY_LISTED_MS, on_listed, l);
        if (r < 0)
                on_listed(l);
        return r;
}

void history_fetched(History *h, const ExchangeSummary *exchange)
{
        int r = history_may_be_listed(h, exchange) ? 0 : history_list(h, exchange);

        if (r < 0)
                log_warning("a fetched exchange is not listed: %s", strerror(-r));
}

/* ---- life ---- */

int history_new(History **ret, const ExchangeObjectDeps *deps, Clock *clock)
{
        History *h = calloc(1, sizeof *h);

        assert(deps->bus && deps->store && deps->records);
        if (!h)
                return -ENOMEM;
        *h = (History){.deps = *deps, .clock = clock};
        bus_set_finder(deps->bus, history_find, h);
        *ret = h;
        return 0;
}

History *history_free(History *h)
{
        if (!h)
                return NULL;
        bus_set_finder(h->deps.bus, NULL, NULL);
        while (h->listed)
                on_listed(h->listed);
        free(h);
        return NULL;
}
