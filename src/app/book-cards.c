/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"
/* before GLib, which has a MIN and a MAX of its own */
#include "src/protocol/digest.h"
#include "book-cards.h"

#include <string.h>

char *book_cards_id(const char *vcard)
{
        Bytes32 digest;
        char hex[2 * sizeof digest.b + 1];

        digest_one(&digest, "agent card", vcard, strlen(vcard));
        return g_strdup(sodium_bin2hex(hex, sizeof hex, digest.b, sizeof digest.b));
}

const char *book_cards_text(GVariant *card, const char *key)
{
        const char *text = "";

        (void)g_variant_lookup(card, key, "&s", &text);
        return text;
}

gboolean book_cards_is_in(GVariant *card)
{
        static const char *const in[] = {"waiting", "added", "merged", NULL};

        return g_strv_contains(in, book_cards_text(card, "State"));
}

gboolean book_cards_is_out(GVariant *card)
{
        static const char *const out[] = {"undone", "kept", NULL};

        return g_strv_contains(out, book_cards_text(card, "State"));
}
