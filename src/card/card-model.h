/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card-model.h - the inside of a Card, for this folder only
 *
 * A property is kept in vCard 4.0 form, whatever version it came from: names of properties and
 * parameters in capitals, TYPE values in small letters, PREF, LABEL and SORT-AS as parameters,
 * media as data: URIs, dates in basic format, values with 4.0's escapes. card-read.c converts to
 * this form, card-write.c from it.
 */
#pragma once

#include "card.h"
#include "src/base/array.h"

/* How a property's value is built. */
typedef enum CardKind {
        CARD_TEXT,       /* one text; bare commas and semicolons belong to it */
        CARD_LIST,       /* texts separated by commas */
        CARD_EACH,       /* likewise when read; each text becomes a property */
        CARD_STRUCTURED, /* parts separated by semicolons, each a list */
        CARD_PARTS,      /* parts separated by semicolons, each a text */
        CARD_OTHER,      /* unknown property: semicolons and escapes stay */
        CARD_PHONE,      /* text, or a tel: URI */
        CARD_URI,
        CARD_LINK, /* a URI, or a text with VALUE=text */
        CARD_DATE,
        CARD_GEO,
        CARD_MEDIA, /* a data: or other URI */
} CardKind;

typedef struct CardRule {
        const char *name;     /* in 4.0 and here */
        const char *name_v30; /* its other name in 3.0, or NULL */
        CardKind kind;
        bool lines;     /* may hold newlines and tabs */
        unsigned parts; /* least number of parts of a structured value */
} CardRule;

/* The rule for a property, by its name in 4.0 or 3.0; never NULL. */
const CardRule *card_rule(const char *name);

/* Whether s can be the name of a property, group or parameter. */
bool card_is_name(const char *s);
/* The name in capitals, names of 3.0 translated. New. NULL: out of memory. */
char *card_canonical_name(const char *name);
/* Whether a property of this canonical name is dropped on purpose, see card.h. */
bool card_is_dropped(const char *name);

typedef struct CardParam {
        char *name;
        char *value;
} CardParam;

typedef struct CardProperty {
        char *group; /* or NULL */
        char *name;
        ARRAY(CardParam) params;
        char *value;
        char *text; /* the value without escapes */
} CardProperty;

struct Card {
        ARRAY(CardProperty) properties;
};

void card_property_done(CardProperty *p);
/* The value of the first parameter of that name, or NULL. Borrowed. */
const char *card_param(const CardProperty *p, const char *name);
bool card_has_type(const CardProperty *p, const char *type);
/* Copies name and value. */
int card_param_add(CardProperty *p, const char *name, const char *value);
/* Removes all parameters of that name, or only those with that value where it is not NULL. */
void card_param_remove(CardProperty *p, const char *name, const char *value);
void card_param_remove_at(CardProperty *p, size_t i);

/* The kind of a value: from the property's rule, or without one from VALUE=uri. */
CardKind card_kind(const CardProperty *p, const char *value);
/* Sets the value of a property without one, and its text. Takes value, also on failure. */
int card_property_set(CardProperty *p, char *value);
/* Replaces value and text. Takes value, also on failure. */
int card_property_change(CardProperty *p, char *value);

/* Moves *p to the end of the card and leaves it empty. CARD_E_TOO_LARGE past CARD_PROPERTIES_MAX.
 * */
int card_add(Card *c, CardProperty *p);
/* As card_add, but adds one property for each value of a CARD_EACH, with the same parameters.
 * CARD_E_TOO_LARGE also where the copied parameters exceed CARD_VALUE_MAX. */
int card_add_each(Card *c, CardProperty *p);
/* Removes a property of the card; pointers to later ones then point at their successors. */
void card_remove(Card *c, CardProperty *p);
/* First property of that name, or NULL. */
CardProperty *card_find(const Card *c, const char *name);

/* Text with 4.0's escapes: backslash, comma, semicolon, newline. New. NULL: out of memory. */
char *card_escape(const char *text);

/* Adds UID, FN and N where they are missing. CARD_E_NO_NAME: there is no name. */
int card_complete(Card *c);

/* As card_parse_as, but does not complete the card. strict: UTF-8 and vCard 4.0 only. */
int card_read(Card **ret, const char *bytes, size_t len, bool strict, CardReading *how,
              size_t *ret_used, unsigned *ret_line);

/* Writes only the properties on the list (names separated by commas; NULL: all), or with listed
 * false only the others. */
int card_write_some(char **ret, size_t *ret_len, const Card *c, CardVersion version,
                    const char *list, bool listed);

/* Length of the first value of a CARD_LIST or CARD_EACH. */
size_t card_list_value(const char *list);

/* Whether a comma-separated list has this name, case-insensitive. */
bool card_is_listed(const char *list, const char *name);
