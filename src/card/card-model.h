/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card-model.h - what a Card is made of; for the files card*.c only
 *
 * A property is kept as vCard 4.0 would write it, whatever version it came from: names and
 * parameter names in capitals, TYPE values in small letters, PREF, LABEL and SORT-AS as
 * parameters, media as data: URIs, dates in basic format, the value with 4.0's escapes.
 * card-read.c turns everything into that, card-write.c from it.
 */
#pragma once

#include "card.h"

/* How a property's value is built. */
typedef enum CardKind {
        CARD_TEXT,       /* one text: a bare comma or semicolon in it is one */
        CARD_LIST,       /* texts separated by commas */
        CARD_EACH,       /* so, too, when read; each is a property here */
        CARD_STRUCTURED, /* parts separated by semicolons, each a list */
        CARD_PARTS,      /* parts separated by semicolons, each a text */
        CARD_OTHER,      /* not known: semicolons and escapes stay as they are */
        CARD_PHONE,      /* text, or a tel: URI */
        CARD_URI,
        CARD_LINK, /* a URI, or with VALUE=text a text */
        CARD_DATE,
        CARD_GEO,
        CARD_MEDIA, /* a data: or other URI */
} CardKind;

typedef struct CardRule {
        const char *name;     /* in 4.0 and here */
        const char *name_v30; /* in 3.0 where it has another name there, else NULL */
        CardKind kind;
        bool lines;     /* may hold newlines and tabs */
        unsigned parts; /* that a structured value has at least */
} CardRule;

/* The rule for a property by its name here, or by the name that 3.0 has for it; never NULL. */
const CardRule *card_rule(const char *name);

/* Whether it can name a property, a group or a parameter. */
bool card_is_name(const char *s);
/* The name that a property has here: in capitals, 3.0's own names translated. New. NULL: out of
 * memory. */
char *card_canonical_name(const char *name);
/* Whether a property of that (canonical) name is dropped on purpose, see card.h. */
bool card_is_dropped(const char *name);

typedef struct CardParam {
        char *name;
        char *value;
} CardParam;

typedef struct CardProperty {
        char *group; /* or NULL */
        char *name;
        CardParam *params;
        size_t n_params;
        char *value;
        char *text; /* the value without escapes, for people and programs */
} CardProperty;

struct Card {
        CardProperty *properties;
        size_t n_properties;
};

void card_property_done(CardProperty *p);
/* First parameter of that name, or NULL. Borrowed. */
const char *card_param(const CardProperty *p, const char *name);
bool card_has_type(const CardProperty *p, const char *type);
/* Adds a parameter with copies of both. */
int card_param_add(CardProperty *p, const char *name, const char *value);
/* Removes the parameters of that name, or where value is not NULL, those of them with that
 * value. */
void card_param_remove(CardProperty *p, const char *name, const char *value);
void card_param_remove_at(CardProperty *p, size_t i);

/* How that value of a property is built: as its rule says, and where it has none, as VALUE=uri
 * says. */
CardKind card_kind(const CardProperty *p, const char *value);
/* Gives a property without one a value (which it takes, also on failure) and the text made from
 * it. */
int card_property_set(CardProperty *p, char *value);

/* Appends; takes what *p holds and leaves it empty. CARD_E_TOO_LARGE past CARD_PROPERTIES_MAX. */
int card_add(Card *c, CardProperty *p);
/* As card_add; of a CARD_EACH, one property for each of its values, with the same parameters.
 * CARD_E_TOO_LARGE too where these, copied, come to more than CARD_VALUE_MAX. */
int card_add_each(Card *c, CardProperty *p);
/* First property of that name, or NULL. */
CardProperty *card_find(const Card *c, const char *name);

/* Text with 4.0's escapes: backslash, comma, semicolon, newline. New. NULL: out of memory. */
char *card_escape(const char *text);

/* Sees to it that the card has UID, FN and N. CARD_E_NO_NAME where nothing names it. */
int card_complete(Card *c);

/* Reads the first card as card_parse_as does, without completing it. strict: UTF-8 and vCard 4.0
 * only. */
int card_read(Card **ret, const char *bytes, size_t len, bool strict, CardReading *how,
              size_t *ret_used, unsigned *ret_line);

/* Writes one card with only those properties that list (names separated by commas) has, or where
 * listed is false, has not; list may be NULL for all. */
int card_write_some(char **ret, size_t *ret_len, const Card *c, CardVersion version,
                    const char *list, bool listed);

/* Length of the first value of a CARD_LIST or CARD_EACH. */
size_t card_list_value(const char *list);

/* Whether a name stands in a list separated by commas, case-insensitive. */
bool card_is_listed(const char *list, const char *name);
