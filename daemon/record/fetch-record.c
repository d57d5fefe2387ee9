/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch-record.h"

#include "src/base/log.h"
#include "daemon/exchange/group.h"
#include "record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
        PAGE_MAX = 256 * 1024, /* FetchRecord.max_bytes in huddle.proto */
        ANSWER_MS = 10 * 1000,
        WAIT_MS = 18 * 1000,        /* for one page */
        LIFE_MS = 10 * 60 * 1000,   /* for all of them */
        CARDS_BYTES_MAX = 64 << 20, /* of all cards together */
};

struct RecordFetch {
        RecordFetchDeps deps;
        char number[RECORD_NUMBER_SIZE];
        RecordKeys keys;
        uint64_t over_ms;
        Key group_key;
        Bytes32 transcript;
        Group *group; /* from the first page on */
        uint32_t final_openings;
        FetchedCard *cards; /* room for one of each member */
        size_t n_cards, n_bytes;
        CloudCall *call;
        RecordFetchFunc func;
        void *userdata;
};

/* Steps return 0, -errno, or the Outcome that ends the fetch. */

static void record_fetch_finish(RecordFetch *f, int result, const ExchangeSummary *exchange)
{
        if (result < 0)
                log_error("a record cannot be fetched: %s", strerror(-result));
        if (result == OUTCOME_RECORD_REFUSED)
                log_warning("a record was refused: what it holds does not fit together");
        f->func(f->userdata, result < 0 ? OUTCOME_FAILED : (Outcome)result, exchange);
}

/* ---- what comes ---- */

static int record_fetch_refusal(int r)
{
        return r > 0 ? (int)OUTCOME_RECORD_REFUSED : r;
}

static int record_take_first(RecordFetch *f, const PbRecordPage *page)
{
        int r;

        if (!page->roster || record_escrow_open(&f->group_key, &f->transcript, page->escrow.data,
                                                page->escrow.len, &f->keys, f->number) != 0)
                return OUTCOME_RECORD_REFUSED;
        r = group_new_absent(&f->group, f->deps.cloud.pin, page->roster);
        if (r != 0)
                return record_fetch_refusal(r);
        if (strcmp(f->group->roster->record_number, f->number) != 0)
                return OUTCOME_RECORD_REFUSED;
        (void)group_offer_key(f->group, &f->group_key);
        f->final_openings = page->final_openings;
        f->cards = calloc(f->group->n, sizeof *f->cards);
        return f->cards ? 0 : -ENOMEM;
}

/* Openings come before messages. With the last final opening the transcript is fixed and can be
 * compared. */
static int record_take_news(RecordFetch *f, const PbRecordPage *page)
{
        PbWatched news = PB_WATCHED_INIT;
        PbListPage list = PB_LIST_PAGE_INIT;
        int r;

        news.phase = PB_PHASE_EXCHANGING;
        news.final_openings = f->final_openings;
        news.n_openings = page->n_openings;
        news.openings = page->openings;
        news.n_messages = page->n_messages;
        news.messages = page->messages;
        list.n_pieces = page->n_pieces;
        list.pieces = page->pieces;
        r = group_watched(f->group, &news);
        if (r == 0 && f->group->fixed && !bytes32_equal(&f->group->transcript, &f->transcript))
                return OUTCOME_RECORD_REFUSED;
        if (r == 0)
                r = group_page(f->group, &list);
        return record_fetch_refusal(r);
}

static int record_take_card(RecordFetch *f, GroupMember *m)
{
        FetchedCard *card = &f->cards[f->n_cards];
        int r;

        assert(f->n_cards < f->group->n);
        r = group_card(f->group, m, &card->vcard);
        if (r != 0)
                /* a card that its owner broke is missing, like one that was never given */
                return MIN(r, 0);
        card->member = m->id;
        f->n_cards++;
        f->n_bytes += strlen(card->vcard);
        group_mark_carded(m, NULL);
        return f->n_bytes > CARDS_BYTES_MAX ? (int)OUTCOME_CARD_TOO_LARGE : 0;
}

static int record_take_cards(RecordFetch *f)
{
        int r;

        if (!f->group->fixed)
                return 0;
        r = group_unwrap(f->group);
        for (size_t i = 0; r == 0 && i < f->group->n; i++)
                if (group_card_ready(f->group, &f->group->members[i]))
                        r = record_take_card(f, &f->group->members[i]);
        return r;
}

static int record_take_page(RecordFetch *f, const PbRecordPage *page)
{
        int r = f->group ? 0 : record_take_first(f, page);

        if (r == 0)
                r = record_take_news(f, page);
        if (r == 0)
                r = record_take_cards(f);
        /* maybe even the transcript is missing */
        if (r == 0 && page->next_cursor == 0 && f->n_cards == 0)
                r = OUTCOME_RECORD_REFUSED;
        return r;
}

/* ---- the end of it ---- */

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

/* A member that fetches does not need its own card. */
static int record_drop_own(RecordFetch *f)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};
        RecordSearch search = {.fetch = f};
        int r = daemon_store_history(f->deps.store, f->deps.uid, record_find_exchange, &search);

        if (r < 0 || !search.found)
                return r;
        r = daemon_store_secret_get(f->deps.store, search.number, &secret);
        for (size_t i = 0; r == 0 && i < f->n_cards; i++)
                if (record_is_own(f, &f->cards[i], &secret)) {
                        secret_free(f->cards[i].vcard);
                        f->cards[i] = f->cards[--f->n_cards];
                        break;
                }
        return MIN(r, 0);
}

static int record_store_cards(RecordFetch *f, ExchangeSummary *ret)
{
        ExchangeSummary e = {
                .uid = f->deps.uid,
                .finished_s = clock_wall(f->deps.clock) / 1000,
                .members = (uint32_t)f->group->n,
                /* by the person that gave the password: only the members know more */
                .level = "vouched",
        };
        int r = record_drop_own(f);

        memcpy(e.record_number, f->number, sizeof e.record_number);
        if (r == 0)
                r = daemon_store_fetched(f->deps.store, &e, f->cards, f->n_cards);
        if (r == 0)
                *ret = e;
        return r;
}

static int record_fetch_page(RecordFetch *f, uint64_t cursor);

static void on_record_page(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordFetch *f = userdata;
        const PbRecordPage *page;
        ExchangeSummary exchange;
        int r;

        f->call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_RECORD_PAGE) {
                record_fetch_finish(f, record_refusal(result, response), NULL);
                return;
        }
        page = response->record_page;
        r = record_take_page(f, page);
        if (r == 0 && page->next_cursor > 0) {
                r = record_fetch_page(f, page->next_cursor);
                if (r == 0)
                        return;
        }
        if (r == 0)
                r = record_store_cards(f, &exchange);
        record_fetch_finish(f, r, r == 0 ? &exchange : NULL);
}

static int record_fetch_page(RecordFetch *f, uint64_t cursor)
{
        WireRequest request = PB_REQUEST_INIT;
        PbFetchRecord body = PB_FETCH_RECORD_INIT;
        uint64_t until = MIN(clock_now(f->deps.clock) + WAIT_MS, f->over_ms);

        body.number = f->number;
        body.token = wire_bytes(f->keys.token.b, sizeof f->keys.token);
        body.cursor = cursor;
        body.max_bytes = PAGE_MAX;
        request.body_case = PB_REQUEST_BODY_FETCH_RECORD;
        request.fetch_record = &body;
        return cloud_client_call(f->deps.cloud.client, &f->call, &request, until, ANSWER_MS,
                                 on_record_page, f);
}

int record_fetch_new(RecordFetch **ret, const RecordFetchDeps *deps, const char *number,
                     const RecordPassword *password, RecordFetchFunc func, void *userdata)
{
        _cleanup_(record_fetch_freep) RecordFetch *f = secret_alloc(1, sizeof *f);
        int r;

        if (!f)
                return -ENOMEM;
        f->deps = *deps;
        f->over_ms = clock_now(deps->clock) + LIFE_MS;
        f->func = func;
        f->userdata = userdata;
        (void)snprintf(f->number, sizeof f->number, "%s", number);
        r = record_keys_derive(&f->keys, number, password);
        if (r == 0)
                r = record_fetch_page(f, 0);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(f);
        return 0;
}

RecordFetch *record_fetch_free(RecordFetch *f)
{
        if (!f)
                return NULL;
        cloud_call_cancel(f->call);
        for (size_t i = 0; i < f->n_cards; i++)
                secret_free(f->cards[i].vcard);
        free(f->cards);
        group_free(f->group);
        record_keys_done(&f->keys);
        key_done(&f->group_key);
        secret_release(f);
        return NULL;
}
