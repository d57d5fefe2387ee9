/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "chooser.h"
#include "names.h"

#include <string.h>

static const char *const apart_words[] = {
        [VERDICT_SEVERAL] = "several",       [VERDICT_TAKEN] = "taken",
        [VERDICT_CLAIMS] = "claims",         [VERDICT_NAME] = "name",
        [VERDICT_UNREADABLE] = "unreadable",
};

/* Plans a new entry with an unused id. apart: NULL, or the entry that it is kept apart from. */
static int chooser_plan_new(const Chooser *ch, const Card *c, const char *word,
                            const IndexFound *apart)
{
        _cleanup_free_ char *id = NULL;
        char person[PERSON_HEX + 1];
        unsigned nth = 0;
        Plan plan = {.created = true, .apart = word};

        if (apart) {
                plan.apart_from = apart->name;
                plan.apart_id = apart->id;
                plan.evidence = apart->evidence;
        }
        do {
                free(id);
                person_name(person, card_uid(c), card_name(c), nth++);
                id = ch->sink->ops->name(ch->sink, person);
                if (!id)
                        return -ENOMEM;
        } while (ch->index && index_has(ch->index, id));
        plan.target = id;
        return journal_plan(ch->journal, ch->step, &plan);
}

static int chooser_plan_merge(const Chooser *ch, const char *id, unsigned evidence)
{
        Plan plan = {.target = id, .evidence = evidence};

        return journal_plan(ch->journal, ch->step, &plan);
}

/* The card that is compared with others in an entry. */
typedef struct Compared {
        const Card *card;
        bool other; /* one of them is somebody else's */
} Compared;

static int chooser_on_other(void *userdata, const char *uid, const char *name)
{
        Compared *compared = userdata;
        NameLikeness like;
        int r = name_compare(&like, card_name(compared->card), name, name);

        if (r == 0 && like == NAME_OTHER && strcmp(uid, card_uid(compared->card)) != 0)
                compared->other = true;
        return r;
}

typedef struct Choosing {
        const Chooser *chooser;
        const Card *card;
} Choosing;

/* A person has one card in an exchange, so its other cards are other people's. Of earlier exchanges
 * those are whose names do not agree. */
static int chooser_is_taken(void *userdata, const char *id, bool *ret)
{
        const Choosing *choosing = userdata;
        const Chooser *ch = choosing->chooser;
        Compared compared = {.card = choosing->card};
        int r = journal_is_of_other(ch->journal, ch->name, ch->step, id, &compared.other);

        if (r == 0 && !compared.other)
                r = journal_each_other(ch->journal, ch->name, ch->step, id, chooser_on_other,
                                       &compared);
        *ret = compared.other;
        return r;
}

/* The entry that this person's earlier cards went to, also if the journal of that was lost. */
static int chooser_known_entry(const Chooser *ch, char **ret)
{
        _cleanup_free_ char *id = NULL;
        bool other = true;
        int r = journal_entry_of(ch->journal, ch->name, ch->step->person, &id);

        if (r < 0)
                return r;
        if (!id) {
                id = ch->sink->ops->name(ch->sink, ch->step->person);
                if (!id)
                        return -ENOMEM;
        }
        if (!index_has(ch->index, id))
                return 0;
        r = journal_is_of_other(ch->journal, ch->name, ch->step, id, &other);
        if (r == 0 && !other)
                *ret = TAKE_PTR(id);
        return r;
}

/* By what is in the book. */
static int chooser_plan_found(const Chooser *ch, const Card *c)
{
        Choosing choosing = {ch, c};
        IndexFound found;
        int r = index_find(ch->index, &found, c, chooser_is_taken, &choosing);

        if (r < 0)
                return r;
        if (found.verdict == VERDICT_SAME)
                return chooser_plan_merge(ch, found.id, found.evidence);
        return chooser_plan_new(ch, c, apart_words[found.verdict], &found);
}

/* A wish for an entry that is gone is void. One for an own entry is for the one that this person's
 * other cards have by now. */
int chooser_plan(const Chooser *ch, const Card *c)
{
        _cleanup_free_ char *known = NULL;
        const char *wish = ch->step->wish;
        int r;

        if (ch->sink->ops->write_only)
                return chooser_plan_new(ch, c, NULL, NULL);
        if (wish && *wish && index_has(ch->index, wish))
                return chooser_plan_merge(ch, wish, EVIDENCE_USER);
        r = chooser_known_entry(ch, &known);
        if (r < 0)
                return r;
        if (known)
                return chooser_plan_merge(ch, known, EVIDENCE_HISTORY);
        return wish && !*wish ? chooser_plan_new(ch, c, NULL, NULL) : chooser_plan_found(ch, c);
}

int chooser_plan_beside(const Chooser *ch, const Card *c)
{
        const IndexFound there = {.id = ch->step->target,
                                  .name = index_name(ch->index, ch->step->target)};

        return chooser_plan_new(ch, c, "format", &there);
}
