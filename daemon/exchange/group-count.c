/* SPDX-License-Identifier: GPL-2.0-or-later */
/* group-count.c - sponsor order, presence, and what is still missing */
#include "group.h"

#include <string.h>

static bool group_is_final(const Group *g, const GroupMember *m)
{
        return m->opened > 0 && m->opened <= g->n_final;
}

bool group_is_present(const Group *g, const GroupMember *m)
{
        return !group_is_self(g, m) && !m->left && !m->refused;
}

/* Guests last of those that count: a browser may sleep at any time. */
static int group_sponsor_class(const Group *g, const GroupMember *m)
{
        if (!group_is_final(g, m))
                return 3;
        if (m->mark == MARK_GUEST)
                return 2;
        return id_compare(&m->id, &g->roster->opener) == 0 ? 0 : 1;
}

size_t group_rank(const Group *g, bool among_holders)
{
        int own_class = group_sponsor_class(g, &g->members[g->self]);
        size_t rank = 0;

        for (size_t i = 0; i < g->n; i++) {
                const GroupMember *m = &g->members[i];
                int class = group_sponsor_class(g, m);

                if (group_is_self(g, m) || !m->opened || m->left || m->refused || m->unproven ||
                    (among_holders && !m->shares))
                        continue;
                /* members are sorted by id */
                if (class < own_class || (class == own_class && i < g->self))
                        rank++;
        }
        return rank;
}

static bool group_has_wanted(const GroupMember *m, GroupWant want)
{
        switch (want) {
        case GROUP_PARTS:
                return m->carded || !m->opened ||
                       ((m->name_text || group_part_whole(m, 0)) && group_part_whole(m, 1));
        case GROUP_NAMES:
                return m->carded || m->name_text;
        case GROUP_CARDS:
                return m->carded;
        }
        return false;
}

static bool group_awaits(const Group *g, const GroupMember *m)
{
        return group_is_final(g, m) && (m->shares || !g->words || !g->proof_over);
}

size_t group_missing(const Group *g, GroupWant want, bool final_only)
{
        size_t missing = 0;

        for (size_t i = 0; i < g->n; i++) {
                const GroupMember *m = &g->members[i];

                if (group_is_self(g, m) || m->left || m->refused || m->unproven ||
                    (final_only && !group_awaits(g, m)))
                        continue;
                missing += !group_has_wanted(m, want);
        }
        return missing;
}

size_t group_names(const Group *g)
{
        size_t n = 0;

        for (size_t i = 0; i < g->n; i++)
                n += !group_is_self(g, &g->members[i]) &&
                     group_has_wanted(&g->members[i], GROUP_NAMES);
        return n;
}

size_t group_cards(const Group *g)
{
        size_t n = 0;

        for (size_t i = 0; i < g->n; i++)
                n += g->members[i].carded;
        return n;
}

bool group_has_others(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (group_is_present(g, &g->members[i]) && !g->members[i].unproven)
                        return true;
        return false;
}

bool group_has_holders(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (group_is_present(g, &g->members[i]) && g->members[i].shows &&
                    !g->members[i].unproven)
                        return true;
        return false;
}

bool group_has_sharers(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (group_is_present(g, &g->members[i]) && g->members[i].shares)
                        return true;
        return false;
}

bool group_has_unproven(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (g->members[i].unproven && !group_is_apart(g, &g->members[i]))
                        return true;
        return false;
}

bool group_has_apart(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (group_is_apart(g, &g->members[i]))
                        return true;
        return false;
}

bool group_has_refused(const Group *g)
{
        for (size_t i = 0; i < g->n; i++)
                if (g->members[i].refused)
                        return true;
        return false;
}

bool group_has_disputes(const Group *g)
{
        for (size_t i = 0; i < g->n; i++) {
                const GroupMember *m = &g->members[i];

                if (m->disputes && (m->shares || !g->words))
                        return true;
        }
        return false;
}
