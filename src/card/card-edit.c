/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-edit.h"
#include "card-normal.h"

#include <string.h>

static CardProperty *card_edit_find(const Card *c, const char *name, size_t n)
{
        for (size_t i = 0; i < c->properties.n; i++)
                if (strcmp(c->properties.list[i].name, name) == 0 && n-- == 0)
                        return &c->properties.list[i];
        return NULL;
}

CardUse card_use(const Card *c, const char *property, size_t n)
{
        _cleanup_free_ char *name = card_canonical_name(property);
        const CardProperty *p = name ? card_edit_find(c, name, n) : NULL;

        if (p && card_has_type(p, "home"))
                return CARD_USE_HOME;
        return p && card_has_type(p, "work") ? CARD_USE_WORK : CARD_USE_OTHER;
}

/* The text with the escapes of 4.0, as far as its kind has them. New. NULL: out of memory. */
static char *card_edit_escape(const CardProperty *p, const char *text)
{
        CardKind kind = card_kind(p, text);
        char *value, *to;

        if (kind == CARD_URI || kind == CARD_LINK || kind == CARD_GEO || kind == CARD_MEDIA ||
            kind == CARD_OTHER)
                return strdup(text);
        value = card_escape(text);
        if (!value || (kind != CARD_PARTS && kind != CARD_STRUCTURED))
                return value;
        to = value;
        for (const char *s = value; *s; s++) {
                if (s[0] == '\\' && s[1] == ';')
                        s++;
                else if (s[0] == '\\' && s[1])
                        *to++ = *s++;
                *to++ = *s;
        }
        *to = '\0';
        return value;
}

/* Copies what is about the value and not in it. */
static int card_edit_copy_params(CardProperty *ret, const CardProperty *from)
{
        int r = 0;

        if (from->group) {
                ret->group = strdup(from->group);
                r = ret->group ? 0 : -ENOMEM;
        }
        for (size_t i = 0; r == 0 && i < from->params.n; i++)
                if (strcmp(from->params.list[i].name, "VALUE") != 0)
                        r = card_param_add(ret, from->params.list[i].name,
                                           from->params.list[i].value);
        return r;
}

static int card_edit_set_use(CardProperty *p, CardUse use)
{
        card_param_remove(p, "TYPE", "home");
        card_param_remove(p, "TYPE", "work");
        if (use == CARD_USE_OTHER)
                return 0;
        return card_param_add(p, "TYPE", use == CARD_USE_HOME ? "home" : "work");
}

static int card_edit_make(CardProperty *p, const CardProperty *old, CardUse use, const char *text)
{
        _cleanup_free_ char *value = card_edit_escape(p, text);
        CardRaw raw = {.value = value, .version = CARD_V40};
        int r = value ? 0 : -ENOMEM;

        if (r == 0 && old)
                r = card_edit_copy_params(p, old);
        if (r == 0)
                r = card_edit_set_use(p, use);
        if (r == 0) {
                raw.len = strlen(value);
                r = card_normal_value(p, &raw);
        }
        return r == 0 && !p->value ? -EINVAL : r;
}

int card_edit(Card *c, const char *property, size_t n, CardUse use, const char *text)
{
        _cleanup_(card_property_done) CardProperty p = {.name = card_canonical_name(property)};
        CardProperty *old;
        int r;

        if (!p.name)
                return -ENOMEM;
        if (!card_is_name(property) || card_is_dropped(p.name) || !text_is_utf8(text, strlen(text)))
                return -EINVAL;
        old = card_edit_find(c, p.name, n);
        if (!*text) {
                if (old)
                        card_remove(c, old);
                return card_complete(c);
        }
        r = card_edit_make(&p, old, use, text);
        if (r)
                return r;
        if (!old)
                return card_add(c, &p);
        card_property_done(old);
        *old = p;
        p = (CardProperty){0};
        return 0;
}
