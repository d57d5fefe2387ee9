/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-dialect.h"
#include "card-whole.h"
#include "card-model.h"
#include "src/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unictype.h>

enum {
        NAME_MAX_LEN = 128,  /* of property, group and parameter names */
        MADE_NAME_MAX = 256, /* bytes of a name that is made of N, ORG, EMAIL or TEL */
};

static const CardRule rules[] = {
        {"ADR", NULL, CARD_STRUCTURED, true, 7},
        {"ANNIVERSARY", "X-ANNIVERSARY", CARD_DATE, false, 0},
        {"BDAY", NULL, CARD_DATE, false, 0},
        {"CALADRURI", NULL, CARD_URI, false, 0},
        {"CALURI", NULL, CARD_URI, false, 0},
        {"CATEGORIES", NULL, CARD_LIST, false, 0},
        {"CONTACT-URI", NULL, CARD_URI, false, 0}, /* RFC 8605 */
        {"EMAIL", NULL, CARD_TEXT, false, 0},
        {"FBURL", NULL, CARD_URI, false, 0},
        {"FN", NULL, CARD_TEXT, false, 0},
        {"GENDER", "X-GENDER", CARD_PARTS, false, 0},
        {"GEO", NULL, CARD_GEO, false, 0},
        {"IMPP", NULL, CARD_URI, false, 0},
        {"KEY", NULL, CARD_MEDIA, false, 0},
        {"KIND", "X-ADDRESSBOOKSERVER-KIND", CARD_TEXT, false, 0},
        {"LABEL", NULL, CARD_TEXT, true, 0},
        {"LOGO", NULL, CARD_MEDIA, false, 0},
        {"MEMBER", "X-ADDRESSBOOKSERVER-MEMBER", CARD_URI, false, 0},
        {"N", NULL, CARD_STRUCTURED, false, 5},
        {"NICKNAME", NULL, CARD_EACH, false, 0},
        {"NOTE", NULL, CARD_TEXT, true, 0},
        {"ORG", NULL, CARD_PARTS, false, 0},
        {"ORG-DIRECTORY", NULL, CARD_URI, false, 0}, /* RFC 6715 */
        {"PHOTO", NULL, CARD_MEDIA, false, 0},
        {"RELATED", NULL, CARD_LINK, false, 0},
        {"REV", NULL, CARD_DATE, false, 0},
        {"ROLE", NULL, CARD_TEXT, false, 0},
        {"SOCIALPROFILE", NULL, CARD_LINK, false, 0}, /* RFC 9554 */
        {"SORT-STRING", NULL, CARD_TEXT, false, 0},
        {"SOUND", NULL, CARD_MEDIA, false, 0},
        {"SOURCE", NULL, CARD_URI, false, 0},
        {"TEL", NULL, CARD_PHONE, false, 0},
        {"TITLE", NULL, CARD_TEXT, false, 0},
        {"TZ", NULL, CARD_TEXT, false, 0},
        {"UID", NULL, CARD_TEXT, false, 0},
        {"URL", NULL, CARD_URI, false, 0},
        {"X-CLASS", "CLASS", CARD_TEXT, false, 0},
        {"X-MAILER", "MAILER", CARD_TEXT, false, 0},
};

/* What has no rule: of RFC 6350, 6474, 6715, 8605 and 9554, of vCard 3.0 and 2.1. */
static const char registered[] =
        "BIRTHPLACE,CAPURI,CLIENTPIDMAP,CREATED,DEATHDATE,DEATHPLACE,EXPERTISE,GRAMGENDER,HOBBY,"
        "INTEREST,JSPROP,LANG,LANGUAGE,PRONOUNS,XML";

static const CardRule other_rule = {"", NULL, CARD_OTHER, true, 0};

/* Compares first letters first: a large group makes millions of comparisons. */
static bool rule_is_called(const char *rule, const char *name)
{
        return rule && ((rule[0] ^ name[0]) & ~0x20) == 0 && strcasecmp(rule, name) == 0;
}

const CardRule *card_rule(const char *name)
{
        for (size_t i = 0; i < ARRAY_LEN(rules); i++)
                if (rule_is_called(rules[i].name, name) || rule_is_called(rules[i].name_v30, name))
                        return &rules[i];
        return &other_rule;
}

bool card_is_property(const char *name)
{
        if (!card_is_name(name) || card_is_dropped(name))
                return false;
        return *card_rule(name)->name || card_is_listed(registered, name) ||
               (strncasecmp(name, "X-", 2) == 0 && name[2]);
}

bool card_is_name(const char *s)
{
        size_t len = 0;

        while (isalnum((unsigned char)s[len]) || s[len] == '-')
                len++;
        return len > 0 && len <= NAME_MAX_LEN && s[len] == '\0';
}

char *card_canonical_name(const char *name)
{
        const CardRule *rule = card_rule(name);
        char *copy = strdup(*rule->name ? rule->name : name);

        for (char *c = copy; c && *c; c++)
                *c = (char)toupper((unsigned char)*c);
        return copy;
}

static void card_param_done(CardParam *p)
{
        free(p->name);
        free(p->value);
}

void card_property_done(CardProperty *p)
{
        for (size_t i = 0; i < p->params.n; i++)
                card_param_done(&p->params.list[i]);
        array_done(&p->params);
        free(p->group);
        free(p->name);
        free(p->value);
        free(p->text);
        *p = (CardProperty){0};
}

const char *card_param(const CardProperty *p, const char *name)
{
        for (size_t i = 0; i < p->params.n; i++)
                if (strcmp(p->params.list[i].name, name) == 0)
                        return p->params.list[i].value;
        return NULL;
}

bool card_has_type(const CardProperty *p, const char *type)
{
        for (size_t i = 0; i < p->params.n; i++)
                if (strcmp(p->params.list[i].name, "TYPE") == 0 &&
                    strcasecmp(p->params.list[i].value, type) == 0)
                        return true;
        return false;
}

int card_param_add(CardProperty *p, const char *name, const char *value)
{
        CardParam new = {strdup(name), strdup(value)};

        if (!new.name || !new.value || array_add(&p->params, new) < 0) {
                card_param_done(&new);
                return -ENOMEM;
        }
        return 0;
}

void card_param_remove_at(CardProperty *p, size_t i)
{
        assert(i < p->params.n);
        card_param_done(&p->params.list[i]);
        array_remove(&p->params, i, 1);
}

void card_param_remove(CardProperty *p, const char *name, const char *value)
{
        for (size_t i = p->params.n; i-- > 0;)
                if (strcmp(p->params.list[i].name, name) == 0 &&
                    (!value || strcmp(p->params.list[i].value, value) == 0))
                        card_param_remove_at(p, i);
}

CardKind card_kind(const CardProperty *p, const char *value)
{
        CardKind kind = card_rule(p->name)->kind;
        const char *type = card_param(p, "VALUE");
        bool blanks;

        if (kind != CARD_OTHER && kind != CARD_LINK)
                return kind;
        blanks = value[strcspn(value, " \t\r\n")] != '\0';
        if (kind == CARD_LINK)
                return blanks || (type && strcmp(type, "text") == 0) ? CARD_TEXT : CARD_URI;
        if (blanks || !type || strcmp(type, "uri") != 0)
                return CARD_OTHER;
        return strncasecmp(value, "data:", 5) == 0 ? CARD_MEDIA : CARD_URI;
}

static char *card_unescape(const char *value)
{
        char *text = malloc(strlen(value) + 1), *to = text;

        if (!text)
                return NULL;
        for (const char *s = value; *s; s++) {
                if (*s == '\\' && s[1]) {
                        s++;
                        *to++ = *s == 'n' || *s == 'N' ? '\n' : *s;
                } else
                        *to++ = *s;
        }
        *to = '\0';
        return text;
}

char *card_escape(const char *text)
{
        char *value = malloc(2 * strlen(text) + 1), *to = value;

        if (!value)
                return NULL;
        for (; *text; text++) {
                if (strchr("\\,;\n", *text))
                        *to++ = '\\';
                *to++ = *text == '\n' ? 'n' : *text;
        }
        *to = '\0';
        return value;
}

int card_property_set(CardProperty *p, char *value)
{
        CardKind kind = card_kind(p, value);

        assert(!p->value && !p->text);
        p->value = value;
        p->text = kind == CARD_URI || kind == CARD_MEDIA || kind == CARD_GEO ? strdup(value)
                                                                             : card_unescape(value);
        return p->text ? 0 : -ENOMEM;
}

int card_property_change(CardProperty *p, char *value)
{
        free(p->value);
        free(p->text);
        p->value = p->text = NULL;
        return card_property_set(p, value);
}

void card_remove(Card *c, CardProperty *p)
{
        size_t i = (size_t)(p - c->properties.list);

        assert(i < c->properties.n);
        card_property_done(p);
        array_remove(&c->properties, i, 1);
}

int card_add(Card *c, CardProperty *p)
{
        assert(p->name && p->value && p->text);
        if (c->properties.n == CARD_PROPERTIES_MAX)
                return CARD_E_TOO_LARGE;
        if (array_add(&c->properties, *p) < 0)
                return -ENOMEM;
        *p = (CardProperty){0};
        return 0;
}

CardProperty *card_find(const Card *c, const char *name)
{
        for (size_t i = 0; i < c->properties.n; i++)
                if (strcasecmp(c->properties.list[i].name, name) == 0)
                        return &c->properties.list[i];
        return NULL;
}

Card *card_free(Card *c)
{
        for (size_t i = 0; c && i < c->properties.n; i++)
                card_property_done(&c->properties.list[i]);
        if (c)
                array_done(&c->properties);
        free(c);
        return NULL;
}

/* Adds a property with this text. */
static int card_add_text(Card *c, const char *name, const char *text)
{
        _cleanup_(card_property_done) CardProperty p = {.name = strdup(name)};
        char *value = card_escape(text);
        int r;

        if (!p.name || !value) {
                free(value);
                return -ENOMEM;
        }
        r = card_property_set(&p, value);
        return r ? r : card_add(c, &p);
}

typedef enum NameStyle {
        NAME_GIVEN_FIRST,
        NAME_FAMILY_FIRST, /* Chinese, Korean: in one piece */
        NAME_JAPANESE,     /* family first, in two pieces where kana tell it from Chinese */
} NameStyle;

static bool is_of_script(uint32_t c, const char *script)
{
        const uc_script_t *s = uc_script(c);

        return s && strcmp(s->name, script) == 0;
}

/* Decides by script alone. Hungarian and Vietnamese names also begin with the family name, but
 * Latin letters do not tell. */
static NameStyle card_name_style(const char *n_value)
{
        NameStyle style = NAME_GIVEN_FIRST;
        size_t len = strlen(n_value);
        uint32_t c = 0;

        for (size_t n; len > 0; n_value += n, len -= n) {
                n = MAX(text_char(&c, n_value, len), (size_t)1);
                if (is_of_script(c, "Hiragana") || is_of_script(c, "Katakana"))
                        style = NAME_JAPANESE;
                else if ((is_of_script(c, "Han") || is_of_script(c, "Hangul")) &&
                         style == NAME_GIVEN_FIRST)
                        style = NAME_FAMILY_FIRST;
                else if (!is_of_script(c, "Common") && !is_of_script(c, "Han") &&
                         !is_of_script(c, "Hangul"))
                        return NAME_GIVEN_FIRST;
        }
        return style;
}

/* Joins the parts of N: prefix, given, additional, family, suffix, or family first. */
static char *card_join_name(const char *n_value)
{
        static const size_t orders[][5] = {
                [NAME_GIVEN_FIRST] = {3, 1, 2, 0, 4},
                [NAME_FAMILY_FIRST] = {3, 0, 1, 2, 4},
                [NAME_JAPANESE] = {3, 0, 1, 2, 4},
        };
        NameStyle style = card_name_style(n_value);
        const size_t *order = orders[style];
        const char *between = style == NAME_FAMILY_FIRST ? "" : " ";
        _cleanup_free_ char *joined = calloc(1, strlen(n_value) + ARRAY_LEN(orders[0]) + 1);

        if (!joined)
                return NULL;
        for (size_t i = 0; i < ARRAY_LEN(orders[0]); i++) {
                const char *s = n_value;
                size_t skip = order[i], len = 0;

                for (; skip > 0 && *s; s++) {
                        if (*s == '\\' && s[1])
                                s++;
                        else if (*s == ';')
                                skip--;
                }
                while (skip == 0 && s[len] && s[len] != ';')
                        len += s[len] == '\\' && s[len + 1] ? 2 : 1;
                if (len > 0)
                        (void)strncat(strcat(joined, *joined ? between : ""), s, len);
        }
        return card_unescape(joined);
}

/* The first part of a value in parts, as a text: the company without its departments. */
static char *card_first_part(const CardProperty *p)
{
        _cleanup_free_ char *part = NULL;
        size_t len = 0;

        while (p->value[len] && p->value[len] != ';')
                len += p->value[len] == '\\' && p->value[len + 1] ? 2 : 1;
        part = strndup(p->value, len);
        return part ? card_unescape(part) : NULL;
}

/* Cuts a name that was made of something else between characters. */
static void card_bound_name(char *name)
{
        size_t len = 0, n;
        uint32_t c;

        while (name[len]) {
                n = MAX(text_char(&c, name + len, strnlen(name + len, 4)), (size_t)1);
                if (len + n > MADE_NAME_MAX)
                        break;
                len += n;
        }
        name[len] = '\0';
}

/* Makes a name for a card without FN; *ret is NULL where nothing names it. */
static int card_make_name(char **ret, const Card *c)
{
        static const char *const sources[] = {"ORG", "NICKNAME", "EMAIL", "TEL"};
        CardProperty *n = card_find(c, "N");
        _cleanup_free_ char *name = NULL;

        if (n) {
                name = card_join_name(n->value);
                if (!name)
                        return -ENOMEM;
        }
        for (size_t i = 0; i < ARRAY_LEN(sources) && (!name || !*name); i++) {
                CardProperty *p = card_find(c, sources[i]);

                if (!p)
                        continue;
                free(name);
                name = card_kind(p, p->value) == CARD_PARTS ? card_first_part(p) : strdup(p->text);
                if (!name)
                        return -ENOMEM;
        }
        if (name)
                card_bound_name(name);
        *ret = name && *name ? TAKE_PTR(name) : NULL;
        return 0;
}

static int card_add_uid(Card *c)
{
        unsigned char u[16];
        char text[64];

        randombytes_buf(u, sizeof u);
        u[6] = (unsigned char)((u[6] & 0x0f) | 0x40); /* RFC 4122, version 4 */
        u[8] = (unsigned char)((u[8] & 0x3f) | 0x80);
        (void)snprintf(
                text, sizeof text,
                "urn:uuid:%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x",
                u[0], u[1], u[2], u[3], u[4], u[5], u[6], u[7], u[8], u[9], u[10], u[11], u[12],
                u[13], u[14], u[15]);
        return card_add_text(c, "UID", text);
}

/* Puts FN into N as the given name: where the family name stands differs between cultures. */
static int card_add_n(Card *c, const char *fn)
{
        _cleanup_(card_property_done) CardProperty p = {.name = strdup("N")};
        _cleanup_free_ char *given = card_escape(fn);
        char *value = NULL;
        int r;

        if (!p.name || !given || asprintf(&value, ";%s;;;", given) < 0)
                return -ENOMEM;
        r = card_property_set(&p, value);
        return r ? r : card_add(c, &p);
}

/* Adds FN as if the text had it, so without blanks around. */
static int card_add_fn(Card *c)
{
        _cleanup_free_ char *name = NULL, *value = NULL;
        int r = card_make_name(&name, c);

        if (r)
                return r;
        if (!name)
                return CARD_E_NO_NAME;
        value = card_escape(name);
        if (!value)
                return -ENOMEM;
        r = card_append(c, "FN", value);
        return r == -EINVAL ? CARD_E_NO_NAME : r;
}

int card_complete(Card *c)
{
        int r = 0;

        if (!card_find(c, "FN"))
                r = card_add_fn(c);
        if (r == 0 && !card_find(c, "N"))
                r = card_add_n(c, card_name(c));
        if (r == 0 && !card_find(c, "UID"))
                r = card_add_uid(c);
        return r;
}

int card_parse_as(Card **ret, const void *bytes, size_t len, CardReading *how, size_t *ret_used,
                  unsigned *ret_line)
{
        _cleanup_(card_freep) Card *c = NULL;
        int r;

        r = card_read(&c, bytes, len, false, how, ret_used, ret_line);
        if (r == 0)
                r = card_take_dialects(c);
        if (r == 0) {
                card_leave_single(c, how);
                r = card_complete(c);
        }
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}

int card_parse(Card **ret, const void *bytes, size_t len, size_t *ret_used, unsigned *ret_line)
{
        return card_parse_as(ret, bytes, len, &(CardReading){0}, ret_used, ret_line);
}

int card_skip_groups(size_t *ret_from, const char *bytes, size_t len, const CardReading *how,
                     void (*passed)(void *userdata, const char *name), void *userdata)
{
        size_t from = 0, used = 1;
        int r = 0;

        while (r == 0) {
                _cleanup_(card_freep) Card *c = NULL;
                CardReading one = {.max = how->max,
                                   .charset = how->charset,
                                   .forgiving = how->forgiving,
                                   .unicode = how->unicode};

                r = card_parse_as(&c, bytes + from, len - from, &one, &used, NULL);
                if (r != 0 || !card_is_group(c))
                        break;
                if (passed)
                        passed(userdata, card_name(c));
                from += used;
        }
        if (r < 0)
                return r;
        *ret_from = from;
        return r == CARD_E_NO_CARD && from > 0 ? (int)CARD_E_GROUPS : 0;
}

const char *card_name(const Card *c)
{
        const CardProperty *fn = card_find(c, "FN");

        assert(fn); /* card_complete added it */
        return fn->text;
}

bool card_is_group(const Card *c)
{
        const CardProperty *kind = card_find(c, "KIND"), *list = card_find(c, "X-EVOLUTION-LIST");

        return (kind && strcasecmp(kind->text, "group") == 0) || card_find(c, "MEMBER") ||
               (list && strcasecmp(list->text, "TRUE") == 0);
}

const char *card_uid(const Card *c)
{
        const CardProperty *uid = card_find(c, "UID");

        assert(uid); /* card_complete added it */
        return uid->text;
}

int card_set_uid(Card *c, const char *uid)
{
        CardProperty *p = card_find(c, "UID");
        _cleanup_free_ char *value = card_escape(uid), *text = strdup(uid);

        if (!*uid || strlen(uid) > CARD_VALUE_MAX || !text_is_utf8(uid, strlen(uid)))
                return -EINVAL;
        if (!value || !text)
                return -ENOMEM;
        free(p->value);
        free(p->text);
        p->value = TAKE_PTR(value);
        p->text = TAKE_PTR(text);
        return 0;
}

const char *card_value(const Card *c, const char *property, size_t n)
{
        for (size_t i = 0; i < c->properties.n; i++)
                if (strcasecmp(c->properties.list[i].name, property) == 0 && n-- == 0)
                        return c->properties.list[i].text;
        return NULL;
}
