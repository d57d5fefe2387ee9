/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card.h - a person's card: vCard 2.1, 3.0 and 4.0 in, 3.0 and 4.0 out (RFC 2426, RFC 6350,
 * vCard 2.1 spec)
 *
 * A Card holds properties decoded to UTF-8, in order; writing turns them into the wanted
 * version. Reading is strict about bounds and UTF-8 (other charsets are converted) and forgiving
 * about what exporters get wrong. Reading drops what must not reach a screen (text_unsafe_at of
 * src/base/text.h): after it no text of a card holds control characters or bidi overrides. Newline
 * and tab stay in the values that may have them (NOTE, ADR and its LABEL, properties not known
 * here). Every card has UID (a random urn:uuid where the text has none), FN and N.
 *
 * Everything that is read is written again, in the order it came, except what is dropped on
 * purpose:
 *
 * - AGENT: somebody else's card;
 * - NAME, PROFILE, PRODID: of the directory and the program that the text came from;
 * - CHARSET, ENCODING, TYPE=INTERNET of EMAIL, VALUE where the property implies it: said otherwise, or
 * implied;
 * - SORT-STRING where there is no N to sort by, or a second one;
 * - properties without a value, base64 that is broken, PHOTO, LOGO, SOUND, KEY that are no URI and no
 * base64 (card_parse_as tells which);
 * - in 3.0: PREF other than 1 (the order remains), media types that 3.0 has no name for, parts of N and ADR
 * that RFC 9554 adds (they tell apart what is in the others too).
 *
 * What one version says in its own way is translated: LABEL, SORT-STRING and PREF, inline media,
 * dates (also those without a year), GEO, tel: URIs, and CLASS, MAILER, ANNIVERSARY, GENDER,
 * KIND, MEMBER under the X- names that programs know.
 */
#pragma once

#include "src/base/text.h"

enum {
        CARD_TEXT_MAX = 1024 * 1024, /* bytes of a vCard looked at */
        CARD_PROPERTIES_MAX = 512,
        CARD_VALUE_MAX = 512 * 1024,
};

enum {
        _CARD_E_SUCCESS,
        CARD_E_TOO_LARGE,
        CARD_E_NO_CARD, /* no BEGIN:VCARD in it */
        CARD_E_SYNTAX,  /* broken at *ret_line; at the last line where END:VCARD is missing */
        CARD_E_CHARSET, /* bytes that are neither what they claim nor UTF-8 nor windows-1252 */
        CARD_E_VERSION,
        CARD_E_NO_NAME, /* neither FN nor N nor ORG nor EMAIL nor TEL gives it a name */
};

/* What is said of an outcome other than success. */
const char *card_complaint(int outcome);

typedef enum CardVersion { CARD_V30 = 30, CARD_V40 = 40 } CardVersion;

typedef struct Card Card;

Card *card_free(Card *c);
DEFINE_CLEANUP(Card *, card_free);

/* Reads the first card of a text, of any of the three versions and any charset it names (or UTF-8,
 * UTF-16 by its byte order mark, else as 2.1 exporters do). On CARD_E_SYNTAX and CARD_E_CHARSET
 * *ret_line, where not NULL, is the line, counted from 1. *ret_used, where not NULL, is how many
 * bytes were read, also where the card is broken: more cards may follow. */
int card_parse(Card **ret, const void *bytes, size_t len, size_t *ret_used, unsigned *ret_line);

/* Why a property was left out. What has no value is left out without a word. */
typedef enum CardLoss {
        CARD_LOSS_OTHERS,  /* AGENT: somebody else's card */
        CARD_LOSS_ORIGIN,  /* NAME, PROFILE, PRODID: of the directory or the program it came from */
        CARD_LOSS_BASE64,  /* broken */
        CARD_LOSS_MEDIA,   /* neither a URI nor base64 */
        CARD_LOSS_SORTING, /* SORT-STRING without anything to sort */
        CARD_LOSS_SYNTAX,  /* a line that is no property, or that is broken before its value */
} CardLoss;

/* How a card that somebody brings along is to be read, and what is told of it. */
typedef struct CardReading {
        /* bytes of the text, and of a value; 0: CARD_TEXT_MAX and CARD_VALUE_MAX */
        size_t max;
        const char *charset; /* of bytes that are no UTF-8 and name none; NULL: windows-1252 */
        bool unnamed;        /* told: there are such bytes */
        /* lines that are no property do not break the card: what follows a text of several lines
         * belongs to it, others are lost */
        bool forgiving;
        /* Or NULL. property: letters, digits and - alone, empty where a line has no name; line:
         * where it begins, 0 where that is not known. */
        void (*lost)(void *userdata, unsigned line, const char *property, CardLoss why);
        void *userdata;
} CardReading;

/* As card_parse. -EINVAL: no charset that is known. CARD_E_CHARSET also where charset does not
 * fit. */
int card_parse_as(Card **ret, const void *bytes, size_t len, CardReading *how, size_t *ret_used,
                  unsigned *ret_line);

/* One card in the wanted version: UTF-8, CRLF, folded at 75 bytes between characters, with UID, N,
 * FN. *ret is new, NUL-terminated, owned by the caller. */
int card_write(char **ret, size_t *ret_len, const Card *c, CardVersion version);

/* The name to show: FN, or made from N, ORG, NICKNAME, EMAIL, TEL in this order. Borrowed; never
 * NULL, never empty. */
const char *card_name(const Card *c);
/* Identity of the card, never NULL. Borrowed. */
const char *card_uid(const Card *c);
/* -EINVAL: empty, too long or not UTF-8. */
int card_set_uid(Card *c, const char *uid);

/* A card with nothing but a name. CARD_E_NO_NAME: there is nothing in it. */
int card_new(Card **ret, const char *name);
/* Puts one value in the place of all that a property has; an empty one removes it. The value is
 * written as in vCard 4.0: parts between semicolons, backslash escapes. -EINVAL: no property that
 * can be set, no value for it, or not UTF-8. CARD_E_TOO_LARGE; CARD_E_NO_NAME where nothing would
 * name the card any more: it may be changed. */
int card_set(Card *c, const char *property, const char *value);
/* Adds one more value. */
int card_append(Card *c, const char *property, const char *value);

/* The n-th value, from 0, of a property ("TEL", case-insensitive), or NULL. Borrowed, decoded; the
 * parts of a structured one stand between semicolons. */
const char *card_value(const Card *c, const char *property, size_t n);

/* The bytes of the n-th value of a property, where they are in the card; new. -ENOENT: there is no
 * such value, or it is somewhere else. */
int card_inline(const Card *c, const char *property, size_t n, unsigned char **ret,
                size_t *ret_len);
/* Puts others in their place, of that media type ("image/jpeg"); where there is no such value adds
 * one. bytes NULL: removes it. */
int card_set_inline(Card *c, const char *property, size_t n, const char *media, const void *bytes,
                    size_t len);

/* Keeps only the named fields and what every card must have (UID, N, FN). A field is a property
 * ("TEL"), its values of one type ("TEL/work"), or those that are not of it ("TEL/-work"); all in
 * any case. "*" is everything. A label that Apple's programs give to a value (X-ABLabel, X-ABADR)
 * goes with it. -EINVAL: not a list of fields. */
int card_share(Card *c, const char *fields);
/* Whether it is one. */
bool card_is_field_list(const char *fields);

/* For KContacts, KDE's library, in 3.0. It passes over what is in a group, beside addresses: a
 * label that Apple's programs give to a value becomes a type of it, and the groups go. It shows the
 * backslash that RFC 2426 puts before the semicolon of a text: there is none. */
int card_suit_kcontacts(Card *c);

/* Two texts (vCard 4.0): the name and picture (UID, N, FN, NICKNAME, PHOTO), which members see
 * first, and the rest. Both are new and owned by the caller. */
int card_split(char **ret_name, char **ret_rest, const Card *c);
/* The card again, from what two strangers' texts say; the second may be NULL. Takes UTF-8 and vCard
 * 4.0 only. */
int card_join(Card **ret, const char *name, size_t name_len, const char *rest, size_t rest_len);
