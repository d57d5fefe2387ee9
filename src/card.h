/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card.h - a person's card: vCard 2.1, 3.0 and 4.0 in, 3.0 and 4.0 out (RFC 2426, RFC 6350, vCard 2.1 spec)
 *
 * A Card holds properties decoded to UTF-8, in order; writing turns them into the wanted version. Reading is
 * strict about bounds and UTF-8 (other charsets are converted) and forgiving about what exporters get wrong.
 * After reading, no text of a card holds control characters other than newline and tab in the values that
 * may have them.
 */
#pragma once

#include "util.h"

enum {
        CARD_TEXT_MAX = 1024 * 1024, /* bytes of a vCard looked at */
        CARD_PROPERTIES_MAX = 512,
        CARD_VALUE_MAX = 512 * 1024,
};

enum {
        _CARD_E_SUCCESS,
        CARD_E_TOO_LARGE,
        CARD_E_NO_CARD,     /* no BEGIN:VCARD … END:VCARD in it */
        CARD_E_SYNTAX,      /* broken at *ret_line */
        CARD_E_CHARSET,     /* a charset we cannot convert, or bytes that are not what it claims */
        CARD_E_VERSION,
        CARD_E_NO_NAME,     /* neither FN nor N nor ORG nor EMAIL nor TEL gives it a name */
};

typedef enum CardVersion { CARD_V30 = 30, CARD_V40 = 40 } CardVersion;

typedef struct Card Card;

Card *card_free(Card *c);
DEFINE_CLEANUP(Card *, card_free);

/* Reads the first card of a text, of any of the three versions and any charset it names (or UTF-8, UTF-16 by
 * its byte order mark, else as 2.1 exporters do). On CARD_E_SYNTAX and CARD_E_CHARSET *ret_line, where not
 * NULL, is the line, counted from 1. *ret_used, where not NULL, is how many bytes were read: more cards may
 * follow. */
int card_parse(Card **ret, const void *bytes, size_t len, size_t *ret_used, unsigned *ret_line);

/* One card in the wanted version: UTF-8, CRLF, folded at 75 bytes between characters, with UID, N, FN.
 * *ret is new, NUL-terminated, owned by the caller. */
int card_write(char **ret, size_t *ret_len, const Card *c, CardVersion version);

/* The name to show: FN, or made from N, ORG, NICKNAME, EMAIL, TEL in this order. Borrowed; never NULL, never empty. */
const char *card_name(const Card *c);
/* Stable identity of the person behind the card, or NULL. Borrowed. */
const char *card_uid(const Card *c);
int card_set_uid(Card *c, const char *uid);

/* First value of a property ("TEL", case-insensitive), or NULL. Borrowed, decoded. n counts from 0. */
const char *card_value(const Card *c, const char *property, size_t n);

/* Keeps only the named properties ("TEL,EMAIL", case-insensitive) and what every card must have (UID, N, FN).
 * -EINVAL: not a list of property names. */
int card_share(Card *c, const char *properties);

/* Two texts (vCard 4.0): the name and picture (UID, N, FN, NICKNAME, PHOTO), which members see first, and the
 * rest. Both are new and owned by the caller. */
int card_split(char **ret_name, char **ret_rest, const Card *c);
/* The card again, from what two strangers' texts say; the second may be NULL. Reads as strictly as card_parse. */
int card_join(Card **ret, const char *name, size_t name_len, const char *rest, size_t rest_len);

/* True where the bytes are UTF-8 that libdbus takes (no NUL, no surrogates, no non-characters refused by it;
 * a test compares with dbus_validate_utf8). */
bool text_is_utf8(const char *text, size_t len);

/* Writes text for one line of a terminal or log: control characters, bidi overrides and what is not UTF-8
 * become U+FFFD; at most max bytes with the NUL, cut between characters. */
void text_for_terminal(char *ret, size_t max, const char *text);
