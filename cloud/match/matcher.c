/* SPDX-License-Identifier: GPL-2.0-or-later */
/* matcher.c - the decision on arrival */
#include "matcher.h"

#include "reach.h"

#include <string.h>

enum { MAX_CANDIDATES = 64, MAX_NEAR = 64, MAX_VAGUE = 16, MAX_HEARING = 64, LISTENED_MS = 6000 };

typedef struct Candidate {
        int64_t group;
        double place, route; /* best over its members seen */
        bool evidence;
} Candidate;

typedef struct Search {
        const MatchingSettings *settings;
        Store *store;
        const MemberRow *newcomer;
        const Sighting *heard;
        size_t n_heard;
        uint64_t window_ms;
        int64_t hearing[MAX_HEARING]; /* members who hear the newcomer */
        size_t n_hearing;
        Candidate list[MAX_CANDIDATES];
        size_t n;
} Search;

static bool heard_token(const Search *x, const Token *t)
{
        for (size_t i = 0; i < x->n_heard; i++)
                if (memcmp(x->heard[i].token.b, t->b, sizeof t->b) == 0)
                        return true;
        return false;
}

static Evidence evidence_with(const Search *x, const MemberRow *m)
{
        bool hears_us = false;

        for (size_t i = 0; i < x->n_hearing; i++)
                hears_us |= x->hearing[i] == m->id;
        return (Evidence)(heard_token(x, &m->token) + hears_us);
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
        const MatchingSettings *s = x->settings;
        Evidence e = evidence_with(x, m);
        double route = similarity_route(s, m->route, x->newcomer->route, e);
        Candidate *c;

        if (route <= 0)
                return 0;
        c = candidate_of(x, m->group);
        if (!c)
                return 0;
        c->route = MAX(c->route, route);
        c->place = MAX(c->place, similarity_place(s, &m->fix, &x->newcomer->fix, e));
        c->evidence |= e != EVIDENCE_NONE;
        return 0;
}

static int note_hearing(const MemberRow *m, void *userdata)
{
        Search *x = userdata;

        if (x->n_hearing < MAX_HEARING)
                x->hearing[x->n_hearing++] = m->id;
        return consider(m, x);
}

/* Everyone who can be alike: by the token they or we heard, by the route near our fix, by the route
 * where a fix is vague or missing, and anywhere on the route if it is ours that is missing. */
static int search(Search *x)
{
        const Fix *f = &x->newcomer->fix;
        const char *route = x->newcomer->route;
        Store *s = x->store;
        int32_t box[4];
        int r;

        r = store_members_hearing(s, &x->newcomer->token, note_hearing, x);
        for (size_t i = 0; r == 0 && i < x->n_heard; i++)
                r = store_members_by_token(s, &x->heard[i].token, consider, x);
        if (r == 0 && !f->known)
                return store_members_recent(s, route, MAX_NEAR, consider, x);
        reach_around(f, x->settings->place_limit_m + f->accuracy_m + REACH_SHARP_M, box);
        if (r == 0)
                r = store_members_near(s, route, box, MAX_NEAR, consider, x);
        reach_around(f, REACH_VAGUE_M, box);
        if (r == 0)
                r = store_members_vague(s, route, box, MAX_VAGUE, consider, x);
        if (r == 0)
                r = store_members_near(s, route, NULL, MAX_VAGUE, consider, x);
        return r;
}

static int compare(const Search *x, const Candidate *c, Similarity *ret)
{
        GroupRow g;
        uint64_t window;
        int r;

        r = store_group_get(x->store, c->group, &g);
        if (r != 0)
                return r < 0 ? r : -EIO;
        /* a close that was asked for brings the deadline nearer, but not the people farther
         * apart */
        window = g.phase == GROUP_GATHERING ? MAX(x->window_ms, g.deadline_ms - g.opened_ms) : 0;
        *ret = similarity_composite(x->settings, c->route, c->place,
                                    similarity_time(g.opened_ms, x->newcomer->press_ms, window));
        return 0;
}

/* Two groups that fit about equally are told apart by radio, as soon as somebody hears somebody. A
 * terminal that has listened and heard nobody is asked. */
static bool is_ambiguous(const Search *x, const MatchDecision *d, uint64_t now_ms)
{
        if (d->second.composite < x->settings->threshold ||
            d->like.composite - d->second.composite >= x->settings->ambiguity)
                return false;
        for (size_t i = 0; i < x->n; i++)
                if (x->list[i].evidence)
                        return false;
        return now_ms >= x->newcomer->press_ms + LISTENED_MS;
}

int matcher_decide(const MatchingSettings *m, Store *s, const MemberRow *newcomer,
                   const Sighting *heard, size_t n, uint64_t window_ms, uint64_t now_ms,
                   MatchDecision *ret)
{
        Search x = {.settings = m,
                    .store = s,
                    .newcomer = newcomer,
                    .heard = heard,
                    .n_heard = n,
                    .window_ms = window_ms};
        MatchDecision d = {.verdict = MATCH_OPEN};
        Similarity like;
        int r;

        r = search(&x);
        for (size_t i = 0; r == 0 && i < x.n; i++) {
                r = compare(&x, &x.list[i], &like);
                if (r < 0)
                        return r;
                if (like.composite > d.like.composite) {
                        d.second = d.like;
                        d.like = like;
                        d.group = x.list[i].group;
                } else if (like.composite > d.second.composite)
                        d.second = like;
        }
        if (r < 0)
                return r;
        if (d.like.composite < m->threshold)
                d.verdict = newcomer->press_ms + window_ms <= now_ms ? MATCH_REFUSED : MATCH_OPEN;
        else
                d.verdict = is_ambiguous(&x, &d, now_ms) ? MATCH_AMBIGUOUS : MATCH_JOIN;
        *ret = d;
        return 0;
}
