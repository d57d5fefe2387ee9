/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"
#include "bound.h"
#include "names.h"

#include <stdio.h>
#include <string.h>

typedef struct Entry {
        char *id;
        char *unread; /* the text of an entry that cannot be read, else NULL */
        bool group;   /* a list of people: nobody */
        Known known;
} Entry;

struct Index {
        ARRAY(Entry) entries;
};

static Entry *index_entry(const Index *i, const char *id)
{
        for (size_t n = 0; n < i->entries.n; n++)
                if (strcmp(i->entries.list[n].id, id) == 0)
                        return &i->entries.list[n];
        return NULL;
}

static void entry_done(Entry *e)
{
        free(e->id);
        free(e->unread);
        known_done(&e->known);
}

static int entry_read(Entry *e, const char *id, const char *text)
{
        _cleanup_(card_freep) Card *c = NULL;
        CardReading how = {.max = BOUND_READ_MAX, .forgiving = true};
        int r;

        e->id = strdup(id);
        if (!e->id)
                return -ENOMEM;
        r = card_parse_as(&c, text, strlen(text), &how, NULL, NULL);
        if (r < 0)
                return r;
        e->group = r == 0 && card_is_group(c);
        if (r == 0)
                return known_read(&e->known, c);
        e->unread = strdup(text);
        return e->unread ? 0 : -ENOMEM;
}

int index_add(Index *i, const char *id, const char *text)
{
        Entry entry = {0};
        int r = entry_read(&entry, id, text);

        if (r == 0)
                r = array_add(&i->entries, entry);
        if (r < 0)
                entry_done(&entry);
        return r;
}

void index_remove(Index *i, const char *id)
{
        Entry *e = index_entry(i, id);

        if (!e)
                return;
        entry_done(e);
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

const char *index_name(const Index *i, const char *id)
{
        const Entry *e = index_entry(i, id);

        return e && !e->unread ? e->known.shown : NULL;
}

Index *index_free(Index *i)
{
        for (size_t n = 0; i && n < i->entries.n; n++)
                entry_done(&i->entries.list[n]);
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

/* ---- finding -------------------------------------------------------------------------------- */

/* Nobody knows whose entry that is, so its bytes are searched for the card's name and addresses. */
static bool entry_mentions(const char *text, const Known *card)
{
        if (strcasestr(text, card->shown))
                return true;
        for (size_t i = 0; i < card->emails.n; i++)
                if (*card->emails.list[i] && strcasestr(text, card->emails.list[i]))
                        return true;
        return false;
}

static int index_judge(IndexFound *ret, const Entry *e, const Known *card, IndexTaken taken,
                       void *userdata)
{
        IndexFound found = {.id = e->id, .name = e->unread ? e->id : e->known.shown};
        bool is_taken = false;
        int r = 0;

        if (e->group)
                found.verdict = VERDICT_NOBODY;
        else if (e->unread)
                found.verdict =
                        entry_mentions(e->unread, card) ? VERDICT_UNREADABLE : VERDICT_NOBODY;
        else {
                r = identity_compare(&found.evidence, card, &e->known);
                found.verdict = identity_judge(found.evidence);
        }
        if (r == 0 && found.verdict == VERDICT_SAME)
                r = taken(userdata, e->id, &is_taken);
        if (is_taken) {
                found.evidence |= EVIDENCE_TAKEN;
                found.verdict = identity_judge(found.evidence);
        }
        *ret = found;
        return r;
}

/* Takes one more candidate into account. Of two that both fit, the one with more evidence of every
 * kind is it; else nobody knows. */
static void index_weigh(IndexFound *best, const IndexFound *found)
{
        bool both = best->verdict == VERDICT_SAME || best->verdict == VERDICT_SEVERAL;

        if (found->verdict == VERDICT_NOBODY)
                return;
        if (found->verdict == VERDICT_SAME && both) {
                if (evidence_is_better(found->evidence, best->evidence))
                        *best = *found;
                else if (!evidence_is_better(best->evidence, found->evidence)) {
                        best->verdict = VERDICT_SEVERAL;
                        best->evidence |= found->evidence;
                }
        } else if (best->verdict == VERDICT_NOBODY || found->verdict < best->verdict)
                *best = *found; /* Verdict goes from the strongest to the weakest */
}

int index_find(const Index *i, IndexFound *ret, const Card *c, IndexTaken taken, void *userdata)
{
        _cleanup_(known_done) Known card = {0};
        IndexFound best = {0}, found;
        int r = known_read(&card, c);

        for (size_t n = 0; n < i->entries.n && r == 0; n++) {
                r = index_judge(&found, &i->entries.list[n], &card, taken, userdata);
                if (r == 0)
                        index_weigh(&best, &found);
        }
        if (best.verdict == VERDICT_NOBODY)
                best = (IndexFound){0};
        if (r == 0)
                *ret = best;
        return r;
}
