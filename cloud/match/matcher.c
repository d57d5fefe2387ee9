/* SPDX-License-Identifier: GPL-2.0-or-later */
/* matcher.c - the decision on arrival */
#include "matcher.h"

#include "geobox.h"

#include <string.h>

enum { MAX_GROUPS = 64, MAX_NEAR = 64, MAX_VAGUE = 16, MAX_HEARING = 64, LISTENED_MS = 6000 };

typedef struct GroupScore {
        int64_t group;
        double place, route; /* best over its members seen */
        bool evidence;
} GroupScore;

typedef struct Search {
        const MatchingSettings *settings;
        Store *store;
        const MemberRow *newcomer;
        const Sighting *heard;
        size_t n_heard;
        uint64_t window_ms;
        int64_t hearing[MAX_HEARING]; /* members that hear the newcomer */
        size_t n_hearing;
        GroupScore list[MAX_GROUPS];
        size_t n;
} Search;

static bool matcher_heard_token(const Search *x, const Token *t)
{
        for (size_t i = 0; i < x->n_heard; i++)
                if (memcmp(x->heard[i].token.b, t->b, sizeof t->b) == 0)
                        return true;
        return false;
}

static Evidence matcher_evidence_with(const Search *x, const MemberRow *m)
{
        bool hears_us = false;

        for (size_t i = 0; i < x->n_hearing; i++)
                hears_us |= x->hearing[i] == m->id;
        return (Evidence)(matcher_heard_token(x, &m->token) + hears_us);
}

static GroupScore *matcher_score_of(Search *x, int64_t group)
{
        for (size_t i = 0; i < x->n; i++)
                if (x->list[i].group == group)
                        return &x->list[i];
        if (x->n == MAX_GROUPS)
                return NULL;
        x->list[x->n] = (GroupScore){.group = group};
        return &x->list[x->n++];
}

static int matcher_consider(const MemberRow *m, void *userdata)
{
        Search *x = userdata;
        const MatchingSettings *s = x->settings;
        Evidence e = matcher_evidence_with(x, m);
        double route = similarity_route(s, m->route, x->newcomer->route, e);
        GroupScore *c;

        if (route <= 0)
                return 0;
        c = matcher_score_of(x, m->group);
        if (!c)
                return 0;
        c->route = MAX(c->route, route);
        c->place = MAX(c->place, similarity_place(s, &m->fix, &x->newcomer->fix, e));
        c->evidence |= e != EVIDENCE_NONE;
        return 0;
}

static int matcher_note_hearing(const MemberRow *m, void *userdata)
{
        Search *x = userdata;

        if (x->n_hearing < MAX_HEARING)
                x->hearing[x->n_hearing++] = m->id;
        return matcher_consider(m, x);
}

/* Looks at all members that can be alike: by a token that they or we heard, by the route near our
 * fix, by the route with a vague or missing fix; without a fix of ours, anywhere on the route. */
static int matcher_search(Search *x)
{
        const Fix *f = &x->newcomer->fix;
        const char *route = x->newcomer->route;
        Store *s = x->store;
        int32_t box[4];
        int r;

        r = store_members_hearing(s, &x->newcomer->token, matcher_note_hearing, x);
        for (size_t i = 0; r == 0 && i < x->n_heard; i++)
                r = store_members_by_token(s, &x->heard[i].token, matcher_consider, x);
        if (r == 0 && !f->known)
                return store_members_recent(s, route, MAX_NEAR, matcher_consider, x);
        geobox_around(f, x->settings->place_limit_m + f->accuracy_m + GEOBOX_SHARP_M, box);
        if (r == 0)
                r = store_members_near(s, route, box, MAX_NEAR, matcher_consider, x);
        geobox_around(f, GEOBOX_VAGUE_M, box);
        if (r == 0)
                r = store_members_vague(s, route, box, MAX_VAGUE, matcher_consider, x);
        if (r == 0)
                r = store_members_near(s, route, NULL, MAX_VAGUE, matcher_consider, x);
        return r;
}

static int matcher_compare(const Search *x, const GroupScore *c, Similarity *ret)
{
        GroupRow g;
        uint64_t window;
        int r;

        r = store_group_get(x->store, c->group, &g);
        if (r != 0)
                return r < 0 ? r : -EIO;
        /* an early close moves the deadline; it must not make the window for people shorter */
        window = g.phase == GROUP_GATHERING ? MAX(x->window_ms, g.deadline_ms - g.opened_ms) : 0;
        *ret = similarity_composite(x->settings, c->route, c->place,
                                    similarity_time(g.opened_ms, x->newcomer->press_ms, window));
        return 0;
}

/* Radio tells apart two groups that fit about equally, once there is a sighting. If the terminal
 * has listened without one, we ask the user. */
static bool matcher_is_ambiguous(const Search *x, const MatchDecision *d, uint64_t now_ms)
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

        r = matcher_search(&x);
        for (size_t i = 0; r == 0 && i < x.n; i++) {
                r = matcher_compare(&x, &x.list[i], &like);
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
                d.verdict = matcher_is_ambiguous(&x, &d, now_ms) ? MATCH_AMBIGUOUS : MATCH_JOIN;
        *ret = d;
        return 0;
}
