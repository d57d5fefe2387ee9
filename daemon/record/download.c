/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "download.h"

#include "daemon/exchange/group.h"
#include "record-outcome.h"

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

struct RecordDownload {
        CloudClient *client;
        const CloudPin *pin;
        Clock *clock;
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
        RecordDownloadFunc func;
        void *userdata;
};

/* Steps return 0, -errno, or the Outcome that ends the download. */

/* ---- what comes ---- */

static int download_refusal(int r)
{
        return r > 0 ? (int)OUTCOME_RECORD_REFUSED : r;
}

static int download_take_first(RecordDownload *d, const PbRecordPage *page)
{
        int r;

        if (!page->roster || record_escrow_open(&d->group_key, &d->transcript, page->escrow.data,
                                                page->escrow.len, &d->keys, d->number) != 0)
                return OUTCOME_RECORD_REFUSED;
        r = group_new_absent(&d->group, d->pin, page->roster);
        if (r != 0)
                return download_refusal(r);
        if (strcmp(d->group->roster->record_number, d->number) != 0)
                return OUTCOME_RECORD_REFUSED;
        (void)group_offer_key(d->group, &d->group_key);
        d->final_openings = page->final_openings;
        d->cards = calloc(d->group->n, sizeof *d->cards);
        return d->cards ? 0 : -ENOMEM;
}

/* Openings come before messages. With the last final opening the transcript is fixed and can be
 * compared. */
static int download_take_news(RecordDownload *d, const PbRecordPage *page)
{
        PbWatched news = PB_WATCHED_INIT;
        PbListPage list = PB_LIST_PAGE_INIT;
        int r;

        news.phase = PB_PHASE_EXCHANGING;
        news.final_openings = d->final_openings;
        news.n_openings = page->n_openings;
        news.openings = page->openings;
        news.n_messages = page->n_messages;
        news.messages = page->messages;
        list.n_pieces = page->n_pieces;
        list.pieces = page->pieces;
        r = group_watched(d->group, &news);
        if (r == 0 && d->group->fixed && !bytes32_equal(&d->group->transcript, &d->transcript))
                return OUTCOME_RECORD_REFUSED;
        if (r == 0)
                r = group_page(d->group, &list);
        return download_refusal(r);
}

static int download_take_card(RecordDownload *d, GroupMember *m)
{
        FetchedCard *card = &d->cards[d->n_cards];
        int r;

        assert(d->n_cards < d->group->n);
        r = group_card(d->group, m, &card->vcard);
        if (r != 0)
                /* a card that its owner broke is missing, like one that was never given */
                return MIN(r, 0);
        card->member = m->id;
        card->guest = m->mark == MARK_GUEST;
        d->n_cards++;
        d->n_bytes += strlen(card->vcard);
        group_mark_carded(m, NULL);
        return d->n_bytes > CARDS_BYTES_MAX ? (int)OUTCOME_CARD_TOO_LARGE : 0;
}

static int download_take_cards(RecordDownload *d)
{
        int r;

        if (!d->group->fixed)
                return 0;
        r = group_unwrap(d->group);
        for (size_t i = 0; r == 0 && i < d->group->n; i++)
                if (group_card_ready(d->group, &d->group->members[i]))
                        r = download_take_card(d, &d->group->members[i]);
        return r;
}

static int download_take_page(RecordDownload *d, const PbRecordPage *page)
{
        int r = d->group ? 0 : download_take_first(d, page);

        if (r == 0)
                r = download_take_news(d, page);
        if (r == 0)
                r = download_take_cards(d);
        /* maybe even the transcript is missing */
        if (r == 0 && page->next_cursor == 0 && d->n_cards == 0)
                r = OUTCOME_RECORD_REFUSED;
        return r;
}

/* ---- the pages ---- */

static void download_finish(RecordDownload *d, int result)
{
        RecordContents contents = {.cards = d->cards, .n_cards = d->n_cards};

        contents.members = d->group ? d->group->n : 0;
        d->func(d->userdata, result, result == 0 ? &contents : NULL);
}

static int download_ask_page(RecordDownload *d, uint64_t cursor);

static void on_download_page(void *userdata, CloudResult result, const WireResponse *response)
{
        RecordDownload *d = userdata;
        const PbRecordPage *page;
        int r;

        d->call = NULL;
        if (result != CLOUD_OK || response->body_case != PB_RESPONSE_BODY_RECORD_PAGE) {
                download_finish(d, (int)record_refusal(result, response));
                return;
        }
        page = response->record_page;
        r = download_take_page(d, page);
        if (r == 0 && page->next_cursor > 0) {
                r = download_ask_page(d, page->next_cursor);
                if (r == 0)
                        return;
        }
        download_finish(d, r);
}

static int download_ask_page(RecordDownload *d, uint64_t cursor)
{
        WireRequest request = PB_REQUEST_INIT;
        PbFetchRecord body = PB_FETCH_RECORD_INIT;
        uint64_t until = MIN(clock_now(d->clock) + WAIT_MS, d->over_ms);

        body.number = d->number;
        body.token = wire_bytes(d->keys.token.b, sizeof d->keys.token);
        body.cursor = cursor;
        body.max_bytes = PAGE_MAX;
        request.body_case = PB_REQUEST_BODY_FETCH_RECORD;
        request.fetch_record = &body;
        return cloud_client_call(d->client, &d->call, &request, until, ANSWER_MS, on_download_page,
                                 d);
}

int record_download_new(RecordDownload **ret, CloudClient *client, const CloudPin *pin,
                        Clock *clock, const char *number, const RecordPassword *password,
                        RecordDownloadFunc func, void *userdata)
{
        _cleanup_(record_download_freep) RecordDownload *d = secret_alloc(1, sizeof *d);
        int r;

        if (!d)
                return -ENOMEM;
        d->client = client;
        d->pin = pin;
        d->clock = clock;
        d->over_ms = clock_now(clock) + LIFE_MS;
        d->func = func;
        d->userdata = userdata;
        (void)snprintf(d->number, sizeof d->number, "%s", number);
        r = record_keys_derive(&d->keys, number, password);
        if (r == 0)
                r = download_ask_page(d, 0);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(d);
        return 0;
}

RecordDownload *record_download_free(RecordDownload *d)
{
        if (!d)
                return NULL;
        cloud_call_cancel(d->call);
        for (size_t i = 0; i < d->n_cards; i++)
                secret_free(d->cards[i].vcard);
        free(d->cards);
        group_free(d->group);
        record_keys_done(&d->keys);
        key_done(&d->group_key);
        secret_release(d);
        return NULL;
}
