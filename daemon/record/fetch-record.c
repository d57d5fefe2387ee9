/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch-record.h"

#include "src/base/log.h"
#include "download.h"

#include <stdio.h>
#include <string.h>

struct RecordFetch {
        RecordFetchDeps deps;
        char number[RECORD_NUMBER_SIZE];
        RecordDownload *download;
        RecordFetchFunc func;
        void *userdata;
};

static void record_fetch_finish(RecordFetch *f, int result, const ExchangeSummary *exchange)
{
        if (result < 0)
                log_error("a record cannot be fetched: %s", strerror(-result));
        if (result == OUTCOME_RECORD_REFUSED)
                log_warning("a record was refused: what it holds does not fit together");
        f->func(f->userdata, result < 0 ? OUTCOME_FAILED : (Outcome)result, exchange);
}

static bool record_is_own(const RecordFetch *f, const FetchedCard *card, const RecordSecret *secret)
{
        return secret->uid == f->deps.uid && id_compare(&card->member, &secret->member) == 0 &&
               strcmp(secret->record_number, f->number) == 0;
}

typedef struct RecordSearch {
        RecordFetch *fetch;
        bool found;
        uint64_t number;
} RecordSearch;

static int record_find_exchange(void *userdata, const ExchangeSummary *e)
{
        RecordSearch *s = userdata;

        if (strcmp(e->record_number, s->fetch->number) == 0) {
                s->found = true;
                s->number = e->number;
        }
        return 0;
}

/* A member that fetches does not need its own card: it goes to the end. Sets *ret_n to the number
 * of the others. */
static int record_part_own(RecordFetch *f, const RecordContents *c, size_t *ret_n)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};
        RecordSearch search = {.fetch = f};
        int r = daemon_store_history(f->deps.store, f->deps.uid, record_find_exchange, &search);

        *ret_n = c->n_cards;
        if (r < 0 || !search.found)
                return r;
        r = daemon_store_secret_get(f->deps.store, search.number, &secret);
        for (size_t i = 0; r == 0 && i < c->n_cards; i++)
                if (record_is_own(f, &c->cards[i], &secret)) {
                        FetchedCard own = c->cards[i];

                        c->cards[i] = c->cards[--*ret_n];
                        c->cards[*ret_n] = own;
                        break;
                }
        return MIN(r, 0);
}

static int record_store_cards(RecordFetch *f, const RecordContents *c, ExchangeSummary *ret)
{
        ExchangeSummary e = {
                .uid = f->deps.uid,
                .finished_s = clock_wall(f->deps.clock) / 1000,
                .members = (uint32_t)c->members,
                /* by the person that gave the password: only the members know more */
                .level = "vouched",
        };
        size_t n;
        int r = record_part_own(f, c, &n);

        memcpy(e.record_number, f->number, sizeof e.record_number);
        if (r == 0)
                r = daemon_store_fetched(f->deps.store, &e, c->cards, n);
        if (r == 0)
                *ret = e;
        return r;
}

static void on_record_download(void *userdata, int result, const RecordContents *contents)
{
        RecordFetch *f = userdata;
        ExchangeSummary exchange;
        int r = result == 0 ? record_store_cards(f, contents, &exchange) : result;

        record_fetch_finish(f, r, r == 0 ? &exchange : NULL);
}

int record_fetch_new(RecordFetch **ret, const RecordFetchDeps *deps, const char *number,
                     const RecordPassword *password, RecordFetchFunc func, void *userdata)
{
        _cleanup_(record_fetch_freep) RecordFetch *f = calloc(1, sizeof *f);
        int r;

        if (!f)
                return -ENOMEM;
        f->deps = *deps;
        f->func = func;
        f->userdata = userdata;
        (void)snprintf(f->number, sizeof f->number, "%s", number);
        r = record_download_new(&f->download, deps->cloud.client, deps->cloud.pin, deps->clock,
                                number, password, on_record_download, f);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

RecordFetch *record_fetch_free(RecordFetch *f)
{
        if (!f)
                return NULL;
        record_download_free(f->download);
        free(f);
        return NULL;
}
