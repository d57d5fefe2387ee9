/* SPDX-License-Identifier: GPL-2.0-or-later */
/* matcher-final.c - everybody around a closing group, and where each belongs */
#include "matcher.h"

#include "candidates.h"
#include "geobox.h"
#include "links.h"

#include <assert.h>
#include <string.h>

enum {
        ASK_NEAR = 256, /* rows of one look-up */
        ASK_ELSEWHERE = 64,
        ASK_HEARING = 256,
        ASK_FIXES = 16, /* fixes of the closing group around which we search */
};

/* One sighting of a member, by its place among the members. */
typedef struct Hearing {
        uint32_t listener;
        Token token;
        int8_t rssi_dbm;
} Hearing;

typedef struct Around {
        const MatchingSettings *settings;
        Store *store;
        const GroupRow *closing;
        MemberRow *members;
        size_t n, room;
        size_t n_closing; /* the first ones: members of the closing group */
        Hearing *hearings;
        size_t n_hearings, hearings_room;
        uint32_t listener; /* the member that reported the sightings now read */
        uint64_t now_ms;
} Around;

static void around_done(Around *a)
{
        free(a->members);
        free(a->hearings);
}

/* Makes room for one more. 0 or -ENOMEM. */
static int grow(void **array, size_t n, size_t *room, size_t size)
{
        size_t wanted = *room ? 2 * *room : 64;
        void *more;

        if (n < *room)
                return 0;
        more = realloc(*array, wanted * size);
        if (!more)
                return -ENOMEM;
        *array = more;
        *room = wanted;
        return 0;
}

/* ---- collecting the candidates ---- */

static int matcher_add_member(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        int r;

        if (m->left || a->n == CANDIDATES_MAX)
                return 0;
        r = grow((void **)&a->members, a->n, &a->room, sizeof *a->members);
        if (r == 0)
                a->members[a->n++] = *m;
        return r;
}

/* Adds whole groups: the evidence of one member needs that of the others. */
static int matcher_add_group_of(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        const char *route = a->closing->route;

        if (strcmp(m->route, route) != 0 && !similarity_is_slip(m->route, route))
                return 0;
        for (size_t i = 0; i < a->n; i++)
                if (a->members[i].group == m->group)
                        return 0;
        return store_members_of_group(a->store, m->group, matcher_add_member, a);
}

static int matcher_add_if_alike(const MemberRow *m, void *userdata)
{
        Around *a = userdata;

        for (size_t i = 0; i < a->n_closing; i++)
                if (similarity_fix(a->settings, &a->members[i].fix, &m->fix) > 0)
                        return matcher_add_group_of(m, a);
        return 0;
}

static int matcher_add_near(Around *a, const Fix *f)
{
        Store *s = a->store;
        const char *route = a->closing->route;
        int32_t box[4];
        int r;

        geobox_around(f, a->settings->place_limit_m + f->accuracy_m + GEOBOX_SHARP_M, box);
        r = store_members_near(s, route, box, ASK_NEAR, matcher_add_if_alike, a);
        if (r != 0)
                return r;
        geobox_around(f, GEOBOX_VAGUE_M, box);
        return store_members_vague(s, route, box, ASK_ELSEWHERE, matcher_add_if_alike, a);
}

/* By place: members near the fixes of the closing group, and members without a fix. If the group
 * has no fix, the newest members of the route anywhere. */
static int matcher_add_by_place(Around *a)
{
        Store *s = a->store;
        const char *route = a->closing->route;
        size_t asked = 0;
        Fix around;
        int r = 0;

        for (size_t i = 0; r == 0 && i < a->n_closing && asked < ASK_FIXES; i++)
                if (a->members[i].fix.known) {
                        around = a->members[i].fix; /* adding may move the members */
                        r = matcher_add_near(a, &around);
                        asked++;
                }
        if (r != 0)
                return r;
        if (asked == 0)
                return store_members_recent(s, route, ASK_ELSEWHERE, matcher_add_if_alike, a);
        return store_members_near(s, route, NULL, ASK_ELSEWHERE, matcher_add_if_alike, a);
}

static int matcher_add_hearing(const Sighting *s, void *userdata)
{
        Around *a = userdata;
        int r = grow((void **)&a->hearings, a->n_hearings, &a->hearings_room, sizeof *a->hearings);

        if (r == 0)
                a->hearings[a->n_hearings++] = (Hearing){a->listener, s->token, s->rssi_dbm};
        return r;
}

static int matcher_add_owner_of(Around *a, const Token *t)
{
        for (size_t i = 0; i < a->n; i++)
                if (memcmp(a->members[i].token.b, t->b, sizeof t->b) == 0)
                        return 0;
        return store_members_by_token(a->store, t, matcher_add_group_of, a);
}

/* By radio: members that hear, or are heard by, one found so far; repeated until nobody is
 * added. */
static int matcher_add_by_radio(Around *a)
{
        Store *s = a->store;
        Token own;
        size_t done = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < a->n; i++) {
                a->listener = (uint32_t)i;
                own = a->members[i].token;
                r = store_heard_get(s, a->members[i].id, matcher_add_hearing, a);
                for (; r == 0 && done < a->n_hearings; done++)
                        r = matcher_add_owner_of(a, &a->hearings[done].token);
                if (r == 0)
                        r = store_members_hearing(s, &own, ASK_HEARING, matcher_add_group_of, a);
        }
        return r;
}

/* ---- clustering ---- */

typedef struct Owner {
        Token token;
        int64_t row;
        uint32_t member;
} Owner;

/* By token, then by arrival: if two claim a token, the later one copied it. */
static int compare_owners(const void *a, const void *b)
{
        const Owner *x = a, *y = b;
        int r = memcmp(x->token.b, y->token.b, sizeof x->token.b);

        return r != 0 ? r : (x->row > y->row) - (x->row < y->row);
}

/* The first with the token, or NULL. */
static const Owner *owner_of(const Owner *owners, size_t n, const Token *t)
{
        size_t low = 0, high = n, middle;

        while (low < high) {
                middle = (low + high) / 2;
                if (memcmp(owners[middle].token.b, t->b, sizeof t->b) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        return low < n && memcmp(owners[low].token.b, t->b, sizeof t->b) == 0 ? &owners[low] : NULL;
}

/* Fills the matrix of sightings and the count of each listener. A transport without a strength
 * counts as HEARD_SOMEHOW. */
static int matcher_fill_heard(const Around *a, int8_t *heard, uint32_t *n_heard)
{
        _cleanup_free_ Owner *owners = malloc(a->n * sizeof *owners);
        const Owner *of;
        int8_t *cell, value;

        if (!owners)
                return -ENOMEM;
        for (size_t i = 0; i < a->n; i++)
                owners[i] = (Owner){a->members[i].token, a->members[i].id, (uint32_t)i};
        qsort(owners, a->n, sizeof *owners, compare_owners);
        for (size_t k = 0; k < a->n_hearings; k++) {
                n_heard[a->hearings[k].listener]++;
                of = owner_of(owners, a->n, &a->hearings[k].token);
                if (!of || of->member == a->hearings[k].listener)
                        continue;
                cell = &heard[a->hearings[k].listener * a->n + of->member];
                value = a->hearings[k].rssi_dbm < 0 ? a->hearings[k].rssi_dbm : HEARD_SOMEHOW;
                if (*cell == HEARD_NOT || (value < 0 && (*cell > 0 || value > *cell)))
                        *cell = value;
        }
        return 0;
}

typedef struct Tying {
        const Around *a;
        uint32_t *component;
        size_t member;
} Tying;

static int matcher_join_components(int64_t row, void *userdata)
{
        Tying *t = userdata;
        uint32_t into = t->component[t->member], from = into;

        for (size_t j = 0; j < t->a->n; j++)
                if (t->a->members[j].id == row)
                        from = t->component[j];
        for (size_t j = 0; j < t->a->n; j++)
                if (t->component[j] == MAX(into, from))
                        t->component[j] = MIN(into, from);
        return 0;
}

/* Groups that have let each other in belong together, whatever the evidence says. */
static int matcher_tie(const Around *a, uint32_t *component)
{
        int r = 0;

        for (size_t i = 0; r == 0 && i < a->n; i++)
                r = store_ties_walk(a->store, a->members[i].id, matcher_join_components,
                                    &(Tying){a, component, i});
        return must(r);
}

static int matcher_cluster(const Around *a, uint64_t window_ms, CandidatePlace *ret,
                           uint32_t *ret_component)
{
        _cleanup_free_ int8_t *heard = calloc(a->n, a->n);
        _cleanup_free_ Press *press = calloc(a->n, sizeof *press);
        _cleanup_free_ uint32_t *n_heard = calloc(a->n, sizeof *n_heard);
        bool early = a->now_ms < a->closing->opened_ms + window_ms;
        Candidates c = {a->settings, window_ms, a->now_ms, early, a->n, press, heard, n_heard};
        int r;

        if (!heard || !press || !n_heard)
                return -ENOMEM;
        r = matcher_fill_heard(a, heard, n_heard);
        if (r < 0)
                return r;
        for (size_t i = 0; i < a->n; i++) {
                press[i] = (Press){.fix = a->members[i].fix, .press_ms = a->members[i].press_ms};
                memcpy(press[i].route, a->members[i].route, sizeof press[i].route);
        }
        r = candidates_cluster(&c, ret);
        if (r == 0)
                r = links_components(&c, ret, ret_component);
        return r < 0 ? r : matcher_tie(a, ret_component);
}

/* ---- the plan ---- */

/* What becomes of one member. */
typedef enum Fate {
        FATE_STAY,    /* its group gathers on */
        FATE_CLOSE,   /* in the closing group */
        FATE_REFUSED, /* alone */
        FATE_LEFT,    /* it belongs elsewhere: its group closes without it */
} Fate;

typedef struct Planner {
        const Around *a;
        CandidatePlace *at;
        const uint32_t *component; /* of linked members */
        Fate *fate;
        MatchPlan *plan;
        bool careful;
} Planner;

static size_t plan_opener(const Around *a, const GroupRow *g)
{
        size_t earliest = 0;

        for (size_t i = 0; i < a->n_closing; i++) {
                if (id_compare(&a->members[i].member_id, &g->opener) == 0)
                        return i;
                if (a->members[i].press_ms < a->members[earliest].press_ms)
                        earliest = i;
        }
        return earliest;
}

/* Refuses a member that is silent beside the members that close. If the opener itself is silent, we
 * also refuse the others silent beside the same component. Else one of several silent people could
 * remain as the only one, and be believed later. */
static bool plan_is_refused(const Planner *p, size_t i, size_t opener)
{
        const CandidatePlace *at = p->at;

        if (at[i].rejected_by == CANDIDATE_NONE || p->careful || !p->a->members[i].words)
                return false; /* those present may let it in */
        if (at[i].rejected_by == at[opener].rejected_by)
                return true;
        for (size_t j = 0; j < p->a->n; j++)
                if (at[j].cluster == at[opener].cluster && at[j].radio == at[i].rejected_by)
                        return true;
        return false;
}

/* All of a group have words, and how many of it we see. */
static bool plan_has_words(const Planner *p, int64_t group, size_t *ret_n)
{
        bool words = true;

        *ret_n = 0;
        for (size_t i = 0; i < p->a->n; i++)
                if (p->a->members[i].group == group) {
                        words &= p->a->members[i].words;
                        (*ret_n)++;
                }
        return words;
}

static int plan_is_due(const Planner *p, int64_t group, bool *ret)
{
        bool ready = true;
        GroupRow g;
        int r = must(store_group_get(p->a->store, group, &g));

        if (r < 0)
                return r;
        for (size_t i = 0; i < p->a->n; i++)
                ready &= p->a->members[i].group != group || p->a->members[i].ready;
        *ret = ready || (g.deadline_ms > 0 && g.deadline_ms <= p->a->now_ms);
        return 0;
}

static bool plan_is_linked(const Planner *p, size_t i)
{
        for (size_t j = 0; j < p->a->n_closing; j++)
                if (p->component[j] == p->component[i])
                        return true;
        return false;
}

/* Whether two of the members that close are linked. */
static bool plan_has_core(const Planner *p, size_t opener)
{
        for (size_t i = 0; i < p->a->n_closing; i++)
                for (size_t j = 0; j < i; j++)
                        if (p->at[i].cluster == p->at[opener].cluster &&
                            p->component[i] == p->component[j])
                                return true;
        return false;
}

/* Whether a group without a link to ours may be taken along. */
static int plan_may_take(const Planner *p, int64_t group, bool core, bool *ret)
{
        size_t n;
        int r = 0;

        *ret = plan_has_words(p, group, &n);
        if (!*ret || (core && n == 1))
                return 0;
        r = plan_is_due(p, group, ret);
        return r;
}

/* Members that close, may take an unlinked group along, but have no core, move to it instead. */
static void plan_move_away(Planner *p, size_t opener)
{
        for (size_t i = 0; i < p->a->n_closing; i++)
                if (p->fate[i] == FATE_CLOSE)
                        p->fate[i] = FATE_LEFT;
        for (size_t i = p->a->n_closing; i < p->a->n; i++)
                if (p->at[i].cluster == p->at[opener].cluster && p->fate[i] == FATE_CLOSE)
                        p->fate[i] = FATE_STAY;
}

static int plan_bound_closing(Planner *p, size_t opener)
{
        const Around *a = p->a;
        bool core = plan_has_core(p, opener), may = false, moves = false;
        int64_t asked = 0;
        size_t n;
        int r;

        for (size_t i = a->n_closing; i < a->n; i++) {
                if (p->fate[i] != FATE_CLOSE || plan_is_linked(p, i))
                        continue;
                if (a->members[i].group != asked) {
                        asked = a->members[i].group;
                        r = plan_may_take(p, asked, core, &may);
                        if (r < 0)
                                return r;
                        moves |= !may && !core && plan_has_words(p, asked, &n);
                }
                if (!may)
                        p->fate[i] = FATE_STAY;
        }
        if (moves)
                plan_move_away(p, opener);
        return 0;
}

static int plan_decide_fates(Planner *p, size_t opener)
{
        const Around *a = p->a;

        for (size_t i = 0; i < a->n_closing; i++)
                p->careful |= !a->members[i].words;
        if (p->careful)
                for (size_t i = 0; i < a->n; i++)
                        p->at[i].cluster = p->component[i];
        for (size_t i = 0; i < a->n; i++) {
                if (p->at[i].cluster == p->at[opener].cluster)
                        p->fate[i] = FATE_CLOSE;
                else if (plan_is_refused(p, i, opener))
                        p->fate[i] = FATE_REFUSED;
                else
                        p->fate[i] = i < a->n_closing ? FATE_LEFT : FATE_STAY;
        }
        return p->careful ? 0 : plan_bound_closing(p, opener);
}

/* The new home of members after their group closed without them: a gathering group of their
 * cluster, or a new one. */
static MatchCluster plan_find_home(const Planner *p, uint32_t cluster)
{
        const Around *a = p->a;
        const MemberRow *home = NULL, *opener = NULL, *m;

        for (size_t i = 0; i < a->n; i++) {
                m = &a->members[i];
                if (p->at[i].cluster != cluster)
                        continue;
                if (p->fate[i] == FATE_STAY && (!home || m->press_ms < home->press_ms))
                        home = m;
                if (p->fate[i] == FATE_LEFT && (!opener || m->press_ms < opener->press_ms))
                        opener = m;
        }
        return (MatchCluster){
                .group = home ? home->group : 0,
                .opener = opener ? opener->id : 0,
                .opened_ms = opener ? opener->press_ms : 0,
        };
}

/* Adds the members of a cluster with this fate to the plan. */
static void plan_take(Planner *p, uint32_t cluster, Fate fate, MatchCluster c)
{
        MatchPlan *plan = p->plan;

        assert(plan->n_clusters <= p->a->n);
        c.first = plan->n_members;
        for (size_t i = 0; i < p->a->n; i++)
                if (p->at[i].cluster == cluster && p->fate[i] == fate) {
                        plan->members[plan->n_members++] = p->a->members[i];
                        c.n++;
                }
        if (c.n > 0)
                plan->clusters[plan->n_clusters++] = c;
}

static void plan_fill(Planner *p, size_t opener)
{
        const Around *a = p->a;
        const MemberRow *first = &a->members[opener];
        MatchCluster alone = {.refused = true};

        for (uint32_t cluster = 0; cluster < a->n; cluster++)
                plan_take(p, cluster, FATE_LEFT, plan_find_home(p, cluster));
        for (size_t i = 0; i < a->n; i++) {
                alone.opener = a->members[i].id;
                alone.opened_ms = a->members[i].press_ms;
                if (p->fate[i] == FATE_REFUSED)
                        plan_take(p, p->at[i].cluster, FATE_REFUSED, alone);
        }
        plan_take(p, p->at[opener].cluster, FATE_CLOSE,
                  (MatchCluster){.group = a->closing->id,
                                 .opener = first->id,
                                 .opened_ms = first->press_ms});
}

MatchPlan *match_plan_free(MatchPlan *p)
{
        if (!p)
                return NULL;
        free(p->clusters);
        free(p->members);
        free(p);
        return NULL;
}

static int plan_make(const Around *a, CandidatePlace *at, const uint32_t *component,
                     MatchPlan **ret)
{
        _cleanup_(match_plan_freep) MatchPlan *plan = calloc(1, sizeof *plan);
        _cleanup_free_ Fate *fate = calloc(a->n + 1, sizeof *fate);
        Planner p = {a, at, component, fate, plan, false};
        size_t opener;
        int r;

        if (!plan || !fate)
                return -ENOMEM;
        plan->clusters = calloc(a->n + 1, sizeof *plan->clusters);
        plan->members = calloc(a->n + 1, sizeof *plan->members);
        if (!plan->clusters || !plan->members)
                return -ENOMEM;
        assert(a->n_closing <= a->n);
        if (a->n_closing > 0) {
                opener = plan_opener(a, a->closing);
                r = plan_decide_fates(&p, opener);
                if (r < 0)
                        return r;
                plan_fill(&p, opener);
        }
        *ret = TAKE_PTR(plan);
        return 0;
}

int matcher_final(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, MatchPlan **ret)
{
        _cleanup_(around_done)
                Around a = {.settings = m, .store = s, .closing = g, .now_ms = now_ms};
        _cleanup_free_ CandidatePlace *at = NULL;
        _cleanup_free_ uint32_t *component = NULL;
        uint64_t open_ms = g->deadline_ms > g->opened_ms ? g->deadline_ms - g->opened_ms : 0;
        int r;

        r = store_members_of_group(s, g->id, matcher_add_member, &a);
        a.n_closing = a.n;
        if (r == 0)
                r = matcher_add_by_place(&a);
        if (r == 0)
                r = matcher_add_by_radio(&a);
        if (r != 0)
                return r < 0 ? r : -EIO;
        at = calloc(a.n + 1, sizeof *at);
        component = calloc(a.n + 1, sizeof *component);
        if (!at || !component)
                return -ENOMEM;
        r = matcher_cluster(&a, MAX(window_ms, open_ms), at, component);
        return r < 0 ? r : plan_make(&a, at, component, ret);
}
