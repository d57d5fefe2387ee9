/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "regroup.h"

#include "candidates.h"
#include "mixing.h"

#include <assert.h>
#include <string.h>

struct Regrouping {
        Store *store;
        GroupRow closing;
        uint32_t max_members;
        uint64_t window_ms;
        RegroupFunc changed;
        void *userdata;
        MatchJob *job;
        MatchPlan *plan;
        size_t cluster, member; /* of the plan: what is next, the member from 1 */
        int64_t to;             /* where this cluster goes; 0: not begun */
        bool moved;             /* somebody did */
        uint64_t looks;
};

/* Groups that one piece of news puts together; further ones are put together when they close, or by
 * the next news. Each is a search of its own. */
enum {
        MERGES_MAX = 8,
        MERGES_STEPS = 30000, /* of the store, after which no other begins */
};

enum { REFUSED_MAX = 64 }; /* members of a refused cluster whose evidence goes at once */

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
        const GroupRow *like = &x->closing;
        GroupRow g = {
                .phase = GROUP_GATHERING,
                .opened_ms = opener->press_ms,
                .deadline_ms = opener->press_ms + MAX(x->window_ms, group_window_ms(like)),
                .expires_ms = like->expires_ms,
                .revision = like->revision,
                .opener = opener->member_id,
                .party = like->party,
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
        MemberRow earliest; /* of the terminals, where there is one */
        bool found;
} Heir;

static bool regroup_is_heir(const MemberRow *m, const MemberRow *before)
{
        bool guest = m->mark == MARK_GUEST, other = before->mark == MARK_GUEST;

        return guest != other ? other : m->press_ms < before->press_ms;
}

static int regroup_find_heir(const MemberRow *m, void *userdata)
{
        Heir *h = userdata;

        if (!h->found || regroup_is_heir(m, &h->earliest))
                h->earliest = *m;
        h->found = true;
        return 0;
}

/* The opener left: the earliest press of the rest becomes opener. */
static int regroup_inherit(const Regrouping *x, GroupRow *g)
{
        uint64_t window = group_window_ms(g);
        Heir h = {.found = false};
        int r = must(store_members_of_group(x->store, g->id, regroup_find_heir, &h));

        if (r < 0)
                return r;
        if (!h.found) {
                g->n_members = 0;
                return 0;
        }
        g->opener = h.earliest.member_id;
        g->opened_ms = h.earliest.press_ms;
        if (g->window_end_ms > 0) /* what it waits for goes on as it was */
                g->window_end_ms = g->opened_ms + window;
        else
                g->deadline_ms = g->opened_ms + window;
        return 0;
}

/* Takes one member out of its old group. */
static int regroup_leave(const Regrouping *x, const MemberRow *m, GroupRow *g)
{
        int r = 0;

        g->n_members -= MIN(1U, g->n_members);
        if (g->n_members == 0 || id_compare(&g->opener, &m->member_id) == 0)
                r = regroup_inherit(x, g);
        return r < 0 ? r : regroup_save(x, g);
}

static int regroup_move(Regrouping *x, MemberRow m, GroupRow *from, GroupRow *to)
{
        int r;

        assert(from->id != to->id);
        /* watchers that move here have seen this revision: the new one must be higher */
        to->revision = MAX(to->revision, from->revision);
        to->n_members++;
        m.group = to->id;
        r = must(store_member_update(x->store, &m));
        if (r == 0)
                r = must(store_group_update(x->store, to));
        if (r == 0)
                r = regroup_leave(x, &m, from);
        x->moved = r == 0;
        return r;
}

/* The group that a cluster goes to has all it can have, or is gone. */
static int regroup_end_group(Regrouping *x, const MatchCluster *c)
{
        GroupRow g;
        int r = store_group_get(x->store, x->to, &g);

        x->to = 0;
        if (r != 0 || !x->moved)
                return MIN(r, 0);
        x->moved = false;
        if (c->refused) {
                g.phase = GROUP_ALONE;
                g.passed = PASSED_UNHEARD;
                g.deadline_ms = 0;
                r = store_evidence_drop(x->store, g.id, 0, REFUSED_MAX);
        }
        return r < 0 ? r : regroup_save(x, &g);
}

/* Where the next member of the cluster goes. NOT_FOUND: it stays where it is. */
static int regroup_find_place(Regrouping *x, const MatchCluster *c, const MemberRow *m,
                              GroupRow *ret)
{
        bool closes = c->group == x->closing.id;
        int r = STORE_E_NOT_FOUND;

        if (x->to == 0)
                x->to = c->group;
        if (x->to != 0)
                r = store_group_get(x->store, x->to, ret);
        if (r == 0 && ret->phase != GROUP_GATHERING)
                r = STORE_E_NOT_FOUND;
        if (r == 0 && ret->n_members < x->max_members)
                return 0;
        if (r < 0 || closes)
                return r < 0 ? r : STORE_E_NOT_FOUND;
        r = x->to != 0 ? regroup_end_group(x, c) : 0;
        if (r == 0)
                r = regroup_add_group(x, m, ret);
        if (r == 0)
                x->to = ret->id;
        return r;
}

/* Read anew: while the plan was made, a member may have left, or its group may have closed. */
static int regroup_step_member(Regrouping *x, const MatchCluster *c, const MemberRow *planned)
{
        GroupRow from, to;
        MemberRow m;
        int r = store_member_by_row(x->store, planned->id, &m);

        if (r != 0 || m.group == (x->to ? x->to : c->group))
                return MIN(r, 0);
        r = must(store_group_get(x->store, m.group, &from));
        if (r < 0 || from.phase != GROUP_GATHERING)
                return r;
        r = regroup_find_place(x, c, &m, &to);
        return r != 0 ? MIN(r, 0) : regroup_move(x, m, &from, &to);
}

static const MemberRow *regroup_opener(const Regrouping *x, const MatchCluster *c)
{
        const MemberRow *members = x->plan->members + c->first;

        for (size_t i = 0; i < c->n; i++)
                if (members[i].id == c->opener)
                        return &members[i];
        return members;
}

/* The first step moves the opener where the group is new. */
static int regroup_step_cluster(Regrouping *x)
{
        const MatchCluster *c = &x->plan->clusters[x->cluster];
        size_t step = x->member++;
        int r;

        if (step == 0)
                return c->group == 0 ? regroup_step_member(x, c, regroup_opener(x, c)) : 0;
        if (step <= c->n)
                return regroup_step_member(x, c, &x->plan->members[c->first + step - 1]);
        r = x->to != 0 ? regroup_end_group(x, c) : 0;
        x->cluster++;
        x->member = 0;
        return r;
}

/* Guests alone are nobody's hosts. */
static bool regroup_is_first(const GroupRow *a, const GroupRow *b)
{
        if (mixing_guests_alone(a) != mixing_guests_alone(b))
                return mixing_guests_alone(b);
        return a->opened_ms < b->opened_ms || (a->opened_ms == b->opened_ms && a->id < b->id);
}

/* The group that takes the other in: the one that opened earlier. */
static const GroupRow *regroup_first(const GroupRow *a, const GroupRow *b)
{
        return regroup_is_first(a, b) ? a : b;
}

/* One of the two, host, takes the other in, with its opener. The fewer members change their row,
 * for a group may have a thousand. */
static int regroup_merge(const Regrouping *x, GroupRow *a, GroupRow *b, const GroupRow *host)
{
        GroupRow *into = a->n_members >= b->n_members ? a : b, *from = into == a ? b : a;
        GroupRow merged = *host;
        int r = must(store_group_absorb(x->store, into->id, from->id));

        if (r < 0)
                return r;
        merged.id = into->id;
        merged.party = a->party || b->party;
        merged.passed = MIN(a->passed, b->passed);
        merged.n_members = a->n_members + b->n_members;
        merged.n_guests = a->n_guests + b->n_guests;
        merged.n_refusing = a->n_refusing + b->n_refusing;
        merged.revision = MAX(a->revision, b->revision);
        if (merged.look_ms == 0)
                merged.look_ms = MAX(a->look_ms, b->look_ms);
        from->n_members = 0;
        r = x->changed ? x->changed(from, x->userdata) : 0;
        if (r == 0)
                r = regroup_save(x, &merged);
        *into = merged;
        return r;
}

/* A group that is due takes nobody any more, and goes nowhere. */
static bool regroup_gathers(const GroupRow *g, uint64_t now_ms)
{
        return g->phase == GROUP_GATHERING && g->deadline_ms > now_ms;
}

int regroup_linked(const MatchingSettings *m, Store *s, int64_t member, uint32_t max_members,
                   uint64_t window_ms, uint64_t now_ms, RegroupFunc changed, void *userdata)
{
        Regrouping x = {.store = s, .changed = changed, .userdata = userdata};
        uint64_t begun_with = store_steps(s);
        unsigned merges = 0;
        GroupRow own, other;
        MemberRow row;
        int r;

        for (; merges < MERGES_MAX && store_steps(s) - begun_with < MERGES_STEPS; merges++) {
                r = must(store_member_by_row(s, member, &row));
                if (r == 0)
                        r = must(store_group_get(s, row.group, &own));
                if (r < 0 || !regroup_gathers(&own, now_ms) || own.n_members >= max_members)
                        return r;
                r = matcher_linked(m, s, &row, window_ms, now_ms, &other);
                if (r < 0 || other.id == 0 || own.n_members + other.n_members > max_members)
                        return r;
                r = regroup_merge(&x, &own, &other, regroup_first(&own, &other));
                if (r < 0)
                        return r;
        }
        return 0;
}

/* What is tied stays together when the group closes. */
static int regroup_tie(Regrouping *x, GroupRow *a, GroupRow *b, const GroupRow *host)
{
        Store *s = x->store;
        MemberRow ours, theirs;
        int r;

        r = must(store_member_get(s, &a->opener, &ours));
        if (r == 0)
                r = must(store_member_get(s, &b->opener, &theirs));
        if (r == 0)
                r = must(store_tie_add(s, ours.id, theirs.id));
        return r < 0 ? r : regroup_merge(x, a, b, host);
}

/* People who have said that all are there, and then yes to others, need not say it again. */
static void regroup_keep_closing(GroupRow *host, const GroupRow *other)
{
        if (host->window_end_ms > 0 || other->window_end_ms == 0)
                return;
        host->window_end_ms = host->deadline_ms;
        host->deadline_ms = other->deadline_ms;
}

int regroup_admitted(Store *s, GroupRow *a, GroupRow *b, uint32_t max_members, RegroupFunc changed,
                     void *userdata)
{
        Regrouping x = {.store = s, .changed = changed, .userdata = userdata};
        GroupRow *host;

        if (a->n_members + b->n_members > max_members)
                return 0;
        host = regroup_is_first(a, b) ? a : b;
        regroup_keep_closing(host, host == a ? b : a);
        return regroup_tie(&x, a, b, host);
}

int regroup_taken_in(Store *s, GroupRow *host, GroupRow *guest, uint32_t max_members, GroupRow *ret,
                     RegroupFunc changed, void *userdata)
{
        Regrouping x = {.store = s, .changed = changed, .userdata = userdata};
        int r;

        if (host->n_members + guest->n_members > max_members)
                return 0;
        r = regroup_tie(&x, host, guest, host);
        if (r == 0)
                *ret = host->n_members > 0 ? *host : *guest;
        return r;
}

int regroup_cut_off(Store *s, GroupRow *g, const MemberRow *m, uint64_t window_ms,
                    RegroupFunc changed, void *userdata)
{
        Regrouping x = {.store = s,
                        .closing = *g,
                        .window_ms = window_ms,
                        .changed = changed,
                        .userdata = userdata};
        GroupRow own;
        int r = regroup_add_group(&x, m, &own);

        if (r == 0)
                r = regroup_move(&x, *m, g, &own);
        return r < 0 ? r : regroup_save(&x, &own);
}

/* ---- a plan in the store ---- */

/* A kept plan: the head, the clusters, then the row of each member. Nodes of
 * one database, which may differ in their version, read what others have kept. */
typedef struct KeptHead {
        uint64_t n_clusters, n_members, cluster, member;
        int64_t to, moved;
} KeptHead;

int regrouping_keep(const Regrouping *x)
{
        _cleanup_free_ uint8_t *bytes = NULL;
        const MatchPlan *p = x->plan;
        size_t n_clusters, len;
        KeptHead head;
        int64_t *rows;

        if (!p)
                return 0;
        head = (KeptHead){p->n_clusters, p->n_members, x->cluster, x->member, x->to, x->moved};
        n_clusters = p->n_clusters * sizeof *p->clusters;
        len = sizeof head + n_clusters + p->n_members * sizeof *rows;
        bytes = malloc(len);
        if (!bytes)
                return -ENOMEM;
        memcpy(bytes, &head, sizeof head);
        memcpy(bytes + sizeof head, p->clusters, n_clusters);
        for (size_t i = 0; i < p->n_members; i++)
                memcpy(bytes + sizeof head + n_clusters + i * sizeof *rows, &p->members[i].id,
                       sizeof *rows);
        return store_plan_put(x->store, x->closing.id, bytes, len);
}

static int regroup_read_plan(const KeptHead *head, const uint8_t *bytes, MatchPlan **ret)
{
        _cleanup_(match_plan_freep) MatchPlan *p = calloc(1, sizeof *p);
        size_t n_clusters = head->n_clusters * sizeof *p->clusters;

        if (!p)
                return -ENOMEM;
        p->n_clusters = head->n_clusters;
        p->n_members = head->n_members;
        p->clusters = calloc(p->n_clusters + 1, sizeof *p->clusters);
        p->members = calloc(p->n_members + 1, sizeof *p->members);
        if (!p->clusters || !p->members)
                return -ENOMEM;
        memcpy(p->clusters, bytes, n_clusters);
        for (size_t i = 0; i < p->n_members; i++)
                memcpy(&p->members[i].id, bytes + n_clusters + i * sizeof p->members[i].id,
                       sizeof p->members[i].id);
        *ret = TAKE_PTR(p);
        return 0;
}

/* NOT_FOUND: none was kept. */
static int regroup_resume(Regrouping *x)
{
        _cleanup_free_ uint8_t *bytes = NULL;
        KeptHead head;
        size_t len;
        int r = store_plan_get(x->store, x->closing.id, &bytes, &len);

        if (r != 0)
                return r;
        if (len < sizeof head)
                return -EBADMSG;
        memcpy(&head, bytes, sizeof head);
        if (head.n_clusters > CANDIDATES_MAX + 1 || head.n_members > CANDIDATES_MAX ||
            len != sizeof head + head.n_clusters * sizeof *x->plan->clusters +
                            head.n_members * sizeof head.to)
                return -EBADMSG;
        x->cluster = head.cluster;
        x->member = head.member;
        x->to = head.to;
        x->moved = head.moved != 0;
        return regroup_read_plan(&head, bytes + sizeof head, &x->plan);
}

/* ---- before a close ---- */

int regrouping_step(Regrouping *x)
{
        int r;

        if (x->job) {
                r = match_job_step(x->job);
                if (r != 0)
                        return r;
                x->plan = match_job_take_plan(x->job);
                x->looks += match_job_looks(x->job);
                x->job = match_job_free(x->job);
        } else if (x->cluster < x->plan->n_clusters) {
                r = regroup_step_cluster(x);
                if (r < 0)
                        return r;
        }
        return x->cluster < x->plan->n_clusters;
}

uint64_t regrouping_looks(const Regrouping *x)
{
        return x->looks + (x->job ? match_job_looks(x->job) : 0);
}

Regrouping *regrouping_free(Regrouping *x)
{
        if (!x)
                return NULL;
        (void)match_job_free(x->job);
        (void)match_plan_free(x->plan);
        free(x);
        return NULL;
}

int regrouping_new(Regrouping **ret, const MatchingSettings *m, Store *s, const GroupRow *g,
                   uint32_t max_members, uint64_t window_ms, uint64_t now_ms, RegroupFunc changed,
                   void *userdata)
{
        _cleanup_(regrouping_freep) Regrouping *x = calloc(1, sizeof *x);
        int r;

        assert(g->phase == GROUP_GATHERING);
        if (!x)
                return -ENOMEM;
        *x = (Regrouping){
                .store = s,
                .closing = *g,
                .max_members = max_members,
                .window_ms = window_ms,
                .changed = changed,
                .userdata = userdata,
        };
        r = regroup_resume(x);
        if (r == STORE_E_NOT_FOUND)
                r = match_job_new(&x->job, m, s, g, window_ms, now_ms);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(x);
        return 0;
}

int regroup(const MatchingSettings *m, Store *s, GroupRow *g, uint32_t max_members,
            uint64_t window_ms, uint64_t now_ms, RegroupFunc changed, void *userdata)
{
        _cleanup_(regrouping_freep) Regrouping *x = NULL;
        int r = regrouping_new(&x, m, s, g, max_members, window_ms, now_ms, changed, userdata);

        while (r == 0 && (r = regrouping_step(x)) > 0)
                r = 0;
        if (r == 0)
                r = store_group_get(s, g->id, g);
        if (r == STORE_E_NOT_FOUND) {
                g->n_members = 0;
                return 0;
        }
        return must(r);
}
