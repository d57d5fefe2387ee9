/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "regroup.h"

#include <assert.h>
#include <string.h>

typedef struct Regrouping {
        Store *store;
        const GroupRow *closing;
        uint32_t max_members;
        uint64_t window_ms;
        RegroupFunc changed;
        void *userdata;
} Regrouping;

static int regroup_save(const Regrouping *x, GroupRow *g)
{
        int r;

        g->revision++;
        r = must(g->n_members > 0 ? store_group_update(x->store, g)
                                  : store_group_delete(x->store, g->id));
        return r == 0 && x->changed ? x->changed(g, x->userdata) : r;
}

static int regroup_add_group(const Regrouping *x, const MemberRow *opener, GroupRow *ret)
{
        const GroupRow *like = x->closing;
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = opener->press_ms,
                .deadline_ms =
                        opener->press_ms + MAX(x->window_ms, like->deadline_ms - like->opened_ms),
                .expires_ms = like->expires_ms,
                .revision = like->revision,
                .opener = opener->member_id,
                .look_ms = like->look_ms,
        };
        int r;

        memcpy(g.route, opener->route, sizeof g.route);
        r = must(store_group_add(x->store, &g));
        if (r == 0)
                *ret = g;
        return r;
}

typedef struct Heir {
        MemberRow earliest;
        bool found, opener_stays;
        const Id *opener;
} Heir;

static int regroup_find_heir(const MemberRow *m, void *userdata)
{
        Heir *h = userdata;

        h->opener_stays |= id_compare(&m->member_id, h->opener) == 0;
        if (!h->found || m->press_ms < h->earliest.press_ms)
                h->earliest = *m;
        h->found = true;
        return 0;
}

/* Takes one member out of the count of its old group. If the opener left, the earliest press of the
 * rest becomes opener. */
static int regroup_leave(const Regrouping *x, int64_t group, uint64_t *ret_revision)
{
        Store *s = x->store;
        uint64_t window;
        GroupRow g;
        Heir h = {.opener = &g.opener};
        int r;

        r = must(store_group_get(s, group, &g));
        if (r == 0)
                r = must(store_members_of_group(s, group, regroup_find_heir, &h));
        if (r < 0)
                return r;
        g.n_members -= MIN(1U, g.n_members);
        if (!h.found)
                g.n_members = 0;
        else if (!h.opener_stays) {
                window = g.deadline_ms - g.opened_ms;
                g.opener = h.earliest.member_id;
                g.opened_ms = h.earliest.press_ms;
                g.deadline_ms = g.opened_ms + window;
        }
        *ret_revision = g.revision;
        return regroup_save(x, &g);
}

static int regroup_move(const Regrouping *x, MemberRow *m, GroupRow *to)
{
        int64_t from = m->group;
        uint64_t revision;
        int r;

        assert(from != to->id);
        m->group = to->id;
        r = must(store_member_update(x->store, m));
        if (r == 0)
                r = regroup_leave(x, from, &revision);
        if (r < 0)
                return r;
        to->n_members++;
        /* watchers that move here have seen this revision: the new one must be higher */
        to->revision = MAX(to->revision, revision);
        return 0;
}

/* Moves the members of a cluster into *g until it is full. *g is then the last group that took
 * any. */
static int regroup_gather(const Regrouping *x, MemberRow *members, size_t n, bool closes,
                          GroupRow *g, bool *ret_changed)
{
        bool changed = false;
        int r = 0;

        for (size_t i = 0; r == 0 && i < n; i++) {
                if (members[i].group == g->id)
                        continue;
                if (g->n_members >= x->max_members) {
                        if (closes)
                                break;
                        r = changed ? regroup_save(x, g) : 0;
                        if (r == 0)
                                r = regroup_add_group(x, &members[i], g);
                        if (r < 0)
                                return r;
                }
                r = regroup_move(x, &members[i], g);
                changed = true;
        }
        if (r == 0)
                *ret_changed = changed;
        return r;
}

static int regroup_settle(const Regrouping *x, MatchPlan *plan, const MatchCluster *c)
{
        MemberRow *members = plan->members + c->first;
        const MemberRow *opener = members;
        bool changed = false;
        GroupRow g;
        int r;

        for (size_t i = 0; i < c->n; i++)
                if (members[i].id == c->opener)
                        opener = &members[i];
        if (c->group)
                r = must(store_group_get(x->store, c->group, &g));
        else
                r = regroup_add_group(x, opener, &g);
        if (r == 0)
                r = regroup_gather(x, members, c->n, c->group == x->closing->id, &g, &changed);
        if (r < 0 || !changed)
                return r;
        if (c->refused) {
                g.phase = GROUP_ALONE;
                g.deadline_ms = 0;
                r = must(store_evidence_drop(x->store, g.id));
        }
        return r == 0 ? regroup_save(x, &g) : r;
}

/* The group that opened earlier takes the other in, with its opener. */
static int regroup_merge(const Regrouping *x, GroupRow *a, GroupRow *b)
{
        bool first = a->opened_ms < b->opened_ms || (a->opened_ms == b->opened_ms && a->id < b->id);
        GroupRow *into = first ? a : b, *from = first ? b : a;
        int r = must(store_group_absorb(x->store, into->id, from->id));

        if (r < 0)
                return r;
        into->n_members += from->n_members;
        into->revision = MAX(into->revision, from->revision);
        if (into->look_ms == 0)
                into->look_ms = from->look_ms;
        from->n_members = 0;
        r = x->changed ? x->changed(from, x->userdata) : 0;
        return r < 0 ? r : regroup_save(x, into);
}

int regroup_linked(const MatchingSettings *m, Store *s, int64_t member, uint32_t max_members,
                   uint64_t window_ms, RegroupFunc changed, void *userdata)
{
        Regrouping x = {s, NULL, max_members, window_ms, changed, userdata};
        GroupRow own, other;
        MemberRow row;
        int r;

        for (;;) {
                r = must(store_member_by_row(s, member, &row));
                if (r == 0)
                        r = must(store_group_get(s, row.group, &own));
                if (r == 0)
                        r = matcher_linked(m, s, &row, window_ms, &other);
                if (r < 0 || other.id == 0 || own.n_members + other.n_members > max_members)
                        return r;
                r = regroup_merge(&x, &own, &other);
                if (r < 0)
                        return r;
        }
}

int regroup_admitted(Store *s, GroupRow *a, GroupRow *b, uint32_t max_members, RegroupFunc changed,
                     void *userdata)
{
        Regrouping x = {s, NULL, max_members, 0, changed, userdata};
        MemberRow ours, theirs;
        int r;

        if (a->n_members + b->n_members > max_members)
                return 0;
        r = must(store_member_get(s, &a->opener, &ours));
        if (r == 0)
                r = must(store_member_get(s, &b->opener, &theirs));
        if (r == 0)
                r = must(store_tie_add(s, ours.id, theirs.id));
        return r < 0 ? r : regroup_merge(&x, a, b);
}

int regroup(const MatchingSettings *m, Store *s, GroupRow *g, uint32_t max_members,
            uint64_t window_ms, uint64_t now_ms, RegroupFunc changed, void *userdata)
{
        _cleanup_(match_plan_freep) MatchPlan *plan = NULL;
        GroupRow closing = *g;
        Regrouping x = {s, &closing, max_members, window_ms, changed, userdata};
        int r;

        assert(g->phase == GROUP_GATHERING);
        r = matcher_final(m, s, g, window_ms, now_ms, &plan);
        for (size_t i = 0; r == 0 && i < plan->n_clusters; i++)
                r = regroup_settle(&x, plan, &plan->clusters[i]);
        if (r == 0)
                r = store_group_get(s, closing.id, g);
        if (r == STORE_E_NOT_FOUND) {
                g->n_members = 0;
                return 0;
        }
        return must(r);
}
