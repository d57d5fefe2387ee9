/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-record.c - the page of somebody who was absent: a link, then the cards of its record
 *
 * The script calls, in this order: open with the link and the address of the page, fetch, and once
 * its import "done" was called with OK, what reads the cards (page-cards.c). open begins anew,
 * close wipes. What is returned as text is ours, and stays until then.
 */
#include "host.h"
#include "page-cards.h"

#include "src/protocol/huddle-link.h"
#include "daemon/base/outcome.h"
#include "daemon/record/download.h"

#include <stdio.h>
#include <string.h>

/* The name of an outcome, as on D-Bus; "" where it is OK. */
HOST_IMPORT(done) void host_done(const char *outcome);

HOST_EXPORT(alloc) void *engine_alloc(size_t len);
HOST_EXPORT(release) void engine_release(void *p);
HOST_EXPORT(start) int engine_start(void);
HOST_EXPORT(open) const char *engine_open(const char *link, const char *page);
HOST_EXPORT(cloud) const char *engine_cloud(void);
HOST_EXPORT(fetch) int engine_fetch(void);
HOST_EXPORT(members) size_t engine_members(void);
HOST_EXPORT(close) void engine_close(void);

static struct {
        HuddleLink link;
        CloudPin pin;
        CloudClient *client;
        RecordDownload *download;
        const RecordContents *contents;
} page;

void *engine_alloc(size_t len)
{
        return malloc(len);
}

void engine_release(void *p)
{
        free(p);
}

int engine_start(void)
{
        return sodium_init() < 0 ? -1 : 0;
}

void engine_close(void)
{
        page_cards_wipe();
        record_download_free(page.download);
        cloud_client_free(page.client);
        sodium_memzero(&page, sizeof page);
}

/* ---- the link ---- */

/* A sentence about what is wrong with it, "" where nothing is. The server of a page sees what is
 * typed into it, so a page of the cloud's own host must not get the password. */
const char *engine_open(const char *link, const char *origin)
{
        char own[CLOUD_URL_SIZE];
        int r;

        engine_close();
        r = huddle_link_parse(&page.link, link);
        if (r == 0 && page.link.kind != HUDDLE_LINK_RECORD)
                r = HUDDLE_LINK_E_OTHER;
        if (r == 0 && !page.link.has_cloud)
                r = HUDDLE_LINK_E_CUT;
        if (r != 0)
                return r < 0 ? "out of memory" : huddle_link_message(r);
        if (!cloud_url_normalise(own, origin) || cloud_url_same_host(own, page.link.url)) {
                engine_close();
                return "page of the cloud";
        }
        return "";
}

const char *engine_cloud(void)
{
        return page.link.url;
}

/* ---- the cards ---- */

static int page_read_cards(const RecordContents *c)
{
        int r = 0;

        page.contents = c;
        for (size_t i = 0; r == 0 && i < c->n_cards; i++)
                r = page_cards_add(&c->cards[i].member, c->cards[i].vcard);
        return r;
}

static void on_page_download(void *userdata, int result, const RecordContents *contents)
{
        int r = result == 0 ? page_read_cards(contents) : result;

        host_done(outcome_name(r < 0 ? OUTCOME_FAILED : (Outcome)r));
}

/* 0, or less than 0 where there is no memory. */
int engine_fetch(void)
{
        CloudClientDeps deps = {.clock = host_clock,
                                .carrier = host_carrier(page.link.url),
                                .cloud = &page.pin.identity};
        int r;

        page.pin.identity = page.link.identity;
        page.download = record_download_free(page.download);
        page.client = cloud_client_free(page.client);
        r = cloud_client_new(&page.client, &deps);
        if (r == 0)
                r = record_download_new(&page.download, page.client, &page.pin, host_clock,
                                        page.link.number, &page.link.password, on_page_download,
                                        NULL);
        return r;
}

size_t engine_members(void)
{
        return page.contents ? page.contents->members : 0;
}
