/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A card made, changed, and in parts: what is shared of it, its two halves that are released one after the
 * other. */
#include "card-normal.h"
#include "text.h"

#include <ctype.h>
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

static bool is_name_list(const char *s)
{
        bool in_name = false;

        for (; *s; s++) {
                if (*s == ',' && !in_name)
                        return false;
                in_name = *s != ',';
                if (in_name && !isalnum((unsigned char)*s) && *s != '-')
                        return false;
        }
        return in_name;
}

/* Drops every property that neither list names. */
static void keep_only(Card *c, const char *list, const char *also)
{
        size_t kept = 0;

        for (size_t i = 0; i < c->n_properties; i++)
                if (card_is_listed(list, c->properties[i].name) ||
                    card_is_listed(also, c->properties[i].name))
                        c->properties[kept++] = c->properties[i];
                else
                        card_property_done(&c->properties[i]);
        c->n_properties = kept;
}

int card_share(Card *c, const char *properties)
{
        if (!is_name_list(properties))
                return -EINVAL;
        keep_only(c, properties, "UID,N,FN");
        return 0;
}

int card_append(Card *c, const char *property, const char *value)
{
        _cleanup_(card_property_done) CardProperty p = {0};
        _cleanup_free_ char *copy = strdup(value);
        CardRaw raw = {.value = copy, .len = strlen(value), .version = CARD_V40};
        int r;

        if (!card_is_name(property) || card_is_dropped(property) || !text_is_utf8(value, raw.len))
                return -EINVAL;
        p.name = card_canonical_name(property);
        if (!p.name || !copy)
                return -ENOMEM;
        r = card_normal_value(&p, &raw);
        if (r == 0 && !p.value)
                return -EINVAL;
        return r ? r : card_add(c, &p);
}

int card_set(Card *c, const char *property, const char *value)
{
        _cleanup_free_ char *name = card_canonical_name(property);
        size_t kept = 0;
        int r = 0;

        if (!name)
                return -ENOMEM;
        if (!card_is_name(property) || card_is_dropped(name))
                return -EINVAL;
        for (size_t i = 0; i < c->n_properties; i++)
                if (strcmp(c->properties[i].name, name) == 0)
                        card_property_done(&c->properties[i]);
                else
                        c->properties[kept++] = c->properties[i];
        c->n_properties = kept;
        if (*value)
                r = card_append(c, property, value);
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

/* Appends what belongs into the second half. */
static int add_rest(Card *c, const char *rest, size_t len)
{
        _cleanup_(card_freep) Card *other = NULL;
        int r;

        r = card_read(&other, rest, len, true, &(CardReading){0}, NULL, NULL);
        for (size_t i = 0; r == 0 && i < other->n_properties; i++)
                if (!card_is_listed(name_part, other->properties[i].name))
                        r = card_add(c, &other->properties[i]);
        return r;
}

int card_join(Card **ret, const char *name, size_t name_len, const char *rest, size_t rest_len)
{
        _cleanup_(card_freep) Card *c = NULL;
        int r;

        r = card_read(&c, name, name_len, true, &(CardReading){0}, NULL, NULL);
        if (r)
                return r;
        keep_only(c, name_part, "");
        if (rest)
                r = add_rest(c, rest, rest_len);
        if (r == 0)
                r = card_complete(c);
        if (r == 0)
                *ret = TAKE_PTR(c);
        return r;
}
