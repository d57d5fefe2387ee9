/* SPDX-License-Identifier: GPL-2.0-or-later */
/* matcher-final.c - everybody around a closing group, and where each belongs */
#include "matcher.h"

#include "crowd.h"
#include "reach.h"

#include <string.h>

enum {
        ASK_NEAR = 256, /* rows of one look-up */
        ASK_ELSEWHERE = 64,
        ASK_FIXES = 16, /* fixes of the closing group that are looked around */
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
        uint32_t listener; /* whose sightings are being read */
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

/* ---- who is around ---- */

static int add_member(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        int r;

        if (m->left || a->n == CROWD_MAX)
                return 0;
        r = grow((void **)&a->members, a->n, &a->room, sizeof *a->members);
        if (r == 0)
                a->members[a->n++] = *m;
        return r;
}

/* Whole groups are added: one member is understood only with the others. */
static int add_group_of(const MemberRow *m, void *userdata)
{
        Around *a = userdata;
        const char *route = a->closing->route;

        if (strcmp(m->route, route) != 0 && !similarity_is_slip(m->route, route))
                return 0;
        for (size_t i = 0; i < a->n; i++)
                if (a->members[i].group == m->group)
                        return 0;
        return store_members_of_group(a->store, m->group, add_member, a);
}

static int add_if_alike(const MemberRow *m, void *userdata)
{
        Around *a = userdata;

        for (size_t i = 0; i < a->n_closing; i++)
                if (similarity_fix(a->settings, &a->members[i].fix, &m->fix) > 0)
                        return add_group_of(m, a);
        return 0;
}

static int add_near(Around *a, const Fix *f)
{
        Store *s = a->store;
        const char *route = a->closing->route;
        int32_t box[4];
        int r;

        reach_around(f, a->settings->place_limit_m + f->accuracy_m + REACH_SHARP_M, box);
        r = store_members_near(s, route, box, ASK_NEAR, add_if_alike, a);
        if (r != 0)
                return r;
        reach_around(f, REACH_VAGUE_M, box);
        return store_members_vague(s, route, box, ASK_ELSEWHERE, add_if_alike, a);
}

/* By place: around the fixes of the closing group, and those without a fix; without any fix of its
 * own, the newest of the route anywhere. */
static int add_by_place(Around *a)
{
        Store *s = a->store;
        const char *route = a->closing->route;
        size_t asked = 0;
        Fix around;
        int r = 0;

        for (size_t i = 0; r == 0 && i < a->n_closing && asked < ASK_FIXES; i++)
                if (a->members[i].fix.known) {
                        around = a->members[i].fix; /* the members may move while more are added */
                        r = add_near(a, &around);
                        asked++;
                }
        if (r != 0)
                return r;
        if (asked == 0)
                return store_members_recent(s, route, ASK_ELSEWHERE, add_if_alike, a);
        return store_members_near(s, route, NULL, ASK_ELSEWHERE, add_if_alike, a);
}

static int note_hearing(const Sighting *s, void *userdata)
{
        Around *a = userdata;
        int r = grow((void **)&a->hearings, a->n_hearings, &a->hearings_room, sizeof *a->hearings);

        if (r == 0)
                a->hearings[a->n_hearings++] = (Hearing){a->listener, s->token, s->rssi_dbm};
        return r;
}

static int add_owner_of(Around *a, const Token *t)
{
        for (size_t i = 0; i < a->n; i++)
                if (memcmp(a->members[i].token.b, t->b, sizeof t->b) == 0)
                        return 0;
        return store_members_by_token(a->store, t, add_group_of, a);
}

/* By radio: whoever is heard by or hears one of those found so far, until nobody is added. */
static int add_by_radio(Around *a)
{
        Store *s = a->store;
        Token own;
        size_t done = 0;
        int r = 0;

        for (size_t i = 0; r == 0 && i < a->n; i++) {
                a->listener = (uint32_t)i;
                own = a->members[i].token;
                r = store_heard_get(s, a->members[i].id, note_hearing, a);
                for (; r == 0 && done < a->n_hearings; done++)
                        r = add_owner_of(a, &a->hearings[done].token);
                if (r == 0)
                        r = store_members_hearing(s, &own, add_group_of, a);
        }
        return r;
}

/* ---- the crowd ---- */

typedef struct Owner {
        Token token;
        int64_t row;
        uint32_t member;
} Owner;

/* By token, then by arrival: a token that two claim is the earlier one's; the later one copied
 * it. */
static int compare_owners(const void *a, const void *b)
{
        const Owner *x = a, *y = b;
        int r = memcmp(x->token.b, y->token.b, sizeof x->token.b);

        return r != 0 ? r : (x->row > y->row) - (x->row < y->row);
}

/* The first of those with the token; NULL if there is none. */
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

/* Who heard whom, as a matrix, and how many each told of. Transports without a strength count as
 * heard somehow. */
static int fill_heard(const Around *a, int8_t *heard, uint32_t *n_heard)
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

static int cluster(const Around *a, uint64_t window_ms, uint64_t now_ms, CrowdPlace *ret)
{
        _cleanup_free_ int8_t *heard = calloc(a->n, a->n);
        _cleanup_free_ Press *press = calloc(a->n, sizeof *press);
        _cleanup_free_ uint32_t *n_heard = calloc(a->n, sizeof *n_heard);
        bool early = now_ms < a->closing->opened_ms + window_ms;
        Crowd c = {a->settings, window_ms, now_ms, early, a->n, press, heard, n_heard};
        int r;

        if (!heard || !press || !n_heard)
                return -ENOMEM;
        r = fill_heard(a, heard, n_heard);
        if (r < 0)
                return r;
        for (size_t i = 0; i < a->n; i++) {
                press[i] = (Press){.fix = a->members[i].fix, .press_ms = a->members[i].press_ms};
                memcpy(press[i].route, a->members[i].route, sizeof press[i].route);
        }
        return crowd_cluster(&c, ret);
}

/* ---- the plan ---- */

/* What becomes of one member. */
typedef enum Fate {
        FATE_STAY,    /* its group gathers on */
        FATE_CLOSE,   /* in the closing group */
        FATE_REFUSED, /* alone */
        FATE_LEFT,    /* belongs elsewhere: its group closes without it */
} Fate;

typedef struct Planner {
        const Around *a;
        const CrowdPlace *at;
        Fate *fate;
        MatchPlan *plan;
} Planner;

static size_t opener_of(const Around *a, const GroupRow *g)
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

/* Who keeps silent beside those who close is refused; and beside whom the opener keeps silent, with
 * it: those who hear each other gather on, and what was one of several silent people must not
 * become their only one. */
static bool is_refused(const Planner *p, size_t i, size_t opener)
{
        const CrowdPlace *at = p->at;

        if (at[i].shadow == CROWD_NONE)
                return false;
        if (at[i].shadow == at[opener].shadow)
                return true;
        for (size_t j = 0; j < p->a->n; j++)
                if (at[j].cluster == at[opener].cluster && at[j].radio == at[i].shadow)
                        return true;
        return false;
}

static void decide_fates(Planner *p, size_t opener)
{
        const Around *a = p->a;

        for (size_t i = 0; i < a->n; i++) {
                if (p->at[i].cluster == p->at[opener].cluster)
                        p->fate[i] = FATE_CLOSE;
                else if (is_refused(p, i, opener))
                        p->fate[i] = FATE_REFUSED;
                else
                        p->fate[i] = i < a->n_closing ? FATE_LEFT : FATE_STAY;
        }
}

/* Where those of a cluster go who were left: to its group that gathers on, or to a new one. */
static MatchCluster find_home(const Planner *p, uint32_t cluster)
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

/* Takes those of a cluster with this fate into the plan. */
static void take(Planner *p, uint32_t cluster, Fate fate, MatchCluster c)
{
        MatchPlan *plan = p->plan;

        c.first = plan->n_members;
        for (size_t i = 0; i < p->a->n; i++)
                if (p->at[i].cluster == cluster && p->fate[i] == fate) {
                        plan->members[plan->n_members++] = p->a->members[i];
                        c.n++;
                }
        if (c.n > 0)
                plan->clusters[plan->n_clusters++] = c;
}

static void fill_plan(Planner *p, size_t opener)
{
        const Around *a = p->a;
        const MemberRow *first = &a->members[opener];
        MatchCluster alone = {.refused = true};

        for (uint32_t cluster = 0; cluster < a->n; cluster++)
                take(p, cluster, FATE_LEFT, find_home(p, cluster));
        for (size_t i = 0; i < a->n; i++) {
                alone.opener = a->members[i].id;
                alone.opened_ms = a->members[i].press_ms;
                if (p->fate[i] == FATE_REFUSED)
                        take(p, p->at[i].cluster, FATE_REFUSED, alone);
        }
        take(p, p->at[opener].cluster, FATE_CLOSE,
             (MatchCluster){
                     .group = a->closing->id, .opener = first->id, .opened_ms = first->press_ms});
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

static int make_plan(const Around *a, const CrowdPlace *at, MatchPlan **ret)
{
        _cleanup_(match_plan_freep) MatchPlan *plan = calloc(1, sizeof *plan);
        _cleanup_free_ Fate *fate = calloc(a->n + 1, sizeof *fate);
        Planner p = {a, at, fate, plan};
        size_t opener;

        if (!plan || !fate)
                return -ENOMEM;
        plan->clusters = calloc(a->n + 1, sizeof *plan->clusters);
        plan->members = calloc(a->n + 1, sizeof *plan->members);
        if (!plan->clusters || !plan->members)
                return -ENOMEM;
        if (a->n_closing > 0) {
                opener = opener_of(a, a->closing);
                decide_fates(&p, opener);
                fill_plan(&p, opener);
        }
        *ret = TAKE_PTR(plan);
        return 0;
}

int matcher_final(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, MatchPlan **ret)
{
        _cleanup_(around_done) Around a = {.settings = m, .store = s, .closing = g};
        _cleanup_free_ CrowdPlace *at = NULL;
        uint64_t open_ms = g->deadline_ms > g->opened_ms ? g->deadline_ms - g->opened_ms : 0;
        int r;

        r = store_members_of_group(s, g->id, add_member, &a);
        a.n_closing = a.n;
        if (r == 0)
                r = add_by_place(&a);
        if (r == 0)
                r = add_by_radio(&a);
        if (r != 0)
                return r < 0 ? r : -EIO;
        at = calloc(a.n + 1, sizeof *at);
        if (!at)
                return -ENOMEM;
        r = cluster(&a, MAX(window_ms, open_ms), now_ms, at);
        return r < 0 ? r : make_plan(&a, at, ret);
}
