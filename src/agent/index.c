/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"
#include "normal.h"
#include "src/base/array.h"

#include <stdio.h>
#include <string.h>

enum { VALUES_MAX = 64 /* of one kind compared for one entry */ };

typedef char *(*Normal)(const char *text);

typedef ARRAY(char *) Values;

/* What identifies an entry or a card. */
typedef struct Known {
        char *uid;
        char *shown; /* FN as written */
        char *fn;    /* from normal_name; so are the names below */
        char *names; /* see index_names */
        Values emails, phones;
} Known;

typedef struct Entry {
        char *id;
        bool readable;
        Known known;
} Entry;

struct Index {
        ARRAY(Entry) entries;
};

static void values_done(Values *v)
{
        for (size_t i = 0; i < v->n; i++)
                free(v->list[i]);
        array_done(v);
}

static void known_done(Known *k)
{
        free(k->uid);
        free(k->shown);
        free(k->fn);
        free(k->names);
        values_done(&k->emails);
        values_done(&k->phones);
        *k = (Known){0};
}

static int known_read_values(Values *to, const Card *c, const char *property, Normal normal)
{
        const char *value;

        for (size_t i = 0; i < VALUES_MAX && (value = card_value(c, property, i)); i++) {
                char *copy = normal(value);

                if (!copy || array_add(to, copy) < 0) {
                        free(copy);
                        return -ENOMEM;
                }
        }
        return 0;
}

char *index_names(const Card *c)
{
        const char *n = card_value(c, "N", 0), *nickname;
        _cleanup_free_ char *all = NULL;

        if (asprintf(&all, "%s %s", card_name(c), n ? n : "") < 0)
                return NULL;
        for (size_t i = 0; (nickname = card_value(c, "NICKNAME", i)); i++) {
                char *more = NULL;

                if (asprintf(&more, "%s %s", all, nickname) < 0)
                        return NULL;
                free(all);
                all = more;
        }
        return normal_name(all);
}

/* On failure *k is filled in part; the caller frees it. */
static int known_read(Known *k, const Card *c)
{
        int r;

        k->uid = strdup(card_uid(c));
        k->shown = strdup(card_name(c));
        k->fn = normal_name(card_name(c));
        k->names = index_names(c);
        if (!k->uid || !k->shown || !k->fn || !k->names)
                return -ENOMEM;
        r = known_read_values(&k->emails, c, "EMAIL", normal_email);
        if (r == 0)
                r = known_read_values(&k->phones, c, "TEL", normal_phone);
        return r;
}

/* ---- the index ------------------------------------------------------------------------------ */

static Entry *index_entry(const Index *i, const char *id)
{
        for (size_t n = 0; n < i->entries.n; n++)
                if (strcmp(i->entries.list[n].id, id) == 0)
                        return &i->entries.list[n];
        return NULL;
}

static void index_entry_done(Entry *e)
{
        free(e->id);
        known_done(&e->known);
}

static int index_entry_read(Entry *e, const char *id, const char *text)
{
        _cleanup_(card_freep) Card *c = NULL;
        int r;

        e->id = strdup(id);
        if (!e->id)
                return -ENOMEM;
        r = card_parse(&c, text, strlen(text), NULL, NULL);
        if (r != 0)
                return MIN(r, 0); /* not a card: we keep only its id */
        e->readable = true;
        return known_read(&e->known, c);
}

int index_add(Index *i, const char *id, const char *text)
{
        Entry entry = {0};
        int r = index_entry_read(&entry, id, text);

        if (r == 0)
                r = array_add(&i->entries, entry);
        if (r < 0)
                index_entry_done(&entry);
        return r;
}

void index_remove(Index *i, const char *id)
{
        Entry *e = index_entry(i, id);

        if (!e)
                return;
        index_entry_done(e);
        *e = i->entries.list[--i->entries.n];
}

int index_put(Index *i, const char *id, const char *text)
{
        index_remove(i, id);
        return index_add(i, id, text);
}

bool index_has(const Index *i, const char *id)
{
        return index_entry(i, id) != NULL;
}

Index *index_free(Index *i)
{
        for (size_t n = 0; i && n < i->entries.n; n++)
                index_entry_done(&i->entries.list[n]);
        if (i)
                array_done(&i->entries);
        free(i);
        return NULL;
}

int index_new(Index **ret)
{
        *ret = calloc(1, sizeof **ret);
        return *ret ? 0 : -ENOMEM;
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
        return *a && strcmp(a, b) == 0;
}

static bool have_one_in_common(const Values *a, const Values *b,
                               bool (*same)(const char *a, const char *b))
{
        for (size_t i = 0; i < a->n; i++)
                for (size_t k = 0; k < b->n; k++)
                        if (same(a->list[i], b->list[k]))
                                return true;
        return false;
}

/* Of the card only FN counts: people saw it at the exchange. Of the entry any name counts, as the
 * user may have put it anywhere. */
static bool names_agree(const Known *card, const Known *entry)
{
        return normal_name_within(card->fn, entry->names) ||
               normal_name_within(entry->fn, card->fn) || strcmp(card->shown, entry->shown) == 0;
}

static bool names_same(const Known *a, const Known *b)
{
        return *a->fn ? strcmp(a->fn, b->fn) == 0 : strcmp(a->shown, b->shown) == 0;
}

static IndexMatch index_compare(const Known *card, const Known *entry)
{
        IndexMatch by = INDEX_NOBODY;

        if (same_text(card->uid, entry->uid))
                by = INDEX_UID;
        else if (have_one_in_common(&card->emails, &entry->emails, same_text))
                by = INDEX_EMAIL;
        else if (have_one_in_common(&card->phones, &entry->phones, normal_phone_same))
                by = INDEX_PHONE;
        if (names_agree(card, entry))
                return by == INDEX_NOBODY && names_same(card, entry) ? INDEX_NAME_ALONE : by;
        return by == INDEX_NOBODY ? by : INDEX_OTHER_NAME;
}

int index_find(const Index *i, IndexMatch *ret, const char **ret_id, const char **ret_name,
               const Card *c, IndexExcluded excluded, void *userdata)
{
        _cleanup_(known_done) Known card = {0};
        const Entry *best = NULL;
        IndexMatch how = INDEX_NOBODY;
        int r = known_read(&card, c);

        if (r < 0)
                return r;
        for (size_t n = 0; n < i->entries.n; n++) {
                const Entry *e = &i->entries.list[n];
                IndexMatch match = e->readable ? index_compare(&card, &e->known) : INDEX_NOBODY;

                if (match == INDEX_NOBODY || (how != INDEX_NOBODY && match >= how))
                        continue; /* IndexMatch goes from the strongest to the weakest */
                if (match != INDEX_NAME_ALONE && excluded(userdata, e->id))
                        match = INDEX_OTHER_NAME; /* it is taken, so somebody else's */
                if (how != INDEX_NOBODY && match >= how)
                        continue;
                best = e;
                how = match;
        }
        *ret = how;
        *ret_id = best ? best->id : NULL;
        *ret_name = best ? best->known.shown : NULL;
        return 0;
}
