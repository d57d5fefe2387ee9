/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card that was read can be written in both versions; what was written reads again and has the
 * same name and UID. Nothing of it is other than UTF-8. Writing and reading once more changes
 * nothing (the first time may: in 3.0 a label belongs to the address of its types, whichever that
 * is). */
#include "fuzz.h"

#include "src/card/card.h"
#include "src/base/text.h"

#include <assert.h>
#include <string.h>

/* *ret is the card that reads from what is written of c. */
static char *write_and_read(Card **ret, const Card *c, CardVersion version)
{
        char *text = NULL;
        size_t len, used;
        int r = card_write(&text, &len, c, version);

        assert(r == 0 && text_is_utf8(text, len));
        r = card_parse(ret, text, len, &used, NULL);
        assert(r == 0 && used == len);
        assert(strcmp(card_name(c), card_name(*ret)) == 0);
        assert(strcmp(card_uid(c), card_uid(*ret)) == 0);
        return text;
}

static void try_version(const Card *c, CardVersion version)
{
        _cleanup_(card_freep) Card *second = NULL, *third = NULL, *fourth = NULL;
        _cleanup_free_ char *text = write_and_read(&second, c, version);
        _cleanup_free_ char *text_again = write_and_read(&third, second, version);
        _cleanup_free_ char *text_settled = write_and_read(&fourth, third, version);

        assert(*text && strcmp(text_again, text_settled) == 0);
}

static void try_halves(const Card *c)
{
        _cleanup_(card_freep) Card *joined = NULL;
        _cleanup_free_ char *name = NULL, *rest = NULL;
        int r;

        if (card_split(&name, &rest, c) != 0)
                return;
        r = card_join(&joined, name, strlen(name), rest, strlen(rest));
        assert(r == 0 || r == CARD_E_TOO_LARGE);
        assert(r != 0 || strcmp(card_name(c), card_name(joined)) == 0);
}

static void try_strangers(const uint8_t *data, size_t size)
{
        _cleanup_(card_freep) Card *c = NULL;

        (void)card_join(&c, (const char *)data, size / 2, (const char *)data + size / 2,
                        size - size / 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how = {.forgiving = true};

        try_strangers(data, size);
        if (card_parse_as(&c, data, size, &how, NULL, NULL) != 0)
                return 0;
        try_version(c, CARD_V30);
        try_version(c, CARD_V40);
        try_halves(c);
        return 0;
}
