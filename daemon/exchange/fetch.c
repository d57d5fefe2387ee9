/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fetch.h"
#include "member.h"

enum {
        /* without a byte: so much that there is one try, as of a long poll */
        SLOW_ANSWER_MS = 20000,
        PAGE_MAX = 256 * 1024, /* GetList.max_bytes in huddle.proto */
        /* more than the largest group needs; bounds an endless list */
        PAGES_MAX = 8192,
};

struct Fetch {
        CloudClient *cloud;
        Id member;
        CloudCall *call;
        unsigned pages;
        uint32_t seen; /* what the caller gave at the last reading */
        FetchFunc func;
        void *userdata;
};

static int fetch_ask_page(Fetch *f, uint64_t cursor);

/* Asks for the next page before handing on this one. An empty page ends the list: its cursor could
 * stand still. */
static void fetch_on_page(void *userdata, CloudResult result, const WireResponse *response)
{
        Fetch *f = userdata;
        const PbListPage *page = NULL;

        f->call = NULL;
        if (result == CLOUD_OK && response->body_case == PB_RESPONSE_BODY_LIST_PAGE)
                page = response->list_page;
        if (page && page->next_cursor > 0 &&
            (page->n_pieces == 0 || ++f->pages == PAGES_MAX ||
             fetch_ask_page(f, page->next_cursor) < 0))
                page = NULL;
        f->func(f->userdata, page);
}

static int fetch_ask_page(Fetch *f, uint64_t cursor)
{
        WireRequest request = PB_REQUEST_INIT;
        PbGetList body = PB_GET_LIST_INIT;

        body.member_id = wire_bytes(f->member.b, sizeof f->member.b);
        body.cursor = cursor;
        body.max_bytes = PAGE_MAX;
        request.body_case = PB_REQUEST_BODY_GET_LIST;
        request.get_list = &body;
        return cloud_client_call(f->cloud, &f->call, &request, UINT64_MAX,
                                 cloud_client_slow(f->cloud) ? SLOW_ANSWER_MS : MEMBER_ANSWER_MS,
                                 fetch_on_page, f);
}

int fetch_again(Fetch *f, uint32_t seen)
{
        if (f->call || f->seen == seen)
                return 0;
        f->seen = seen;
        f->pages = 0;
        return fetch_ask_page(f, 0);
}

int fetch_new(Fetch **ret, CloudClient *cloud, const Id *member, FetchFunc func, void *userdata)
{
        Fetch *f = calloc(1, sizeof *f);

        if (!f)
                return -ENOMEM;
        *f = (Fetch){.cloud = cloud, .member = *member, .func = func, .userdata = userdata};
        *ret = f;
        return 0;
}

Fetch *fetch_free(Fetch *f)
{
        if (f)
                cloud_call_cancel(f->call);
        free(f);
        return NULL;
}
