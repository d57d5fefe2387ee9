/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes and changes cards, and splits a card into the two parts that are released one after the
 * other. */
#include "card-normal.h"
#include "src/base/text.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char name_part[] = "UID,N,FN,NICKNAME,PHOTO";
static const char not_in_rest[] = "N,FN,NICKNAME,PHOTO";

bool card_is_listed(const char *list, const char *name)
{
        size_t len = strlen(name);

        for (const char *s = list; *s; s += strcspn(s, ","), s += *s == ',')
                if (strcspn(s, ",") == len && strncasecmp(s, name, len) == 0)
                        return true;
        return false;
}

bool card_is_dropped(const char *name)
{
        return card_is_listed("AGENT,BEGIN,END,NAME,PRODID,PROFILE,VERSION", name);
}

/* Removes every property that is not on the list. */
static void card_keep_only(Card *c, const char *list)
{
        size_t kept = 0;

        for (size_t i = 0; i < c->properties.n; i++)
                if (card_is_listed(list, c->properties.list[i].name))
                        c->properties.list[kept++] = c->properties.list[i];
                else
                        card_property_done(&c->properties.list[i]);
        c->properties.n = kept;
}

enum { LABEL_MAX = 256 }; /* bytes; a word or two */

static bool card_is_label(const CardProperty *p)
{
        return strcmp(p->name, "X-ABLABEL") == 0;
}

/* Apple's programs mark labels that they translate: "_$!<Other>!$_". */
static char *type_of_label(const char *label)
{
        static const char before[] = "_$!<", after[] = ">!$_";
        size_t len = strlen(label), edge = sizeof before - 1;
        bool marked = len > 2 * edge && strncmp(label, before, edge) == 0 &&
                      strcmp(label + len - edge, after) == 0;

        return marked ? strndup(label + edge, len - 2 * edge) : strdup(label);
}

/* The first label of a group is copied to each of its values. Further labels and long ones are not,
 * so that a stranger's card does not grow without bound. */
static bool card_label_is_for_values(const Card *c, const CardProperty *label)
{
        if (!label->group || strlen(label->text) > LABEL_MAX)
                return false;
        for (const CardProperty *p = c->properties.list; p < label; p++)
                if (card_is_label(p) && p->group && strcasecmp(p->group, label->group) == 0)
                        return false;
        return true;
}

/* Adds the label as a type to the values of its group; *ret: there are some. */
static int card_label_to_type(Card *c, const CardProperty *label, bool *ret)
{
        _cleanup_free_ char *type = NULL;
        int r;

        *ret = false;
        if (!card_label_is_for_values(c, label))
                return 0;
        type = type_of_label(label->text);
        r = type ? 0 : -ENOMEM;
        for (size_t i = 0; i < c->properties.n && r == 0; i++) {
                CardProperty *p = &c->properties.list[i];

                if (!card_is_label(p) && p->group && strcasecmp(p->group, label->group) == 0) {
                        *ret = true;
                        r = card_param_add(p, "TYPE", type);
                }
        }
        return r;
}

static void card_bare_semicolons(CardProperty *p)
{
        CardKind kind = card_kind(p, p->value);
        char *to = p->value;

        if (kind != CARD_TEXT && kind != CARD_PHONE && kind != CARD_EACH)
                return;
        for (const char *s = p->value; *s; s++) {
                if (s[0] == '\\' && s[1] == ';')
                        s++;
                else if (s[0] == '\\' && s[1])
                        *to++ = *s++;
                *to++ = *s;
        }
        *to = '\0';
}

int card_suit_kcontacts(Card *c)
{
        bool said[CARD_PROPERTIES_MAX] = {false};
        size_t kept = 0;
        int r = 0;

        for (size_t i = 0; i < c->properties.n && r == 0; i++)
                if (card_is_label(&c->properties.list[i]))
                        r = card_label_to_type(c, &c->properties.list[i], &said[i]);
        for (size_t i = 0; i < c->properties.n && r == 0; i++) {
                CardProperty *p = &c->properties.list[i];

                free(p->group);
                p->group = NULL;
                card_bare_semicolons(p);
                if (said[i])
                        card_property_done(p);
                else
                        c->properties.list[kept++] = *p;
        }
        if (r == 0)
                c->properties.n = kept;
        return r;
}

/* Copies p with the first len bytes of a value. */
static int card_copy_property(CardProperty *ret, const CardProperty *p, const char *value,
                              size_t len)
{
        _cleanup_(card_property_done) CardProperty copy = {.name = strdup(p->name)};
        _cleanup_free_ char *part = strndup(value, len);
        int r = copy.name && part ? 0 : -ENOMEM;

        if (r == 0 && p->group) {
                copy.group = strdup(p->group);
                r = copy.group ? 0 : -ENOMEM;
        }
        for (size_t i = 0; r == 0 && i < p->params.n; i++)
                r = card_param_add(&copy, p->params.list[i].name, p->params.list[i].value);
        if (r == 0)
                r = card_property_set(&copy, TAKE_PTR(part));
        if (r == 0) {
                *ret = copy;
                copy = (CardProperty){0};
        }
        return r;
}

/* Bytes of the parameters, which each copy repeats. */
static size_t card_params_len(const CardProperty *p)
{
        size_t len = 0;

        for (size_t i = 0; i < p->params.n; i++)
                len += strlen(p->params.list[i].name) + strlen(p->params.list[i].value);
        return len;
}

int card_add_each(Card *c, CardProperty *p)
{
        size_t copied = 0; /* bytes of parameters */
        int r = 0;

        if (card_rule(p->name)->kind != CARD_EACH)
                return card_add(c, p);
        for (const char *s = p->value; *s && r == 0; s += *s == ',') {
                _cleanup_(card_property_done) CardProperty one = {0};
                size_t len = card_list_value(s);

                r = copied > CARD_VALUE_MAX ? CARD_E_TOO_LARGE
                                            : card_copy_property(&one, p, s, len);
                if (r == 0)
                        r = card_add(c, &one);
                copied += card_params_len(p);
                s += len;
        }
        card_property_done(p);
        return r;
}

/* Splits "TEL/work" into new strings; *ret_type is NULL where there is no type. */
static int card_split_field(char **ret_name, char **ret_type, const char *field)
{
        const char *slash = strchr(field, '/');
        _cleanup_free_ char *property =
                                    strndup(field, slash ? (size_t)(slash - field) : strlen(field)),
                            *name = property ? card_canonical_name(property) : NULL,
                            *type = slash ? strdup(slash + 1) : NULL;

        if (!name || (slash && !type))
                return -ENOMEM;
        if (!card_is_name(property) || card_is_dropped(name) || (type && !card_is_name(type)))
                return -EINVAL;
        *ret_name = TAKE_PTR(name);
        *ret_type = TAKE_PTR(type);
        return 0;
}

int card_append(Card *c, const char *field, const char *value)
{
        _cleanup_(card_property_done) CardProperty p = {0};
        _cleanup_free_ char *copy = strdup(value), *type = NULL;
        CardRaw raw = {.value = copy, .len = strlen(value), .version = CARD_V40};
        int r = text_is_utf8(value, raw.len) ? card_split_field(&p.name, &type, field) : -EINVAL;

        if (r == 0 && !copy)
                r = -ENOMEM;
        if (r == 0 && type)
                r = card_param_add(&p, "TYPE", type);
        if (r == 0)
                r = card_normal_params(&p);
        if (r == 0)
                r = card_normal_value(&p, &raw);
        if (r == 0 && !p.value)
                return -EINVAL;
        return r ? r : card_add_each(c, &p);
}

int card_set(Card *c, const char *field, const char *value)
{
        _cleanup_free_ char *name = NULL, *type = NULL;
        size_t kept = 0;
        int r = card_split_field(&name, &type, field);

        if (r)
                return r;
        for (size_t i = 0; i < c->properties.n; i++)
                if (strcmp(c->properties.list[i].name, name) == 0 &&
                    (!type || card_has_type(&c->properties.list[i], type)))
                        card_property_done(&c->properties.list[i]);
                else
                        c->properties.list[kept++] = c->properties.list[i];
        c->properties.n = kept;
        if (*value)
                r = card_append(c, field, value);
        return r ? r : card_complete(c);
}

int card_new(Card **ret, const char *name)
{
        _cleanup_(card_freep) Card *c = calloc(1, sizeof *c);
        int r;

        if (!c)
                return -ENOMEM;
        r = *name ? card_set(c, "FN", name) : CARD_E_NO_NAME;
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r == -EINVAL ? CARD_E_NO_NAME : r;
}

int card_split(char **ret_name, char **ret_rest, const Card *c)
{
        _cleanup_free_ char *name = NULL, *rest = NULL;
        size_t len;
        int r;

        r = card_write_some(&name, &len, c, CARD_V40, name_part, true);
        if (r == 0)
                r = card_write_some(&rest, &len, c, CARD_V40, not_in_rest, false);
        if (r)
                return r;
        *ret_name = TAKE_PTR(name);
        *ret_rest = TAKE_PTR(rest);
        return 0;
}

/* Adds the properties that the second part may have. */
static int card_add_rest(Card *c, const char *rest, size_t len)
{
        _cleanup_(card_freep) Card *other = NULL;
        int r;

        r = card_read(&other, rest, len, true, &(CardReading){0}, NULL, NULL);
        for (size_t i = 0; r == 0 && i < other->properties.n; i++)
                if (!card_is_listed(name_part, other->properties.list[i].name))
                        r = card_add(c, &other->properties.list[i]);
        return r;
}

int card_join(Card **ret, const char *name, size_t name_len, const char *rest, size_t rest_len)
{
        _cleanup_(card_freep) Card *c = NULL;
        int r;

        r = card_read(&c, name, name_len, true, &(CardReading){0}, NULL, NULL);
        if (r)
                return r;
        card_keep_only(c, name_part);
        if (rest)
                r = card_add_rest(c, rest, rest_len);
        if (r == 0)
                r = card_complete(c);
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}
