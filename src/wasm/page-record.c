/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * page-record.c - the page of somebody who was absent: a link, then the cards of its record
 *
 * The script calls, in this order: open with the link and the address of the page, fetch, and once
 * its import "done" was called with OK, what reads the cards. open begins anew, close wipes. What
 * is returned as text or bytes is ours, and stays until then; length tells how long it is.
 */
#include "host.h"

#include "src/card/card.h"
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
HOST_EXPORT(cards) size_t engine_cards(void);
HOST_EXPORT(vcard) const char *engine_vcard(size_t i);
HOST_EXPORT(name) const char *engine_name(size_t i);
HOST_EXPORT(value) const char *engine_value(size_t i, const char *property, size_t n);
HOST_EXPORT(picture) const uint8_t *engine_picture(size_t i);
HOST_EXPORT(length) size_t engine_length(void);
HOST_EXPORT(close) void engine_close(void);

static struct {
        HuddleLink link;
        CloudPin pin;
        CloudClient *client;
        RecordDownload *download;
        const RecordContents *contents;
        Card **cards;
        char *line;             /* the last value */
        unsigned char *picture; /* the last one */
        size_t length;
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
        for (size_t i = 0; page.cards && i < page.contents->n_cards; i++)
                card_free(page.cards[i]);
        free(page.cards);
        secret_free(page.line);
        free(page.picture);
        record_download_free(page.download);
        cloud_client_free(page.client);
        sodium_memzero(&page, sizeof page);
}

/* ---- the link ---- */

/* A sentence about what is wrong with it, "" where nothing is. Whoever serves a page sees what is
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
        page.cards = calloc(MAX(c->n_cards, (size_t)1), sizeof *page.cards);
        if (!page.cards)
                return -ENOMEM;
        page.contents = c;
        for (size_t i = 0; i < c->n_cards; i++) {
                const char *text = c->cards[i].vcard;
                int r = card_parse(&page.cards[i], text, strlen(text), NULL, NULL);

                if (r != 0)
                        return must(r);
        }
        return 0;
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

size_t engine_cards(void)
{
        return page.contents ? page.contents->n_cards : 0;
}

const char *engine_vcard(size_t i)
{
        return page.contents->cards[i].vcard;
}

const char *engine_name(size_t i)
{
        return card_name(page.cards[i]);
}

/* Joins the parts of a structured value that are not empty. */
static char *page_line(const char *value)
{
        char *line = malloc(2 * strlen(value) + 1), *to = line;

        for (const char *part = value; line; part++) {
                size_t len = strcspn(part, ";");

                if (len > 0 && to > line)
                        to = stpcpy(to, ", ");
                memcpy(to, part, len);
                to += len;
                part += len;
                if (!*part)
                        break;
        }
        if (line)
                *to = '\0';
        return line;
}

/* NULL: there are not so many values. */
const char *engine_value(size_t i, const char *property, size_t n)
{
        const char *value = card_value(page.cards[i], property, n);
        bool parts = strcmp(property, "ADR") == 0 || strcmp(property, "ORG") == 0;

        page.line = secret_free(page.line);
        if (value)
                page.line = parts ? page_line(value) : strdup(value);
        return page.line;
}

/* JPEG or PNG: what our programs send. Nothing else gets to the browser's readers, and no link. */
static bool page_is_picture(const unsigned char *bytes, size_t len)
{
        static const unsigned char jpeg[] = {0xff, 0xd8, 0xff},
                                   png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};

        return len > sizeof png &&
               (memcmp(bytes, jpeg, sizeof jpeg) == 0 || memcmp(bytes, png, sizeof png) == 0);
}

/* NULL: there is none. */
const uint8_t *engine_picture(size_t i)
{
        free(page.picture);
        page.picture = NULL;
        if (card_inline(page.cards[i], "PHOTO", 0, &page.picture, &page.length) != 0)
                return NULL;
        return page_is_picture(page.picture, page.length) ? page.picture : NULL;
}

size_t engine_length(void)
{
        return page.length;
}
