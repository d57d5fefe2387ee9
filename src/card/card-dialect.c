/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "card-dialect.h"
#include "card-model.h"
#include "card-normal.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ANDROID_ANNIVERSARY "1" /* ContactsContract.CommonDataKinds.Event.TYPE_ */

typedef struct Meaning {
        const char *meaning;
        const char *name, *type; /* in a Card; its TYPE or NULL */
        const char *names[4];    /* by CardDialect, and an old one of KDE's; NULL: as in a Card */
        const char *apple;       /* the label of an X-ABRELATEDNAMES or a URL */
        unsigned android;        /* ContactsContract.CommonDataKinds.Relation.TYPE_; 0: none */
} Meaning;

/* clang-format off */
static const Meaning meanings[] = {
        {"ANNIVERSARY", "ANNIVERSARY", NULL,
         {"X-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY", "X-KADDRESSBOOK-X-ANNIVERSARY"}, NULL, 0},
        {"SPOUSE", "RELATED", "spouse",
         {"X-SPOUSE", "X-EVOLUTION-SPOUSE", "X-KADDRESSBOOK-X-SPOUSESNAME",
          "X-KADDRESSBOOK-X-SPOUSENAME"}, "Spouse", 14},
        {"MANAGER", "X-MANAGER", NULL,
         {NULL, "X-EVOLUTION-MANAGER", "X-KADDRESSBOOK-X-MANAGERSNAME"}, "Manager", 7},
        {"ASSISTANT", "X-ASSISTANT", NULL,
         {NULL, "X-EVOLUTION-ASSISTANT", "X-KADDRESSBOOK-X-ASSISTANTSNAME"}, "Assistant", 1},
        {"BLOG", "URL", "blog",
         {NULL, "X-EVOLUTION-BLOG-URL", "X-KADDRESSBOOK-BLOGFEED"}, "Blog", 0},
};
/* clang-format on */

/* All of these begin with "X-", and most properties do not. */
static bool meaning_has_name(const Meaning *m, const char *name)
{
        for (size_t i = 0; name[0] == 'X' && i < ARRAY_LEN(m->names); i++)
                if (m->names[i] && strcmp(m->names[i], name) == 0)
                        return true;
        return false;
}

/* ---- reading -------------------------------------------------------------------------------- */

/* Reads a value anew, as one of the present name. */
static int dialect_set_value(CardProperty *p, const char *text)
{
        _cleanup_free_ char *value = strcmp(p->name, "URL") == 0 ? strdup(text) : card_escape(text);
        CardRaw raw = {.value = value, .len = value ? strlen(value) : 0, .version = 40};

        if (!value)
                return -ENOMEM;
        free(p->value);
        free(p->text);
        p->value = p->text = NULL;
        return card_normal_value(p, &raw);
}

/* Gives a property another name and value. Both are copied. */
static int dialect_set(CardProperty *p, const char *name, const char *type, const char *text)
{
        char *copy = strdup(name);
        int r = 0;

        if (!copy)
                return -ENOMEM;
        free(p->name);
        p->name = copy;
        card_param_remove(p, "VALUE", NULL);
        if (type && !card_has_type(p, type))
                r = card_param_add(p, "TYPE", type);
        if (r == 0 && strcmp(name, "RELATED") == 0)
                r = card_param_add(p, "VALUE", "text");
        return r == 0 ? dialect_set_value(p, text) : r;
}

static int dialect_take(CardProperty *p, const Meaning *m, const char *text)
{
        _cleanup_free_ char *copy = strdup(text); /* it may be a part of the property */

        return copy ? dialect_set(p, m->name, m->type, copy) : -ENOMEM;
}

static int dialect_take_name(CardProperty *p)
{
        for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
                if (meaning_has_name(&meanings[i], p->name))
                        return dialect_take(p, &meanings[i], p->text);
        return 0;
}

/* Apple's "_$!<Spouse>!$_", or the word alone. */
static bool is_apple_label(const char *label, const char *word)
{
        size_t len = strlen(word);

        if (strncmp(label, "_$!<", 4) == 0)
                label += 4;
        return strncasecmp(label, word, len) == 0 &&
               (label[len] == '\0' || strcmp(label + len, ">!$_") == 0);
}

/* The label of a property, or NULL. */
static CardProperty *dialect_label(const Card *c, const CardProperty *p)
{
        for (size_t i = 0; p->group && i < c->properties.n; i++) {
                CardProperty *label = &c->properties.list[i];

                if (label->group && strcasecmp(label->group, p->group) == 0 &&
                    strcmp(label->name, "X-ABLABEL") == 0)
                        return label;
        }
        return NULL;
}

static const Meaning *dialect_of_label(const CardProperty *p, const char *label)
{
        bool related = strcmp(p->name, "X-ABRELATEDNAMES") == 0, url = strcmp(p->name, "URL") == 0;

        for (size_t i = 0; (related || url) && i < ARRAY_LEN(meanings); i++)
                if (meanings[i].apple && (strcmp(meanings[i].name, "URL") == 0) == url &&
                    is_apple_label(label, meanings[i].apple))
                        return &meanings[i];
        return NULL;
}

/* The label says what the name then says, and goes. */
static int dialect_take_labelled(Card *c, size_t i)
{
        CardProperty *p = &c->properties.list[i], *label = dialect_label(c, p);
        const Meaning *m = label ? dialect_of_label(p, label->text) : NULL;
        int r = m ? dialect_take(p, m, p->text) : 0;

        if (m && r == 0) {
                free(p->group);
                p->group = NULL;
                card_remove(c, label);
        }
        return r;
}

/* Part n of a value between semicolons, without escapes. *ret is new. */
static int dialect_part(char **ret, const char *value, unsigned n)
{
        char *part = malloc(strlen(value) + 1), *to = part;

        if (!part)
                return -ENOMEM;
        for (const char *s = value; *s && (n > 0 || *s != ';'); s++) {
                n -= *s == ';';
                if (*s == '\\' && s[1])
                        s++;
                else if (*s == ';')
                        continue;
                if (n == 0)
                        *to++ = *s;
        }
        *to = '\0';
        *ret = part;
        return 0;
}

static const Meaning *dialect_of_relation(const char *type)
{
        for (size_t i = 0; i < ARRAY_LEN(meanings); i++)
                if (meanings[i].android && (unsigned)atoi(type) == meanings[i].android)
                        return &meanings[i];
        return NULL;
}

/* "vnd.android.cursor.item/relation;Tom Brook;14;;…": kind, value, type. */
static int dialect_take_android(CardProperty *p)
{
        static const char item[] = "vnd.android.cursor.item/";
        _cleanup_free_ char *kind = NULL, *text = NULL, *type = NULL;
        const Meaning *m = NULL;
        int r;

        if (strcmp(p->name, "X-ANDROID-CUSTOM") != 0 || strncmp(p->value, item, strlen(item)) != 0)
                return 0;
        r = dialect_part(&kind, p->value + strlen(item), 0);
        if (r == 0)
                r = dialect_part(&text, p->value, 1);
        if (r == 0)
                r = dialect_part(&type, p->value, 2);
        if (r != 0 || !*text)
                return r;
        if (strcmp(kind, "nickname") == 0)
                return dialect_set(p, "NICKNAME", NULL, text);
        if (strcmp(kind, "contact_event") == 0 && strcmp(type, ANDROID_ANNIVERSARY) == 0)
                return dialect_set(p, "ANNIVERSARY", NULL, text);
        if (strcmp(kind, "relation") == 0)
                m = dialect_of_relation(type);
        return m ? dialect_set(p, m->name, m->type, text) : 0;
}

int card_take_dialects(Card *c)
{
        int r = 0;

        for (size_t i = 0; i < c->properties.n && r == 0; i++) {
                r = dialect_take_name(&c->properties.list[i]);
                if (r == 0)
                        r = dialect_take_android(&c->properties.list[i]);
        }
        for (size_t i = c->properties.n; i-- > 0 && r == 0;)
                if (i < c->properties.n)
                        r = dialect_take_labelled(c, i);
        for (size_t i = c->properties.n; i-- > 0;)
                if (!c->properties.list[i].value) /* nothing but blanks */
                        card_remove(c, &c->properties.list[i]);
        return r;
}

/* ---- writing -------------------------------------------------------------------------------- */

/* Whether a type is among those in a head: "RELATED;TYPE=SPOUSE:". */
static bool head_has_type(const char *head, const char *type)
{
        size_t len = strlen(type);

        for (const char *at = head; (at = strcasestr(at, type)); at++)
                if (at > head && strchr("=,\"", at[-1]) && strchr(",;:\"", at[len]))
                        return true;
        return false;
}

static const Meaning *meaning_of(const char *name, const char *head)
{
        for (size_t i = 0; i < ARRAY_LEN(meanings); i++) {
                const Meaning *m = &meanings[i];

                if (meaning_has_name(m, name) ||
                    (strcmp(m->name, name) == 0 && (!m->type || head_has_type(head, m->type))))
                        return m;
        }
        return NULL;
}

const char *card_meaning(const char *name, const char *head)
{
        const Meaning *m = meaning_of(name, head);

        return m ? m->meaning : NULL;
}

const char *card_dialect_name(CardDialect dialect, const char *name, const char *head)
{
        const Meaning *m = meaning_of(name, head);

        return m && dialect != CARD_PLAIN ? m->names[dialect] : NULL;
}
