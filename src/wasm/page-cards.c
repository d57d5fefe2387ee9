/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-cards.c - what the script reads of a card. Text or bytes that are returned are ours, and
 * stay until the next call. */
#include "page-cards.h"

#include "host.h"
#include "src/base/array.h"

HOST_EXPORT(cards) size_t engine_cards(void);
HOST_EXPORT(vcard) const char *engine_vcard(int i);
HOST_EXPORT(guest) int engine_guest(int i);
HOST_EXPORT(name) const char *engine_name(int i);
HOST_EXPORT(value) const char *engine_value(int i, const char *property, size_t n);
HOST_EXPORT(picture) const uint8_t *engine_picture(int i);
HOST_EXPORT(length) size_t engine_length(void);

static ARRAY(PageCard) page_cards;
static Card *page_own;
static char *page_text;             /* the last one */
static unsigned char *page_picture; /* likewise */
static size_t page_length;

static void page_card_done(PageCard *c)
{
        secret_free(c->vcard);
        card_free(c->card);
}

int page_cards_add(const Id *member, const char *vcard)
{
        PageCard c = {.member = *member};
        int r;

        if (page_cards_find(member))
                return 0;
        r = card_parse(&c.card, vcard, strlen(vcard), NULL, NULL);
        if (r != 0)
                return r < 0 ? r : -EBADMSG;
        c.vcard = strdup(vcard);
        r = c.vcard ? array_add(&page_cards, c) : -ENOMEM;
        if (r < 0)
                page_card_done(&c);
        return r;
}

size_t page_cards_count(void)
{
        return page_cards.n;
}

PageCard *page_cards_get(size_t i)
{
        return &page_cards.list[i];
}

PageCard *page_cards_find(const Id *member)
{
        for (size_t i = 0; i < page_cards.n; i++)
                if (id_compare(&page_cards.list[i].member, member) == 0)
                        return &page_cards.list[i];
        return NULL;
}

void page_cards_set_own(Card *card)
{
        card_free(page_own);
        page_own = card;
}

Card *page_cards_own(void)
{
        return page_own;
}

void page_cards_wipe(void)
{
        for (size_t i = 0; i < page_cards.n; i++)
                page_card_done(&page_cards.list[i]);
        array_done(&page_cards);
        page_cards_set_own(NULL);
        page_text = secret_free(page_text);
        free(page_picture);
        page_picture = NULL;
}

/* ---- for the script ---- */

static const Card *page_card(int i)
{
        return i == PAGE_CARD_OWN ? page_own : page_cards.list[i].card;
}

size_t engine_cards(void)
{
        return page_cards.n;
}

const char *engine_vcard(int i)
{
        return page_cards.list[i].vcard;
}

int engine_guest(int i)
{
        return page_cards.list[i].guest;
}

const char *engine_name(int i)
{
        return card_name(page_card(i));
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
const char *engine_value(int i, const char *property, size_t n)
{
        const char *value = card_value(page_card(i), property, n);
        bool parts = strcmp(property, "ADR") == 0 || strcmp(property, "ORG") == 0;

        page_text = secret_free(page_text);
        if (value)
                page_text = parts ? page_line(value) : strdup(value);
        return page_text;
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
const uint8_t *engine_picture(int i)
{
        free(page_picture);
        page_picture = NULL;
        if (card_inline(page_card(i), "PHOTO", 0, &page_picture, &page_length) != 0)
                return NULL;
        return page_is_picture(page_picture, page_length) ? page_picture : NULL;
}

size_t engine_length(void)
{
        return page_length;
}
