/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "looking.h"

enum {
        LOOKED_AT_MAX = 64,   /* members whose radios count, of a large group */
        SILENT_ALONE_MAX = 4, /* where nobody hears anybody */
};

/* Members that hear somebody of their code, and those that do not. */
typedef struct Radios {
        Store *store;
        size_t looked, hearing, silent;
} Radios;

static int looking_count_radio(const MemberRow *m, void *userdata)
{
        Radios *n = userdata;
        int r = store_member_has_radio(n->store, m);

        n->hearing += r == 0;
        n->silent += r == STORE_E_NOT_FOUND;
        return r < 0 ? r : ++n->looked == LOOKED_AT_MAX;
}

static int looking_count_radios(Store *s, const GroupRow *g, Radios *ret)
{
        *ret = (Radios){.store = s};
        return MIN(store_members_of_group(s, g->id, looking_count_radio, ret), 0);
}

/* The group that the two become, or NULL: they stay apart. A group that hears each other keeps its
 * opener, so that nobody from afar closes its window. As many strangers as may be in one group: for
 * each the proof costs the others a run. */
static GroupRow *looking_host(GroupRow *g, const Radios *ours, GroupRow *other,
                              const Radios *theirs)
{
        bool core = ours->hearing >= 2 || theirs->hearing >= 2;
        size_t hearing = ours->hearing + theirs->hearing, silent = ours->silent + theirs->silent;
        size_t most = core ? MAX(hearing / 2, (size_t)1) : SILENT_ALONE_MAX;

        if (ours->looked == LOOKED_AT_MAX || theirs->looked == LOOKED_AT_MAX || silent > most)
                return NULL;
        if (!core)
                return g->opened_ms <= other->opened_ms ? g : other;
        return ours->hearing >= theirs->hearing ? g : other;
}

/* *g is the group that has its members afterwards. */
static int looking_one(Store *s, GroupRow *g, GroupRow *other, bool closes, uint32_t max_members,
                       RegroupFunc changed, void *userdata)
{
        Radios ours, theirs;
        GroupRow *host;
        int r;

        if (other->party || (g->n_members != 1 && other->n_members != 1))
                return 0;
        r = looking_count_radios(s, g, &ours);
        if (r == 0)
                r = looking_count_radios(s, other, &theirs);
        if (r < 0 || (closes && ours.hearing < 2))
                return r;
        host = looking_host(g, &ours, other, &theirs);
        if (!host || (closes && host != g))
                return 0;
        return regroup_taken_in(s, host, host == g ? other : g, max_members, g, changed, userdata);
}

uint64_t looking_first(const MemberRow *opener, uint64_t now_ms)
{
        return MAX(now_ms, opener->press_ms + MATCHER_LISTENED_MS);
}

int looking_take_silent(const MatchingSettings *m, Store *s, GroupRow *g, uint64_t window_ms,
                        uint64_t now_ms, bool closes, RegroupFunc changed, void *userdata)
{
        MatchOthers found = {.n = 0};
        int r = 0;

        if (!g->party)
                r = matcher_others(m, s, g, window_ms, now_ms, closes, &found);
        for (size_t i = 0; r == 0 && i < found.n; i++)
                r = looking_one(s, g, &found.list[i], closes, m->max_members, changed, userdata);
        return r;
}
