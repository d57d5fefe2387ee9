/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-own.c - the card of the person at the page: made of what was typed, or read from a file of
 * theirs. page-cards.c shows it, page-guest.c gives it. */
#include "host.h"
#include "page-cards.h"

#include <string.h>

HOST_EXPORT(own_new) int engine_own_new(const char *name);
HOST_EXPORT(own_read) const char *engine_own_read(const uint8_t *bytes, size_t len);
HOST_EXPORT(own_set) int engine_own_set(const char *field, const char *value);
HOST_EXPORT(own_picture) int engine_own_picture(const uint8_t *bytes, size_t len);
HOST_EXPORT(own_share) int engine_own_share(const char *fields);
HOST_EXPORT(own_write) const char *engine_own_write(void);

/* Less than 0: no name, or no memory. */
int engine_own_new(const char *name)
{
        Card *card = NULL;
        int r = card_new(&card, name);

        if (r != 0)
                return -1;
        page_cards_set_own(card);
        return 0;
}

/* A sentence about what is wrong with the file, "" where nothing is. Of several cards it takes the
 * first of a person. */
const char *engine_own_read(const uint8_t *bytes, size_t len)
{
        CardReading how = {.forgiving = true};
        Card *card = NULL;
        size_t from = 0;
        int r = card_skip_groups(&from, (const char *)bytes, len, &how, NULL, NULL);

        if (r == 0)
                r = card_parse_as(&card, bytes + from, len - from, &how, NULL, NULL);
        if (r != 0)
                return r < 0 ? "out of memory" : card_complaint(r);
        page_cards_set_own(card);
        return "";
}

/* The value is what was typed; backslash and semicolon in it mean nothing else. */
int engine_own_set(const char *field, const char *value)
{
        size_t n = 0;
        _cleanup_(secret_freep) char *escaped = malloc(2 * strlen(value) + 1);

        if (!escaped || !page_cards_own())
                return -1;
        for (const char *c = value; *c; c++) {
                if (*c == '\\' || *c == ';' || *c == ',')
                        escaped[n++] = '\\';
                escaped[n++] = *c;
        }
        escaped[n] = '\0';
        return card_set(page_cards_own(), field, escaped) == 0 ? 0 : -1;
}

/* JPEG, which the script has made; none: without a picture. */
int engine_own_picture(const uint8_t *bytes, size_t len)
{
        if (!page_cards_own())
                return -1;
        return card_set_inline(page_cards_own(), "PHOTO", 0, "image/jpeg", len > 0 ? bytes : NULL,
                               len) == 0
                       ? 0
                       : -1;
}

/* Leaves what is not among these fields, as card_share. */
int engine_own_share(const char *fields)
{
        return page_cards_own() && card_share(page_cards_own(), fields) == 0 ? 0 : -1;
}

/* As a vCard, for the browser to keep; NULL: no memory. */
const char *engine_own_write(void)
{
        static char *text;
        size_t len;

        text = secret_free(text);
        if (!page_cards_own() || card_write(&text, &len, page_cards_own(), CARD_V40) != 0)
                text = NULL;
        return text;
}
