/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "looking.h"

#include "rounds.h"
#include "silence.h"
#include "unheard.h"

#include <string.h>

enum { LOOKED_AT_MAX = 64 }; /* members whose radios count, of a large group */

/* The members of a group, the first LOOKED_AT_MAX, and what radio says of them. */
typedef struct Crowd {
        Store *store;
        MemberRow list[LOOKED_AT_MAX];
        bool heard[LOOKED_AT_MAX]; /* it hears, or is heard; see unheard.h */
        size_t n, n_heard;
} Crowd;

static int looking_add_member(const MemberRow *m, void *userdata)
{
        Crowd *c = userdata;
        int radio = store_member_has_radio(c->store, m), r = radio == 0 ? unheard(c->store, m) : 0;

        if (radio < 0 || r < 0)
                return MIN(radio, r);
        c->list[c->n] = *m;
        c->heard[c->n] = radio == 0 && r == 0;
        c->n_heard += c->heard[c->n];
        return ++c->n == LOOKED_AT_MAX;
}

static int looking_at(Store *s, const GroupRow *g, Crowd *ret)
{
        ret->store = s;
        ret->n = ret->n_heard = 0;
        return MIN(store_members_of_group(s, g->id, looking_add_member, ret), 0);
}

static size_t looking_first_heard(const Crowd *c)
{
        size_t i = 0;

        while (i < c->n && !c->heard[i])
                i++;
        return i;
}

/* ---- a group whose code has words ---- */

/* As silence.h believes: for each the proof costs the others a run. */
static size_t looking_silent_max(size_t hearing)
{
        return MAX(hearing, (size_t)SILENCE_TABLE);
}

/* The group that the two become, or NULL: they stay apart. One of them hears nobody. A group that
 * hears each other keeps its opener, so that nobody from afar closes its window. */
static GroupRow *looking_host(GroupRow *g, const Crowd *ours, GroupRow *other, const Crowd *theirs)
{
        size_t hearing = ours->n_heard + theirs->n_heard, all = ours->n + theirs->n;

        if ((ours->n_heard > 0 && theirs->n_heard > 0) || ours->n == LOOKED_AT_MAX ||
            theirs->n == LOOKED_AT_MAX || all - hearing > looking_silent_max(hearing))
                return NULL;
        if (hearing < 2)
                return g->opened_ms <= other->opened_ms ? g : other;
        return ours->n_heard >= theirs->n_heard ? g : other;
}

/* *g is the group that has its members afterwards. */
static int looking_take_one(Store *s, GroupRow *g, GroupRow *other, bool closes,
                            uint32_t max_members, RegroupFunc changed, void *userdata)
{
        Crowd ours, theirs;
        GroupRow *host;
        int r;

        if (other->party)
                return 0;
        r = looking_at(s, g, &ours);
        if (r == 0)
                r = looking_at(s, other, &theirs);
        if (r < 0 || (closes && ours.n_heard < 2))
                return r;
        host = looking_host(g, &ours, other, &theirs);
        if (!host || (closes && host != g))
                return 0;
        return regroup_taken_in(s, host, host == g ? other : g, max_members, g, changed, userdata);
}

/* A member that came by its fix before others were heard is doubtful now, and stays, within
 * bounds. */
static int looking_keep_own(Store *s, const GroupRow *g)
{
        Crowd c;
        int r = g->n_members <= LOOKED_AT_MAX ? looking_at(s, g, &c) : STORE_E_NOT_FOUND;
        size_t firm, kept = 0;

        if (r != 0 || c.n_heard < 2)
                return MIN(r, 0);
        firm = looking_first_heard(&c);
        for (size_t i = 0; r == 0 && i < c.n && kept < looking_silent_max(c.n_heard); i++)
                if (!c.heard[i]) {
                        r = must(store_tie_add(s, c.list[firm].id, c.list[i].id));
                        kept++;
                }
        return r;
}

int looking_take_silent(const MatchingSettings *m, Store *s, GroupRow *g, uint64_t window_ms,
                        uint64_t now_ms, bool closes, RegroupFunc changed, void *userdata)
{
        MatchOthers found;
        int r;

        if (g->party)
                return 0;
        r = matcher_others(m, s, g, window_ms, now_ms, closes, &found);
        for (size_t i = 0; r == 0 && i < found.n; i++)
                r = looking_take_one(s, g, &found.list[i], closes, m->max_members, changed,
                                     userdata);
        return r == 0 && closes ? looking_keep_own(s, g) : r;
}

/* ---- a party ---- */

/* Those who hear somebody, or are tied to them, over any number of others. */
typedef struct Core {
        const Crowd *crowd;
        bool has[LOOKED_AT_MAX];
        bool tied; /* what the walk over the ties of one says */
} Core;

static int looking_note_tie(int64_t row, void *userdata)
{
        Core *core = userdata;

        for (size_t i = 0; i < core->crowd->n; i++)
                core->tied |= core->has[i] && core->crowd->list[i].id == row;
        return 0;
}

/* 1: the core has grown, 0: nobody else is tied to it; or negative errno. */
static int looking_grow_core(Core *core)
{
        const Crowd *c = core->crowd;
        bool grown = false;
        int r = 0;

        for (size_t i = 0; r == 0 && i < c->n; i++) {
                core->tied = false;
                if (!core->has[i])
                        r = store_ties_walk(c->store, c->list[i].id, looking_note_tie, core);
                core->has[i] |= core->tied;
                grown |= core->tied;
        }
        return r < 0 ? r : grown;
}

static int looking_find_core(const Crowd *c, Core *ret)
{
        int r;

        ret->crowd = c;
        memcpy(ret->has, c->heard, sizeof ret->has);
        do
                r = looking_grow_core(ret);
        while (r > 0);
        return r;
}

/* The people of the group and their core. Where fewer than two are heard there is none: ret_c->n is
 * 0 then. */
static int looking_with_core(Store *s, const GroupRow *g, Crowd *ret_c, Core *ret)
{
        int r = looking_at(s, g, ret_c);

        if (r == 0 && ret_c->n_heard < 2)
                ret_c->n = 0;
        return r < 0 ? r : looking_find_core(ret_c, ret);
}

/* When this one and somebody of the core have listened together for long enough. */
static uint64_t looking_listened_ms(const Core *core, size_t i)
{
        const Crowd *c = core->crowd;
        uint64_t first_ms = UINT64_MAX;

        for (size_t j = 0; j < c->n; j++)
                if (c->heard[j])
                        first_ms = MIN(first_ms, c->list[j].press_ms);
        return MAX(first_ms, c->list[i].press_ms) + MATCHER_LISTENED_MS;
}

int looking_cut_off(Store *s, GroupRow *g, uint64_t window_ms, uint64_t now_ms, RegroupFunc changed,
                    void *userdata)
{
        Core core;
        Crowd c;
        int r = looking_with_core(s, g, &c, &core);

        for (size_t i = 0; r == 0 && i < c.n; i++)
                if (!core.has[i] && looking_listened_ms(&core, i) <= now_ms)
                        r = regroup_cut_off(s, g, &c.list[i], window_ms, changed, userdata);
        return r;
}

/* ---- before a party closes ---- */

/* 1: the one does not want the other, 0: it does, or has not said yet; or negative errno. */
static int looking_said_no(Store *s, const GroupRow *g, const GroupRow *other)
{
        bool yes = false;
        int r = store_admission_get(s, g->id, other->id, &yes);

        return r < 0 ? r : r == 0 && !yes;
}

static int looking_is_unanswered(Store *s, const GroupRow *g, const GroupRow *other, bool *ret)
{
        int r = looking_said_no(s, g, other);

        if (r == 0)
                r = looking_said_no(s, other, g);
        *ret = r == 0;
        return MIN(r, 0);
}

/* Other groups that people are asked about. */
static int looking_wait_for_others(const MatchingSettings *m, Store *s, const GroupRow *g,
                                   uint64_t window_ms, uint64_t now_ms, uint64_t *listened_ms)
{
        MatchOthers found;
        bool unanswered;
        uint64_t until_ms = g->opened_ms + MAX(window_ms, group_window_ms(g));
        int r = matcher_others(m, s, g, window_ms, now_ms, true, &found);

        for (size_t i = 0; r == 0 && i < found.n; i++) {
                if (!found.list[i].party || found.list[i].opened_ms > until_ms)
                        continue;
                r = looking_is_unanswered(s, g, &found.list[i], &unanswered);
                if (unanswered)
                        *listened_ms =
                                MAX(*listened_ms, found.list[i].opened_ms + MATCHER_LISTENED_MS);
        }
        return r;
}

/* When those of its own have listened whom looking_cut_off would cut off then. */
static int looking_find_own(Store *s, const GroupRow *g, uint64_t *listened_ms)
{
        Core core;
        Crowd c;
        int r = looking_with_core(s, g, &c, &core);

        for (size_t i = 0; r == 0 && i < c.n; i++)
                if (!core.has[i])
                        *listened_ms = MAX(*listened_ms, looking_listened_ms(&core, i));
        return r;
}

/* ---- where people close by hand ---- */

/* The sightings within a crowd. */
typedef struct Hearing {
        const Crowd *crowd;
        size_t of; /* whose token is looked for */
        bool heard[LOOKED_AT_MAX][LOOKED_AT_MAX];
} Hearing;

static int looking_note_hearer(const MemberRow *m, void *userdata)
{
        Hearing *h = userdata;

        for (size_t i = 0; i < h->crowd->n; i++)
                h->heard[i][h->of] |= h->crowd->list[i].id == m->id;
        return 0;
}

static bool looking_hears(const void *userdata, size_t i, size_t j)
{
        const Hearing *h = userdata;

        return h->heard[i][j];
}

/* All members with radio are heard by all, over any number of others. A new one that is heard
 * by nobody need not be: it is believed by its serial. */
static int looking_is_round(const Hearing *h, uint64_t now_ms, bool *ret)
{
        _cleanup_(rounds_freep) Rounds *rounds = NULL;
        uint32_t number[LOOKED_AT_MAX], first = ROUNDS_NONE;
        const Crowd *c = h->crowd;
        int r = rounds_new(&rounds, c->n, looking_hears, h, number);

        if (r < 0)
                return r;
        while (rounds_step(rounds))
                ;
        for (size_t i = 0; i < c->n && first == ROUNDS_NONE; i++)
                first = number[i];
        *ret = true;
        for (size_t i = 0; i < c->n; i++)
                if (c->heard[i] && (number[i] != first || first == ROUNDS_NONE))
                        *ret &= number[i] == ROUNDS_NONE &&
                                c->list[i].press_ms + MATCHER_LISTENED_MS > now_ms;
        return 0;
}

/* Until those who have radio have had the time to hear each other. */
static int looking_wait_for_radio(Store *s, const GroupRow *g, uint64_t now_ms,
                                  uint64_t *listened_ms)
{
        _cleanup_free_ Hearing *h = calloc(1, sizeof *h);
        bool round = true;
        Crowd c;
        int r = h ? looking_at(s, g, &c) : -ENOMEM;

        if (r < 0 || c.n_heard < 2)
                return r;
        h->crowd = &c;
        for (; r == 0 && h->of < c.n; h->of++)
                r = store_members_hearing(s, &c.list[h->of].token, LOOKED_AT_MAX,
                                          looking_note_hearer, h);
        if (r == 0)
                r = looking_is_round(h, now_ms, &round);
        for (size_t i = 0; r == 0 && !round && i < c.n; i++)
                if (c.heard[i])
                        *listened_ms = MAX(*listened_ms, c.list[i].press_ms + MATCHER_LISTENED_MS);
        return r;
}

static uint64_t looking_answered_ms(const MatchingSettings *m, const GroupRow *g,
                                    uint64_t listened_ms, uint64_t now_ms)
{
        uint64_t answer_ms = g->party ? m->answer_ms : 0;

        return listened_ms > 0 ? MAX(now_ms, listened_ms + answer_ms) : now_ms;
}

int looking_waits_for_own(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t now_ms,
                          uint64_t *ret_ms)
{
        uint64_t listened_ms = 0, radio_ms = 0;
        int r = 0;

        if (g->n_members < LOOKED_AT_MAX)
                r = looking_wait_for_radio(s, g, now_ms, &radio_ms);
        if (r == 0 && g->n_members < LOOKED_AT_MAX)
                r = looking_find_own(s, g, &listened_ms);
        if (listened_ms > 0) /* nobody was asked about the ones that are still in the group */
                listened_ms = MAX(listened_ms, now_ms);
        *ret_ms = MAX(radio_ms, looking_answered_ms(m, g, listened_ms, now_ms));
        return r;
}

int looking_asks(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                 uint64_t now_ms, bool *ret)
{
        uint64_t listened_ms = 0;
        int r = g->party ? looking_wait_for_others(m, s, g, window_ms, now_ms, &listened_ms) : 0;

        *ret = listened_ms > 0;
        return r;
}

int looking_waits(const MatchingSettings *m, Store *s, const GroupRow *g, uint64_t window_ms,
                  uint64_t now_ms, uint64_t *ret_ms)
{
        uint64_t listened_ms = 0;
        int r;

        *ret_ms = now_ms;
        if (!g->party || m->answer_ms == 0 || g->n_members >= LOOKED_AT_MAX)
                return 0;
        r = looking_wait_for_others(m, s, g, window_ms, now_ms, &listened_ms);
        if (r == 0)
                r = looking_find_own(s, g, &listened_ms);
        *ret_ms = looking_answered_ms(m, g, listened_ms, now_ms);
        return r;
}

/* ---- when ---- */

uint64_t looking_first(const MemberRow *opener, uint64_t now_ms)
{
        return MAX(now_ms, opener->press_ms + MATCHER_LISTENED_MS);
}
