/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-whole.h"
#include "card-date.h"

#include <string.h>
#include <strings.h>

static void whole_tell(const CardReading *how, const char *property, CardLoss why)
{
        if (how->lost)
                how->lost(how->userdata, 0, property, why);
}

/* ---- labels of addresses -------------------------------------------------------------------- */

static bool whole_same_types(const CardProperty *a, const CardProperty *b)
{
        for (size_t i = 0; i < a->params.n; i++)
                if (strcmp(a->params.list[i].name, "TYPE") == 0 &&
                    !card_has_type(b, a->params.list[i].value))
                        return false;
        for (size_t i = 0; i < b->params.n; i++)
                if (strcmp(b->params.list[i].name, "TYPE") == 0 &&
                    !card_has_type(a, b->params.list[i].value))
                        return false;
        return true;
}

/* The address that a LABEL belongs to: of the same types, without a label. */
static CardProperty *whole_find_address(const Card *c, const CardProperty *label)
{
        for (size_t i = 0; i < c->properties.n; i++) {
                CardProperty *p = &c->properties.list[i];

                if (strcmp(p->name, "ADR") == 0 && !card_param(p, "LABEL") &&
                    whole_same_types(p, label))
                        return p;
        }
        return NULL;
}

/* A label without an address becomes an address that has only a label. */
static int whole_label_to_address(CardProperty *label)
{
        _cleanup_free_ char *name = strdup("ADR"), *empty = strdup(";;;;;;"),
                            *text = strdup(";;;;;;");
        int r;

        if (!name || !empty || !text)
                return -ENOMEM;
        r = card_param_add(label, "LABEL", label->text);
        if (r)
                return r;
        free(label->name);
        free(label->value);
        free(label->text);
        label->name = TAKE_PTR(name);
        label->value = TAKE_PTR(empty);
        label->text = TAKE_PTR(text);
        return 0;
}

static int whole_give_label(Card *c, CardProperty *address, CardProperty *label)
{
        int r = card_param_add(address, "LABEL", label->text);

        if (r == 0)
                card_remove(c, label);
        return r;
}

/* Merges labels that directly follow their address, as we and most others write them. So each of
 * several addresses of the same types keeps its own. */
static int whole_merge_adjacent_labels(Card *c)
{
        int r = 0;

        for (size_t i = 1; i < c->properties.n && r == 0; i++) {
                CardProperty *p = &c->properties.list[i], *before = p - 1;

                if (strcmp(p->name, "LABEL") == 0 && strcmp(before->name, "ADR") == 0 &&
                    !card_param(before, "LABEL") && whole_same_types(before, p))
                        r = whole_give_label(c, before, p);
        }
        return r;
}

static int whole_merge_labels(Card *c)
{
        CardProperty *label;
        int r = whole_merge_adjacent_labels(c);

        while (r == 0 && (label = card_find(c, "LABEL"))) {
                CardProperty *address = whole_find_address(c, label);

                r = address ? whole_give_label(c, address, label) : whole_label_to_address(label);
        }
        return r;
}

/* ---- anniversaries -------------------------------------------------------------------------- */

static const char apple_anniversary[] = "_$!<Anniversary>!$_";

static bool whole_is_anniversary_label(const CardProperty *p, const char *group)
{
        return p->group && strcasecmp(p->group, group) == 0 && strcmp(p->name, "X-ABLABEL") == 0 &&
               strcmp(p->text, apple_anniversary) == 0;
}

/* Apple's programs write an anniversary as a date with a label. */
static bool whole_is_anniversary(const Card *c, const CardProperty *p)
{
        if (!p->group || strcmp(p->name, "X-ABDATE") != 0)
                return false;
        for (size_t i = 0; i < c->properties.n; i++)
                if (whole_is_anniversary_label(&c->properties.list[i], p->group))
                        return true;
        return false;
}

/* Turns Apple's anniversary in this place into that of 4.0. Its label says the same and goes; where
 * it stood before, the place moves. */
static int whole_take_anniversary(Card *c, size_t *place)
{
        CardProperty *p = &c->properties.list[*place];
        _cleanup_free_ char *name = strdup("ANNIVERSARY"), *group = TAKE_PTR(p->group);
        char day[CARD_DATE_SIZE];
        _cleanup_free_ char *value = strdup(card_date_normal(day, p->text, NULL) ? day : p->value);
        int r = name && value ? 0 : -ENOMEM;

        if (r == 0)
                r = card_property_change(p, TAKE_PTR(value));
        if (r)
                return r;
        free(p->name);
        p->name = TAKE_PTR(name);
        card_param_remove(p, "VALUE", NULL);
        for (size_t i = c->properties.n; i-- > 0;) {
                CardProperty *label = &c->properties.list[i];

                if (!whole_is_anniversary_label(label, group))
                        continue;
                card_remove(c, label);
                *place -= i < *place;
        }
        return 0;
}

static int whole_take_anniversaries(Card *c)
{
        int r = 0;

        for (size_t i = 0; i < c->properties.n && r == 0; i++)
                if (whole_is_anniversary(c, &c->properties.list[i]))
                        r = whole_take_anniversary(c, &i);
        return r;
}

/* Leaves one of several values of a property that can have one only: the first. Others that say the
 * same go without a word. */
static void whole_leave_one(Card *c, const char *name, const CardReading *how)
{
        const CardProperty *first = NULL;

        for (size_t i = 0; i < c->properties.n; i++) {
                CardProperty *p = &c->properties.list[i];

                if (strcmp(p->name, name) != 0)
                        continue;
                if (!first) {
                        first = p;
                        continue;
                }
                if (strcmp(p->text, first->text) != 0)
                        whole_tell(how, name, CARD_LOSS_SECOND);
                card_remove(c, p);
                i--;
        }
}

void card_leave_single(Card *c, const CardReading *how)
{
        whole_leave_one(c, "ANNIVERSARY", how);
        whole_leave_one(c, "BDAY", how);
}

/* ---- the outside ---------------------------------------------------------------------------- */

/* SORT-STRING becomes a parameter of N. */
static int whole_merge_sorting(Card *c, const CardReading *how)
{
        CardProperty *sort, *n;
        int r = 0;

        while (r == 0 && (sort = card_find(c, "SORT-STRING"))) {
                n = card_find(c, "N"); /* it may have moved */
                if (n && !card_param(n, "SORT-AS"))
                        r = card_param_add(n, "SORT-AS", sort->text);
                else
                        whole_tell(how, "SORT-STRING", CARD_LOSS_SORTING);
                if (r == 0)
                        card_remove(c, sort);
        }
        return r;
}

int card_whole(Card *c, const CardReading *how)
{
        int r = whole_merge_labels(c);

        if (r == 0)
                r = whole_merge_sorting(c, how);
        if (r == 0)
                r = whole_take_anniversaries(c);
        if (r == 0)
                card_leave_single(c, how);
        return r;
}
