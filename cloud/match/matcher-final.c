/* SPDX-License-Identifier: GPL-2.0-or-later */
/* matcher-final.c - where everybody around a closing group belongs */
#include "matcher.h"

#include "around.h"
#include "candidates-pair.h"
#include "links.h"

#include <assert.h>
#include <string.h>

/* Sightings put into the matrix in one step, and what that is worth. */
enum { HEARD_STEP = 512, HEARD_LOOKS = 4096 };

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
        size_t opener;
        bool careful;
        bool core;           /* two of the closing group who close are linked */
        int64_t asked;       /* the group asked about last, … */
        bool may_take, move; /* … whether it may be taken along; the closing one moves away */
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

/* Without a link to ours, i stays where it is unless its group may be taken along. */
static int plan_bound_closing(Planner *p, size_t i)
{
        int64_t group = p->a->members[i].group;
        size_t n;
        int r;

        if (p->careful || i < p->a->n_closing || p->fate[i] != FATE_CLOSE || plan_is_linked(p, i))
                return 0;
        if (group != p->asked) {
                p->asked = group;
                r = plan_may_take(p, group, p->core, &p->may_take);
                if (r < 0)
                        return r;
                p->move |= !p->may_take && !p->core && plan_has_words(p, group, &n);
        }
        if (!p->may_take)
                p->fate[i] = FATE_STAY;
        return 0;
}

/* A member that the opener's group has taken in stays with it. Components are within clusters, but
 * for those that are tied. */
static void plan_keep_tied(Planner *p)
{
        uint32_t cluster = p->at[p->opener].cluster, component = p->component[p->opener];

        for (size_t i = 0; i < p->a->n; i++)
                if (p->component[i] == component && p->at[i].cluster != cluster) {
                        p->at[i].cluster = cluster;
                        p->at[i].rejected_by = CANDIDATE_NONE;
                }
}

static void plan_begin_fates(Planner *p)
{
        const Around *a = p->a;

        p->opener = plan_opener(a, &a->closing);
        if (p->careful)
                for (size_t i = 0; i < a->n; i++)
                        p->at[i].cluster = p->component[i];
        else
                plan_keep_tied(p);
}

static void plan_decide_fate(Planner *p, size_t i)
{
        if (p->at[i].cluster == p->at[p->opener].cluster)
                p->fate[i] = FATE_CLOSE;
        else if (plan_is_refused(p, i, p->opener))
                p->fate[i] = FATE_REFUSED;
        else
                p->fate[i] = i < p->a->n_closing ? FATE_LEFT : FATE_STAY;
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

static void plan_fill_left(Planner *p, size_t cluster)
{
        for (size_t i = 0; i < p->a->n; i++)
                if (p->at[i].cluster == cluster && p->fate[i] == FATE_LEFT) {
                        plan_take(p, (uint32_t)cluster, FATE_LEFT,
                                  plan_find_home(p, (uint32_t)cluster));
                        return;
                }
}

static void plan_fill_refused(Planner *p, size_t i)
{
        const MemberRow *m = &p->a->members[i];

        if (p->fate[i] == FATE_REFUSED)
                plan_take(
                        p, p->at[i].cluster, FATE_REFUSED,
                        (MatchCluster){.refused = true, .opener = m->id, .opened_ms = m->press_ms});
}

static void plan_fill_closing(Planner *p)
{
        const MemberRow *first = &p->a->members[p->opener];

        plan_take(p, p->at[p->opener].cluster, FATE_CLOSE,
                  (MatchCluster){.group = p->a->closing.id,
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

static int plan_new(Planner *p)
{
        size_t n = p->a->n;

        p->plan = calloc(1, sizeof *p->plan);
        p->fate = calloc(n + 1, sizeof *p->fate);
        if (!p->plan || !p->fate)
                return -ENOMEM;
        p->plan->clusters = calloc(n + 1, sizeof *p->plan->clusters);
        p->plan->members = calloc(n + 1, sizeof *p->plan->members);
        return p->plan->clusters && p->plan->members ? 0 : -ENOMEM;
}

/* ---- the steps ---- */

struct MatchJob {
        Around a;
        unsigned stage;
        size_t i; /* the step of the stage */
        Owner *owners;
        int8_t *heard;
        Press *press;
        uint32_t *component;
        bool *hears; /* it hears somebody, or is heard */
        bool *let_in;
        int64_t *home; /* its group in a party, else 0 */
        CandidatePlace *at;
        Candidates c;
        Clustering *clustering;
        Links *links;
        Planner p;
};

/* Each is one step of a stage, number j->i. 1: the stage goes on, 0: it is over. */

static int job_collect_closing(MatchJob *j)
{
        int r = store_members_of_group(j->a.store, j->a.closing.id, around_add_member, &j->a);

        j->a.n_closing = j->a.n;
        return r < 0 ? r : mixing_of_group(j->a.store, &j->a.closing, &j->a.mix);
}

static int job_collect_by_place(MatchJob *j)
{
        return around_step_by_place(&j->a, &j->i);
}

static int job_collect_by_radio(MatchJob *j)
{
        int r = j->i < j->a.n ? around_step_by_radio(&j->a, j->i++) : 0;

        return r < 0 ? r : j->i < j->a.n;
}

static bool job_is_careful(const MatchJob *j)
{
        for (size_t i = 0; i < j->a.n_closing; i++)
                if (!j->a.members[i].words)
                        return true;
        return false;
}

static void job_find_homes(MatchJob *j)
{
        bool careful = job_is_careful(j);

        for (size_t i = 0; careful && i < j->a.n; i++)
                j->home[i] = j->a.members[i].group;
}

static int job_begin_heard(MatchJob *j)
{
        const Around *a = &j->a;

        j->owners = malloc((a->n + 1) * sizeof *j->owners);
        j->heard = calloc(a->n + 1, a->n);
        j->press = calloc(a->n + 1, sizeof *j->press);
        j->at = calloc(a->n + 1, sizeof *j->at);
        j->component = calloc(a->n + 1, sizeof *j->component);
        j->hears = calloc(a->n + 1, sizeof *j->hears);
        j->let_in = calloc(a->n + 1, sizeof *j->let_in);
        j->home = calloc(a->n + 1, sizeof *j->home);
        if (!j->owners || !j->heard || !j->press || !j->at || !j->component || !j->hears ||
            !j->let_in || !j->home)
                return -ENOMEM;
        around_sort_owners(a, j->owners);
        job_find_homes(j);
        for (size_t i = 0; i < a->n; i++) {
                j->press[i] = (Press){.fix = a->members[i].fix, .press_ms = a->members[i].press_ms};
                memcpy(j->press[i].route, a->members[i].route, sizeof j->press[i].route);
        }
        j->c.n = a->n;
        j->c.press = j->press;
        j->c.heard = j->heard;
        j->c.sounds = j->hears;
        return 0;
}

static int job_fill_heard(MatchJob *j)
{
        const Around *a = &j->a;

        for (size_t n = 0; n < HEARD_STEP && j->i < a->n_hearings; n++, j->i++)
                around_fill_heard(a, j->owners, &a->hearings[j->i], j->heard);
        j->a.looks += HEARD_LOOKS;
        return j->i < a->n_hearings;
}

static int job_find_hearing(MatchJob *j)
{
        if (j->i == j->a.n)
                return 0;
        for (size_t k = 0; k < j->a.n && !j->hears[j->i]; k++)
                j->hears[j->i] = pair_evidence(&j->c, j->i, k) != EVIDENCE_NONE;
        j->a.looks += j->a.n;
        j->i++;
        return 1;
}

static int job_cluster(MatchJob *j)
{
        int r = 0;

        if (!j->clustering)
                r = clustering_new(&j->clustering, &j->c, j->at);
        return r < 0 ? r : clustering_step(j->clustering);
}

static int job_note_tie(int64_t row, void *userdata)
{
        return 1;
}

static bool job_group_hears(const MatchJob *j, int64_t group)
{
        for (size_t i = 0; i < j->a.n; i++)
                if (j->a.members[i].group == group && j->hears[i])
                        return true;
        return false;
}

/* Members that people who hear each other have let in, or taken in. */
static int job_find_let_in(MatchJob *j)
{
        const MemberRow *m;
        int r;

        if (j->i == j->a.n)
                return 0;
        m = &j->a.members[j->i];
        r = store_ties_walk(j->a.store, m->id, job_note_tie, NULL);
        if (r > 0) {
                j->let_in[j->i] = job_group_hears(j, m->group);
                j->a.looks += j->a.n;
        }
        j->i++;
        return r < 0 ? r : 1;
}

static int job_link(MatchJob *j)
{
        int r = 0;

        if (!j->links)
                r = links_new(&j->links, &j->c, j->at, j->let_in, j->home, j->component);
        j->a.looks += 2 * j->a.n;
        return r < 0 ? r : links_step(j->links);
}

/* Groups that have let each other in belong together, whatever the evidence says. */
static int job_tie(MatchJob *j)
{
        Tying t = {&j->a, j->component, j->i, 0};
        int r = 0;

        if (j->i < j->a.n)
                r = store_ties_walk(j->a.store, j->a.members[j->i++].id, around_join_components,
                                    &t);
        j->a.looks += t.looks;
        return r < 0 ? r : j->i < j->a.n;
}

static int job_begin_plan(MatchJob *j)
{
        int r;

        j->p.a = &j->a;
        j->p.at = j->at;
        j->p.component = j->component;
        j->p.careful = job_is_careful(j);
        r = plan_new(&j->p);
        if (r == 0 && j->a.n_closing > 0)
                plan_begin_fates(&j->p);
        return r;
}

static int job_decide_fate(MatchJob *j)
{
        if (j->i < j->a.n)
                plan_decide_fate(&j->p, j->i++);
        j->a.looks += j->a.n / 2;
        return j->i < j->a.n;
}

static int job_bound(MatchJob *j)
{
        int r;

        if (j->i == 0)
                j->p.core = plan_has_core(&j->p, j->p.opener);
        if (j->i == j->a.n)
                return 0;
        r = plan_bound_closing(&j->p, j->i++);
        j->a.looks += 2 * j->a.n;
        return r < 0 ? r : j->i < j->a.n;
}

static int job_fill_left(MatchJob *j)
{
        if (j->p.move && j->i == 0)
                plan_move_away(&j->p, j->p.opener);
        if (j->i < j->a.n)
                plan_fill_left(&j->p, j->i++);
        j->a.looks += j->a.n;
        return j->i < j->a.n;
}

static int job_fill_refused(MatchJob *j)
{
        if (j->i < j->a.n)
                plan_fill_refused(&j->p, j->i++);
        j->a.looks += j->a.n / 2;
        return j->i < j->a.n;
}

static int job_fill_closing(MatchJob *j)
{
        if (j->a.n_closing > 0)
                plan_fill_closing(&j->p);
        return 0;
}

static int (*const job_stages[])(MatchJob *j) = {
        job_collect_closing,
        job_collect_by_place,
        job_collect_by_radio,
        job_begin_heard,
        job_fill_heard,
        job_find_hearing,
        job_cluster,
        job_find_let_in,
        job_link,
        job_tie,
        job_begin_plan,
        job_decide_fate,
        job_bound,
        job_fill_left,
        job_fill_refused,
        job_fill_closing,
};

static bool job_is_over(const MatchJob *j)
{
        return j->stage == ARRAY_LEN(job_stages);
}

int match_job_step(MatchJob *j)
{
        int r;

        if (job_is_over(j))
                return 0;
        r = job_stages[j->stage](j);
        if (r < 0)
                return r;
        if (r == 0) {
                j->stage++;
                j->i = 0;
        }
        return !job_is_over(j);
}

uint64_t match_job_looks(const MatchJob *j)
{
        return j->a.looks + (j->clustering ? clustering_looks(j->clustering) : 0);
}

MatchPlan *match_job_take_plan(MatchJob *j)
{
        assert(job_is_over(j));
        return TAKE_PTR(j->p.plan);
}

MatchJob *match_job_free(MatchJob *j)
{
        if (!j)
                return NULL;
        (void)clustering_free(j->clustering);
        (void)links_free(j->links);
        (void)match_plan_free(j->p.plan);
        around_done(&j->a);
        free(j->p.fate);
        free(j->owners);
        free(j->heard);
        free(j->press);
        free(j->at);
        free(j->component);
        free(j->hears);
        free(j->let_in);
        free(j->home);
        free(j);
        return NULL;
}

int match_job_new(MatchJob **ret, const MatchingSettings *m, Store *s, const GroupRow *g,
                  uint64_t window_ms, uint64_t now_ms)
{
        MatchJob *j = calloc(1, sizeof *j);
        if (!j)
                return -ENOMEM;
        j->a = (Around){.settings = m, .store = s, .closing = *g, .now_ms = now_ms};
        j->c = (Candidates){
                .settings = m, .window_ms = MAX(window_ms, group_window_ms(g)), .now_ms = now_ms};
        j->c.early = now_ms < g->opened_ms + j->c.window_ms;
        *ret = j;
        return 0;
}

int matcher_final(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, MatchPlan **ret)
{
        _cleanup_(match_job_freep) MatchJob *j = NULL;
        int r = match_job_new(&j, m, s, g, window_ms, now_ms);

        while (r == 0 && (r = match_job_step(j)) > 0)
                r = 0;
        if (r == 0)
                *ret = match_job_take_plan(j);
        return r;
}
