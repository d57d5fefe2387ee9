/* SPDX-License-Identifier: GPL-2.0-or-later */
/* matcher.c - the decision on arrival */
#include "matcher.h"

#include "geobox.h"
#include "links.h"
#include "mixing.h"
#include "unheard.h"

#include <assert.h>
#include <string.h>

enum { MAX_GROUPS = 64, MAX_NEAR = 64, MAX_VAGUE = 16, MAX_HEARING = 64, SPOKESMEN = 4 };

typedef struct GroupScore {
        int64_t group;
        double place, route; /* best over its members seen */
        bool evidence, linked;
} GroupScore;

typedef struct Search {
        const MatchingSettings *settings;
        Store *store;
        const MemberRow *newcomer;
        const Sighting *heard;
        size_t n_heard;
        uint64_t window_ms, now_ms;
        int64_t hearing[MAX_HEARING]; /* members that hear the newcomer */
        size_t n_hearing;
        bool has_radio; /* someone heard it, or it heard someone */
        bool fix_tells_nothing;
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

static int matcher_note_tie(int64_t row, void *userdata)
{
        return 1;
}

/* 1: this member has radio, which ends a walk over a group. */
static int matcher_has_radio(const MemberRow *m, void *userdata)
{
        int r = store_member_has_radio(userdata, m);

        return r == STORE_E_NOT_FOUND ? 0 : r < 0 ? r : 1;
}

/* Whether people who hear each other have let m in. 0 or 1, or negative errno. */
static int matcher_is_let_in(const Search *x, const MemberRow *m)
{
        int r = store_ties_walk(x->store, m->id, matcher_note_tie, NULL);

        return r <= 0 ? r : store_members_of_group(x->store, m->group, matcher_has_radio, x->store);
}

/* 1: one of the two claims to hear the other, and it is a claim that links nobody. */
static int matcher_is_doubtful(const Search *x, const MemberRow *m)
{
        const MemberRow *of = matcher_heard_token(x, &m->token) ? x->newcomer : m;

        if (of->press_ms + MATCHER_LISTENED_MS > x->now_ms)
                return 0; /* it may be heard yet */
        return unheard(x->store, of);
}

/* A fix links two members only while radio says nothing of either, nor people who hear each other
 * have let one of them in. The search looks at radio first. */
static int matcher_is_linked(const Search *x, const MemberRow *m, Evidence e, bool *ret)
{
        int r = e == EVIDENCE_ONE_SIDED ? matcher_is_doubtful(x, m) : 0;

        *ret = e != EVIDENCE_NONE && r == 0;
        if (r != 0 || *ret || x->has_radio || x->fix_tells_nothing ||
            !links_by_fix(x->settings, &m->fix, &x->newcomer->fix))
                return MIN(r, 0);
        r = matcher_has_radio(m, x->store);
        if (r == 0)
                r = matcher_is_let_in(x, m);
        *ret = r == 0;
        return MIN(r, 0);
}

static int matcher_consider(const MemberRow *m, void *userdata)
{
        Search *x = userdata;
        const MatchingSettings *s = x->settings;
        Evidence e = matcher_evidence_with(x, m);
        double route = similarity_route(s, m->route, x->newcomer->route, e);
        GroupScore *c;
        bool linked;
        int r;

        if (route <= 0 || m->id == x->newcomer->id)
                return 0;
        x->has_radio |= e != EVIDENCE_NONE;
        c = matcher_score_of(x, m->group);
        if (!c)
                return 0;
        c->route = MAX(c->route, route);
        c->place = MAX(c->place, similarity_place(s, &m->fix, &x->newcomer->fix, e));
        c->evidence |= e != EVIDENCE_NONE;
        if (c->linked)
                return 0;
        r = matcher_is_linked(x, m, e, &linked);
        c->linked = linked;
        return r;
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

        r = store_members_hearing(s, &x->newcomer->token, MAX_HEARING, matcher_note_hearing, x);
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

static int matcher_compare(const Search *x, const GroupScore *c, Similarity *ret,
                           GroupRow *ret_group)
{
        GroupRow g;
        uint64_t window;
        bool gathers;
        int r;

        r = store_group_get(x->store, c->group, &g);
        if (r != 0)
                return r < 0 ? r : -EIO;
        /* an early close moves the deadline; it must not make the window for people shorter. Past
         * the deadline a group is being closed, and takes nobody; nor does one that is full */
        gathers = g.phase == GROUP_GATHERING && g.deadline_ms > x->now_ms &&
                  g.n_members < x->settings->max_members;
        window = gathers ? MAX(x->window_ms, group_window_ms(&g)) : 0;
        *ret = similarity_composite(x->settings, c->route, c->place,
                                    similarity_time(g.opened_ms, x->newcomer->press_ms, window));
        *ret_group = g;
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
                if (x->list[i].linked && x->list[i].evidence)
                        return false;
        return now_ms >= x->newcomer->press_ms + MATCHER_LISTENED_MS;
}

/* Notes how well a group fits. Only a linked one can be joined. */
static void matcher_rank(MatchDecision *d, const GroupScore *c, Similarity like,
                         Similarity *unlinked)
{
        if (!c->linked) {
                if (like.composite > unlinked->composite)
                        *unlinked = like;
        } else if (like.composite > d->like.composite) {
                d->second = d->like;
                d->like = like;
                d->group = c->group;
        } else if (like.composite > d->second.composite)
                d->second = like;
}

/* Notes how well a group fits, if it can be one with the newcomer; *missed: one that cannot would
 * have been joined. */
static int matcher_weigh(const Search *x, const GroupScore *c, MatchDecision *d,
                         Similarity *unlinked, bool *missed)
{
        Similarity like;
        GroupRow g;
        bool mixes;
        int r = matcher_compare(x, c, &like, &g);

        if (r == 0)
                r = mixing_newcomer(x->settings, x->store, x->newcomer, &g, &mixes);
        if (r < 0)
                return r;
        if (mixes)
                matcher_rank(d, c, like, unlinked);
        else
                *missed |= c->linked && like.composite >= x->settings->threshold;
        return 0;
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
                    .window_ms = window_ms,
                    .now_ms = now_ms};
        MatchDecision d = {.verdict = MATCH_OPEN};
        Similarity unlinked = {0};
        bool missed = false;
        int r;

        assert(n <= SERIAL_HEARD_MAX);
        r = matcher_search(&x);
        for (size_t i = 0; r == 0 && i < x.n; i++)
                r = matcher_weigh(&x, &x.list[i], &d, &unlinked, &missed);
        if (r < 0)
                return r;
        if (d.like.composite >= m->threshold)
                d.verdict = matcher_is_ambiguous(&x, &d, now_ms) ? MATCH_AMBIGUOUS : MATCH_JOIN;
        else if (missed && newcomer->mark == MARK_GUEST)
                d.verdict = MATCH_NO_GUESTS;
        else {
                d.verdict = newcomer->press_ms + window_ms <= now_ms ? MATCH_REFUSED : MATCH_OPEN;
                if (unlinked.composite > d.like.composite)
                        d.like = unlinked;
        }
        *ret = d;
        return 0;
}

/* ---- members that gather already ---- */

typedef struct Heard {
        Sighting list[SERIAL_HEARD_MAX];
        size_t n;
} Heard;

static int matcher_read_heard(const Sighting *s, void *userdata)
{
        Heard *h = userdata;

        if (h->n < ARRAY_LEN(h->list))
                h->list[h->n++] = *s;
        return 0;
}

/* Calls func for each other gathering group that is alike and can be one with ours. */
static int matcher_walk_alike(const MatchingSettings *m, Store *s, const MemberRow *of,
                              uint64_t window_ms, uint64_t now_ms,
                              int (*func)(void *userdata, const GroupRow *g, bool linked),
                              void *userdata)
{
        Heard heard = {.n = 0};
        Search x = {.settings = m,
                    .store = s,
                    .newcomer = of,
                    .window_ms = window_ms,
                    .now_ms = now_ms};
        Similarity like;
        GroupRow g, own;
        bool mixes;
        int r = store_heard_get(s, of->id, matcher_read_heard, &heard);

        x.heard = heard.list;
        x.n_heard = heard.n;
        if (r == 0)
                r = matcher_is_let_in(&x, of);
        x.fix_tells_nothing = r > 0;
        if (r >= 0)
                r = matcher_search(&x);
        if (r == 0)
                r = must(store_group_get(s, of->group, &own));
        if (r == 0) /* the longer window of two groups is that of both: each sees the other */
                x.window_ms = MAX(x.window_ms, group_window_ms(&own));
        for (size_t i = 0; r == 0 && i < x.n; i++) {
                if (x.list[i].group == of->group)
                        continue;
                r = matcher_compare(&x, &x.list[i], &like, &g);
                if (r < 0 || g.phase != GROUP_GATHERING || like.composite < m->threshold)
                        continue;
                r = mixing_groups(m, s, &own, &g, &mixes);
                if (r == 0 && mixes)
                        r = func(userdata, &g, x.list[i].linked);
        }
        return must(r);
}

static int matcher_take_linked(void *userdata, const GroupRow *g, bool linked)
{
        GroupRow *best = userdata;

        if (linked && (best->id == 0 || g->opened_ms < best->opened_ms))
                *best = *g;
        return 0;
}

int matcher_linked(const MatchingSettings *m, Store *s, const MemberRow *of, uint64_t window_ms,
                   uint64_t now_ms, GroupRow *ret)
{
        GroupRow best = {0};
        int r = matcher_walk_alike(m, s, of, window_ms, now_ms, matcher_take_linked, &best);

        if (r == 0)
                *ret = best;
        return r;
}

static bool matcher_knows_other(const MatchOthers *o, int64_t group)
{
        for (size_t i = 0; i < o->n; i++)
                if (o->list[i].id == group)
                        return true;
        return false;
}

/* Keeps the earliest ones in order. */
static int matcher_take_other(void *userdata, const GroupRow *g, bool linked)
{
        MatchOthers *o = userdata;
        size_t at = o->n;

        if (linked || g->opened_ms > o->opened_until_ms || matcher_knows_other(o, g->id))
                return 0;
        while (at > 0 &&
               (o->list[at - 1].opened_ms > g->opened_ms ||
                (o->list[at - 1].opened_ms == g->opened_ms && o->list[at - 1].id > g->id)))
                at--;
        if (at == ARRAY_LEN(o->list))
                return 0;
        o->n = MIN(o->n + 1, ARRAY_LEN(o->list));
        memmove(&o->list[at + 1], &o->list[at], (o->n - 1 - at) * sizeof o->list[0]);
        o->list[at] = *g;
        return 0;
}

/* The members of a group whose fixes say most, the sharpest first. */
typedef struct Spokesmen {
        MemberRow list[SPOKESMEN];
        size_t n, n_seen;
} Spokesmen;

static bool matcher_is_sharper(const Fix *a, const Fix *b)
{
        return a->known && (!b->known || a->accuracy_m < b->accuracy_m);
}

static int matcher_note_spokesman(const MemberRow *m, void *userdata)
{
        Spokesmen *s = userdata;
        size_t at = s->n;

        while (at > 0 && matcher_is_sharper(&m->fix, &s->list[at - 1].fix))
                at--;
        if (at < SPOKESMEN) {
                s->n = MIN(s->n + 1, (size_t)SPOKESMEN);
                memmove(&s->list[at + 1], &s->list[at], (s->n - 1 - at) * sizeof s->list[0]);
                s->list[at] = *m;
        }
        return ++s->n_seen == MAX_NEAR;
}

/* Compares from several members: others compare with the best of ours, and if we did so from one
 * whose fix is wrong, they would be asked about us, and we not about them. */
int matcher_others(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                   uint64_t now_ms, bool closes, MatchOthers *ret)
{
        uint64_t until_ms = closes ? now_ms : now_ms - MIN(now_ms, (uint64_t)MATCHER_LISTENED_MS);
        MatchOthers o = {.opened_until_ms = until_ms};
        Spokesmen ours = {.n = 0};
        int r = 0;

        if (g->phase == GROUP_GATHERING && g->opened_ms <= until_ms)
                r = MIN(store_members_of_group(s, g->id, matcher_note_spokesman, &ours), 0);
        for (size_t i = 0; r == 0 && i < ours.n; i++)
                r = matcher_walk_alike(m, s, &ours.list[i], window_ms, now_ms, matcher_take_other,
                                       &o);
        if (r == 0)
                *ret = o;
        return r;
}
