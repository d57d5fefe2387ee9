/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "matcher.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { MAX_CANDIDATES = 64, MAX_NEAR = 256 };

#define METRES_PER_E7 0.011132 /* of latitude: 40075 km / 360 / 10^7 */
static const double UNKNOWN_PLACE = 0.5, HEARD_ONE_WAY = 0.7;

typedef struct Candidate {
        int64_t group;
        double place; /* best over its members seen */
        bool typo;
} Candidate;

typedef struct Search {
        const MatchingSettings *settings;
        Store *store;
        const MemberRow *newcomer;
        const Sighting *heard;
        size_t n_heard;
        bool found; /* scratch of one look-up */
        Candidate list[MAX_CANDIDATES];
        size_t n;
} Search;

int matching_check(const MatchingSettings *m, char *ret_reason, size_t n)
{
        const char *reason = NULL;

        if (fabs(m->weight_route + m->weight_place + m->weight_time - 1) > 1e-9)
                reason = "the weights do not sum to 1";
        else if (m->weight_route + m->weight_place >= m->threshold)
                reason = "a serial past the window could reach the threshold";
        else if (m->weight_place + m->weight_time >= m->threshold)
                reason = "a different route could reach the threshold";
        else if (m->slip >= 1)
                reason = "a slip in one digit must score below 1";
        else if (m->weight_route + m->weight_time >= m->threshold)
                reason = "fixes beyond the place limit could reach the threshold";
        else if (m->threshold > 1)
                reason = "nothing could reach the threshold";
        if (!reason)
                return 0;
        (void)snprintf(ret_reason, n, "%s", reason);
        return -EINVAL;
}

static bool one_digit_off(const char *a, const char *b)
{
        unsigned n = 0;

        if (strlen(a) != strlen(b))
                return false;
        for (; *a; a++, b++)
                n += *a != *b;
        return n == 1;
}

static bool heard_token(const Search *x, const Token *t)
{
        for (size_t i = 0; i < x->n_heard; i++)
                if (memcmp(x->heard[i].token.b, t->b, sizeof t->b) == 0)
                        return true;
        return false;
}

static int compare_own_token(const Sighting *s, void *userdata)
{
        Search *x = userdata;

        x->found = x->found || memcmp(s->token.b, x->newcomer->token.b, sizeof s->token.b) == 0;
        return 0;
}

static double place_of_fixes(const MatchingSettings *m, const Fix *a, const Fix *b)
{
        double apart;

        if (!a->known || !b->known)
                return UNKNOWN_PLACE;
        apart = fix_distance_m(a, b) - a->accuracy_m - b->accuracy_m;
        return apart <= 0 ? 1 : MAX(0.0, 1 - apart / m->place_limit_m);
}

static Candidate *candidate_of(Search *x, int64_t group)
{
        for (size_t i = 0; i < x->n; i++)
                if (x->list[i].group == group)
                        return &x->list[i];
        if (x->n == MAX_CANDIDATES)
                return NULL;
        x->list[x->n] = (Candidate){.group = group};
        return &x->list[x->n++];
}

static int consider(const MemberRow *m, void *userdata)
{
        Search *x = userdata;
        bool we_heard, mutual, typo = strcmp(m->route, x->newcomer->route) != 0;
        Candidate *c;
        double place;
        int r;

        if (typo && !one_digit_off(m->route, x->newcomer->route))
                return 0;
        x->found = false;
        r = x->store->ops->heard_get(x->store, m->id, compare_own_token, x);
        if (r < 0)
                return r;
        we_heard = heard_token(x, &m->token);
        mutual = we_heard && x->found;
        if (typo && !mutual)
                return 0;
        c = candidate_of(x, m->group);
        if (!c)
                return 0;
        place = mutual ? 1 : place_of_fixes(x->settings, &m->fix, &x->newcomer->fix);
        if (!mutual && (we_heard || x->found) && (!m->fix.known || !x->newcomer->fix.known))
                place = HEARD_ONE_WAY;
        c->place = MAX(c->place, place);
        c->typo |= typo;
        return 0;
}

/* Everyone who can be alike: by the token they or we heard, and by the route near our fix or without one. */
static int search(Search *x)
{
        const Fix *f = &x->newcomer->fix;
        Store *s = x->store;
        double reach = (x->settings->place_limit_m + f->accuracy_m) / METRES_PER_E7;
        double latitude = f->latitude_e7, narrow = MAX(0.01, cos(latitude / 1e7 * M_PI / 180));
        int32_t near[4] = {
                (int32_t)MAX(-900000000.0, latitude - reach),
                (int32_t)MIN(900000000.0, latitude + reach),
                (int32_t)MAX(-1800000000.0, f->longitude_e7 - reach / narrow),
                (int32_t)MIN(1800000000.0, f->longitude_e7 + reach / narrow),
        };
        static const int32_t world[4] = {-900000000, 900000000, -1800000000, 1800000000};
        int r = 0;

        for (size_t i = 0; r == 0 && i < x->n_heard; i++)
                r = s->ops->members_by_token(s, &x->heard[i].token, consider, x);
        if (r == 0)
                r = s->ops->members_hearing(s, &x->newcomer->token, consider, x);
        if (r == 0)
                r = s->ops->members_near(s, x->newcomer->route, f->known ? near : world, MAX_NEAR, consider,
                                         x);
        if (r == 0)
                r = s->ops->members_near(s, x->newcomer->route, NULL, MAX_NEAR, consider, x);
        return r;
}

/* 1 well inside the window, 0 past it: being late lowers the composite by itself (patent 0091). */
static double time_similarity(uint64_t opened_ms, uint64_t deadline_ms, uint64_t press_ms)
{
        double age, window = (double)(deadline_ms - opened_ms);

        if (press_ms >= deadline_ms)
                return 0;
        age = press_ms > opened_ms ? (double)(press_ms - opened_ms) : (double)(opened_ms - press_ms);
        return age >= window ? 0 : 1 - pow(age / window, 4);
}

static int score(const Search *x, const Candidate *c, double *ret)
{
        const MatchingSettings *m = x->settings;
        GroupRow g;
        int r;

        r = x->store->ops->group_get(x->store, c->group, &g);
        if (r != 0)
                return r < 0 ? r : -EIO;
        if (g.phase != GROUP_GATHERING || g.deadline_ms <= g.opened_ms) {
                *ret = 0;
                return 0;
        }
        *ret = m->weight_route * (c->typo ? m->slip : 1) + m->weight_place * c->place +
               m->weight_time * time_similarity(g.opened_ms, g.deadline_ms, x->newcomer->press_ms);
        return 0;
}

int matcher_decide(const MatchingSettings *m, Store *s, const MemberRow *newcomer, const Sighting *heard,
                   size_t n, uint64_t window_ms, uint64_t now_ms, MatchDecision *ret)
{
        Search x = {.settings = m, .store = s, .newcomer = newcomer, .heard = heard, .n_heard = n};
        double composite, second = 0;
        MatchDecision best = {.verdict = MATCH_OPEN};
        int r;

        r = search(&x);
        for (size_t i = 0; r == 0 && i < x.n; i++) {
                r = score(&x, &x.list[i], &composite);
                if (r < 0)
                        return r;
                if (composite > best.composite) {
                        second = best.composite;
                        best = (MatchDecision){MATCH_JOIN, x.list[i].group, composite};
                } else
                        second = MAX(second, composite);
        }
        if (r < 0)
                return r;
        if (best.composite < m->threshold)
                best.verdict = newcomer->press_ms + window_ms <= now_ms ? MATCH_REFUSED : MATCH_OPEN;
        else if (second >= m->threshold && best.composite - second < m->ambiguity)
                best.verdict = MATCH_AMBIGUOUS;
        *ret = best;
        return 0;
}
