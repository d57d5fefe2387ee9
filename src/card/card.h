/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card.h - a person's card: vCard 2.1, 3.0 and 4.0 in, 3.0 and 4.0 out (RFC 2426, RFC 6350,
 * vCard 2.1 spec)
 *
 * A Card holds properties in order, decoded to UTF-8; writing turns them into the wanted version.
 * Reading is strict about bounds and UTF-8 (other charsets are converted) and forgiving about
 * common mistakes of exporters. Reading drops what must not reach a screen (text_unsafe_at of
 * src/base/text.h): after it no text of a card holds control characters or bidi overrides. Newline
 * and tab stay in the values that may have them (NOTE, ADR and its LABEL, properties not known
 * here). Every card has UID (a random urn:uuid where the text has none), FN and N.
 *
 * Writing keeps everything that was read, in its order, except what is dropped on purpose:
 *
 * - AGENT: somebody else's card;
 * - NAME, PROFILE, PRODID: they describe the directory or program that wrote the text;
 * - CHARSET, ENCODING, TYPE=INTERNET of EMAIL, VALUE where the property implies it;
 * - SORT-STRING without an N, or a second one; a second BDAY or ANNIVERSARY;
 * - properties without a value, dates of zeros, broken base64, PHOTO, LOGO, SOUND and KEY that are
 *   neither URI nor base64, or unmarked base64 of nothing known (card_parse_as tells which);
 * - in 3.0: PREF other than 1 (the order remains), media types without a name in 3.0, and the parts
 *   of N and ADR that RFC 9554 adds (they repeat what the other parts hold).
 *
 * Where the versions differ, values are translated: LABEL, SORT-STRING and PREF, inline media,
 * dates (also without a year), GEO, tel: URIs. CLASS, MAILER, ANNIVERSARY, GENDER, KIND and MEMBER
 * get the X- names that programs know.
 */
#pragma once

#include "src/base/text.h"

enum {
        CARD_TEXT_MAX = 1024 * 1024, /* bytes of a vCard that are read */
        CARD_PROPERTIES_MAX = 512,
        CARD_VALUE_MAX = 512 * 1024,
};

enum {
        _CARD_E_SUCCESS,
        CARD_E_TOO_LARGE,
        CARD_E_NO_CARD, /* no BEGIN:VCARD in it */
        CARD_E_SYNTAX,  /* broken at *ret_line */
        CARD_E_UNENDED, /* no END:VCARD before the next card or the end; at its last line */
        CARD_E_CHARSET, /* neither the charset it names nor UTF-8 nor windows-1252 */
        CARD_E_VERSION,
        CARD_E_NO_NAME, /* no name in FN, N, ORG, EMAIL or TEL */
        CARD_E_GROUPS,  /* only lists of people */
};

/* A message for people about an outcome other than success. */
const char *card_complaint(int outcome);

typedef enum CardVersion { CARD_V30 = 30, CARD_V40 = 40 } CardVersion;

typedef struct Card Card;

Card *card_free(Card *c);
DEFINE_CLEANUP(Card *, card_free);

/* Reads the first card of a text. Any of the three versions, in the charset it names, else UTF-8,
 * UTF-16, UTF-32, or what 2.1 exporters write. *ret_line (may be NULL) is set on outcomes, counted
 * from 1, or 0 where no line is at fault. *ret_used (may be NULL) is the number of bytes read, also
 * of a broken card: more cards may follow. */
int card_parse(Card **ret, const void *bytes, size_t len, size_t *ret_used, unsigned *ret_line);

/* Why a property was left out. Properties without a value are left out silently. */
typedef enum CardLoss {
        CARD_LOSS_OTHERS,  /* AGENT: somebody else's card */
        CARD_LOSS_ORIGIN,  /* NAME, PROFILE, PRODID: about the directory or program that wrote it */
        CARD_LOSS_BASE64,  /* broken */
        CARD_LOSS_MEDIA,   /* neither a URI nor base64 */
        CARD_LOSS_KIND,    /* base64 of something that is no picture, sound or key we know */
        CARD_LOSS_DATE,    /* no day: 0000-00-00 */
        CARD_LOSS_SECOND,  /* another than the first, of a property that a card has once */
        CARD_LOSS_SORTING, /* SORT-STRING without anything to sort */
        CARD_LOSS_SYNTAX,  /* a line that is no property, or is broken before its value */
} CardLoss;

/* How to read a card of the user's own, and what to report. */
typedef struct CardReading {
        /* bound in bytes of the text and of a value; 0: CARD_TEXT_MAX and CARD_VALUE_MAX */
        size_t max;
        const char
                *charset; /* for bytes that are not UTF-8 and name no charset; NULL: windows-1252 */
        bool unnamed;     /* result: there were such bytes */
        bool unicode;     /* the text comes from one that was Unicode as a whole */
        /* a line that is no property does not break the card: after a text that may have several
         * lines it continues the text, elsewhere it is lost */
        bool forgiving;
        /* May be NULL. property: letters, digits and dashes, empty where the line has no name.
         * line: its first line, 0 where unknown. */
        void (*lost)(void *userdata, unsigned line, const char *property, CardLoss why);
        void *userdata;
} CardReading;

/* As card_parse. -EINVAL: unknown charset. CARD_E_CHARSET also where how->charset does not fit. */
int card_parse_as(Card **ret, const void *bytes, size_t len, CardReading *how, size_t *ret_used,
                  unsigned *ret_line);

/* Passes over the lists of people (card_is_group) that a text begins with: *ret_from is where the
 * card behind them begins. passed (may be NULL) is called for each, with its name. Takes max,
 * charset, forgiving and unicode of how. CARD_E_GROUPS: nothing else is there. */
int card_skip_groups(size_t *ret_from, const char *bytes, size_t len, const CardReading *how,
                     void (*passed)(void *userdata, const char *name), void *userdata);

/* Writes UTF-8 with CRLF, folded at 75 bytes between characters, always with UID, N and FN. *ret is
 * new, NUL-terminated, owned by the caller. */
int card_write(char **ret, size_t *ret_len, const Card *c, CardVersion version);

/* The name to show: FN, else made from N, ORG, NICKNAME, EMAIL or TEL in this order. Borrowed,
 * never NULL or empty. */
const char *card_name(const Card *c);
/* The card's UID, never NULL. Borrowed. */
const char *card_uid(const Card *c);
/* -EINVAL: empty, too long or not UTF-8. */
int card_set_uid(Card *c, const char *uid);

/* Makes a card with a name alone. CARD_E_NO_NAME: the name is empty. */
int card_new(Card **ret, const char *name);
/* Replaces all values of a property by one, or those of one type ("TEL/work"); an empty value
 * removes them. The value is in vCard 4.0 form: parts between semicolons, backslash escapes.
 * -EINVAL: the property cannot be set, or has no such value, or it is not UTF-8. CARD_E_NO_NAME: no
 * name would be left; the card may have changed. */
int card_set(Card *c, const char *field, const char *value);
/* Adds one more value; otherwise as card_set. */
int card_append(Card *c, const char *field, const char *value);

/* The n-th value (from 0) of a property ("TEL", case-insensitive), decoded, or NULL. Parts of a
 * structured value are separated by semicolons. Borrowed. */
const char *card_value(const Card *c, const char *property, size_t n);

/* Copies the bytes of the n-th value, where the card holds them. -ENOENT: no such value, or it is a
 * link. */
int card_inline(const Card *c, const char *property, size_t n, unsigned char **ret,
                size_t *ret_len);
/* Replaces these bytes by others of a media type ("image/jpeg"), or adds the value where there is
 * none. bytes NULL: removes it. */
int card_set_inline(Card *c, const char *property, size_t n, const char *media, const void *bytes,
                    size_t len);

/* Keeps only the named fields and what every card must have (UID, N, FN). A field is a property
 * ("TEL"), its values of one type ("TEL/work"), or its other values ("TEL/-work"),
 * case-insensitive. "*" is everything. A value whose types are not known counts as private
 * ("TEL/home", not "TEL/-home") unless it says that it is of work. A label of Apple's programs
 * (X-ABLabel, X-ABADR) counts as a type and stays with its value. What is about the address book
 * that the card came from never stays: CATEGORIES, MEMBER, SOURCE, addresses of servers (X-…-HREF,
 * a PHOTO on a DAV server) and of local files. -EINVAL: not a list of fields. */
int card_share(Card *c, const char *fields);
/* Calls func for each value that card_share would remove, in the order of the card. field: the
 * property, and /home or /work where the value counts as that. -EINVAL: not a list of fields. */
enum { CARD_FIELD_MAX = 256 };
int card_walk_unshared(const Card *c, const char *fields,
                       int (*func)(void *userdata, const char *field), void *userdata);
/* Whether this is a list of fields. */
bool card_is_field_list(const char *fields);
/* Likewise, and each is a property of vCards (or X-…), or one that the card has. c may be NULL. */
bool card_has_known_fields(const Card *c, const char *fields);
/* Whether vCards have a property of this name, case-insensitive: RFC 6350, those that extend it,
 * RFC 2426, vCard 2.1, and X-…. */
bool card_is_property(const char *name);
/* Whether the card is a list of people: KIND:group, MEMBER, a list of Evolution's. */
bool card_is_group(const Card *c);

/* Adapts a card to KContacts, KDE's library, which reads 3.0 with two faults. It ignores values in
 * a group (except addresses): labels of Apple's programs become types, and groups go. It shows the
 * backslash before a semicolon in a text: semicolons lose it. */
int card_suit_kcontacts(Card *c);

/* Splits into two vCard 4.0 texts: name and picture (UID, N, FN, NICKNAME, PHOTO), which members
 * see first, and the rest. Both are new and owned by the caller. */
int card_split(char **ret_name, char **ret_rest, const Card *c);
/* Makes a card from the two texts of a stranger; the second may be NULL. Only UTF-8 and vCard 4.0
 * are accepted. */
int card_join(Card **ret, const char *name, size_t name_len, const char *rest, size_t rest_len);
