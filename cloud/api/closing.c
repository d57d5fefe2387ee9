/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "closing.h"

#include "cloud/match/looking.h"
#include "others.h"
#include "watchers.h"

#include <assert.h>

enum {
        CLOSINGS_MAX = 4,      /* at a time: each has some megabytes; more wait in the store */
        EVIDENCE_AT_ONCE = 32, /* members whose evidence goes with the close, that of others soon */
};

typedef enum ClosingStage { CLOSING_REGROUP, CLOSING_KEEP_NEAR, CLOSING_SIGN } ClosingStage;

typedef struct Closing {
        int64_t group;
        ClosingStage stage;
        Regrouping *regrouping;
        int64_t near; /* the member whose neighbours were kept last */
        uint64_t now_ms;
} Closing;

struct Closings {
        Closing list[CLOSINGS_MAX]; /* the first goes on next */
        size_t n;
};

int group_changed(Node *node, GroupRow *g)
{
        int r;

        g->revision++;
        r = store_group_update(node->store, g);
        if (r != 0)
                return must(r);
        watchers_touch(node->watchers, g->id, 0);
        return 0;
}

/* ---- the end ---- */

static int closing_end_alone(Node *node, GroupRow *g, uint64_t now_ms)
{
        g->phase = GROUP_ALONE;
        g->deadline_ms = 0;
        g->expires_ms = now_ms + node->settings->delivered_expiry_ms;
        return group_changed(node, g);
}

typedef struct Listing {
        RosterMember *members;
        size_t n, room;
} Listing;

static int closing_list_member(const MemberRow *m, void *userdata)
{
        Listing *l = userdata;

        if (l->n == l->room)
                /* more rows than the group has members: the store contradicts itself */
                return -EIO;
        l->members[l->n++] = (RosterMember){m->member_id, m->commitment};
        return 0;
}

/* Draws again when the number is taken: fewer than a million of 10^10 are. */
static int closing_put_roster(Node *node, const GroupRow *g, const Listing *l)
{
        uint64_t wall_ms = clock_wall(node->clock); /* people see it */
        char number[RECORD_NUMBER_SIZE];
        int r;

        for (unsigned tries = 0; tries < 8; tries++) {
                _cleanup_(roster_freep) Roster *roster = NULL;

                record_number_draw(number);
                r = roster_sign(&roster, number, wall_ms, &g->opener, l->members, l->n,
                                cloud_keys_sign_private(node->keys, wall_ms));
                if (r != 0)
                        return must(r);
                r = store_roster_put(node->store, g->id, roster);
                if (r != STORE_E_EXISTS)
                        return r;
        }
        return -EIO;
}

static int closing_sign_roster(Node *node, const GroupRow *g)
{
        _cleanup_free_ RosterMember *members = calloc(g->n_members, sizeof *members);
        Listing l = {.members = members, .room = g->n_members};
        int r;

        if (!members)
                return -ENOMEM;
        r = store_members_of_group(node->store, g->id, closing_list_member, &l);
        return r < 0 ? r : closing_put_roster(node, g, &l);
}

static int closing_end(Node *node, GroupRow *g, uint64_t now_ms)
{
        int r;

        assert(g->phase == GROUP_GATHERING);
        if (g->n_members == 0) {
                watchers_touch(node->watchers, g->id, 0);
                return store_group_delete(node->store, g->id);
        }
        r = store_plan_drop(node->store, g->id);
        if (r == 0 && g->n_members > 1)
                r = others_passed(node, g, now_ms);
        if (r < 0)
                return r;
        /* positions are of no use any more */
        r = store_evidence_drop(node->store, g->id, g->n_members > 1 ? now_ms + PAST_MS : 0,
                                EVIDENCE_AT_ONCE);
        if (r < 0)
                return r;
        if (g->n_members < 2)
                return closing_end_alone(node, g, now_ms);
        r = closing_sign_roster(node, g);
        if (r < 0)
                return r;
        g->phase = GROUP_OPENING;
        g->deadline_ms = now_ms + node->settings->opening_timeout_ms;
        g->expires_ms = now_ms + node->settings->expiry_ms;
        g->closed_revision = g->revision + 1;
        node->tally.closed_groups++;
        return group_changed(node, g);
}

/* ---- the slices ---- */

static int closing_tell_regrouped(const GroupRow *g, void *userdata)
{
        watchers_touch(userdata, g->id, 0);
        return 0;
}

static void closing_done(Closing *c)
{
        c->regrouping = regrouping_free(c->regrouping);
}

static int closing_begin(Node *node, const GroupRow *g, uint64_t now_ms, Closing *ret)
{
        const CloudSettings *s = node->settings;

        *ret = (Closing){.group = g->id, .now_ms = now_ms};
        return regrouping_new(&ret->regrouping, &s->matching, node->store, g,
                              s->matching.max_members, s->window_ms, now_ms, closing_tell_regrouped,
                              node->watchers);
}

static int closing_step_regroup(Node *node, Closing *c)
{
        uint64_t looks = regrouping_looks(c->regrouping);
        int r = regrouping_step(c->regrouping);

        node->looks += regrouping_looks(c->regrouping) - looks;
        if (r != 0)
                return r;
        c->stage = CLOSING_KEEP_NEAR;
        return 1;
}

/* 1: there is more to do, 0: the group is closed, or gone; or negative errno. */
static int closing_step(Node *node, Closing *c)
{
        GroupRow g;
        int r;

        if (c->stage == CLOSING_REGROUP)
                return closing_step_regroup(node, c);
        if (c->stage == CLOSING_KEEP_NEAR) {
                r = store_near_keep(node->store, c->group, c->near, &c->near);
                if (r == STORE_E_NOT_FOUND)
                        c->stage = CLOSING_SIGN;
                return r < 0 ? r : 1;
        }
        r = store_group_get(node->store, c->group, &g);
        if (r != 0 || g.phase != GROUP_GATHERING)
                return MIN(r, 0);
        return closing_end(node, &g, c->now_ms);
}

/* As closing_step, until the slice is over. */
static int closing_run_slice(Node *node, Closing *c)
{
        uint64_t begun_with = node_work(node);
        int r;

        do
                r = closing_step(node, c);
        while (r > 0 && node_work(node) - begun_with < CLOSING_SLICE);
        if (r <= 0 || c->stage != CLOSING_REGROUP)
                return r;
        r = regrouping_keep(c->regrouping);
        return r < 0 ? r : 1;
}

static bool closings_have(const Closings *all, int64_t group)
{
        for (size_t i = 0; i < all->n; i++)
                if (all->list[i].group == group)
                        return true;
        return false;
}

/* Makes the group due, so that its close goes on, and nobody joins it meanwhile. Its members are
 * told of the close itself: a member that is told of this has to ask once more. */
static int closing_make_due(Node *node, int64_t group, uint64_t now_ms)
{
        GroupRow g;
        int r = store_group_get(node->store, group, &g);

        if (r != 0 || g.deadline_ms <= now_ms)
                return MIN(r, 0);
        g.deadline_ms = now_ms;
        return must(store_group_update(node->store, &g));
}

/* ---- other nodes ---- */

void closings_forget_one(Node *node, int64_t group)
{
        Closings *all = node->closings;
        size_t n = 0;

        for (size_t i = 0; i < all->n; i++)
                if (all->list[i].group == group)
                        closing_done(&all->list[i]);
                else
                        all->list[n++] = all->list[i];
        all->n = n;
}

/* ---- the beginning ---- */

int group_close(Node *node, GroupRow *g, uint64_t now_ms)
{
        Closings *all = node->closings;
        Closing c = {0};
        int r;

        assert(g->phase == GROUP_GATHERING);
        if (closings_have(all, g->id))
                return 0;
        r = others_take_silent(node, g, now_ms, true);
        if (r == 0)
                r = closing_begin(node, g, now_ms, &c);
        if (r == 0)
                r = closing_run_slice(node, &c);
        if (r > 0)
                r = closing_make_due(node, g->id, now_ms);
        else {
                closing_done(&c);
                return r;
        }
        if (r == 0 && all->n < CLOSINGS_MAX)
                all->list[all->n++] = c;
        else
                closing_done(&c);
        return r;
}

/* Its close has begun: nobody new is asked about. */
static int closings_have_begun(Node *node, int64_t group, bool *ret)
{
        _cleanup_free_ uint8_t *plan = NULL;
        size_t len;
        int r = store_plan_get(node->store, group, &plan, &len);

        *ret = r == 0 || closings_have(node->closings, group);
        return MIN(r, 0);
}

static int closing_find_latest(const MemberRow *m, void *userdata)
{
        uint64_t *latest = userdata;

        *latest = MAX(*latest, m->arrival_ms);
        return 0;
}

/* When its last member has had the time to be heard by the others. Judged by half of the evidence
 * that member would be taken for a stranger. */
static int closing_settled(Node *node, const GroupRow *g, uint64_t now_ms, uint64_t *ret_ms)
{
        uint64_t latest = 0;
        int r = store_members_of_group(node->store, g->id, closing_find_latest, &latest);

        *ret_ms = MAX(now_ms, latest + node->settings->settle_ms);
        return MIN(r, 0);
}

int group_close_soon(Node *node, GroupRow *g, uint64_t now_ms)
{
        uint64_t settled_ms, until_ms;
        int r = closing_settled(node, g, now_ms, &settled_ms);

        if (r == 0)
                r = looking_waits_for_own(&node->settings->matching, node->store, g, now_ms,
                                          &until_ms);
        if (r < 0)
                return r;
        until_ms = MAX(until_ms, settled_ms);
        if (until_ms <= now_ms)
                return group_close(node, g, now_ms);
        if (g->window_end_ms > 0)
                until_ms = MIN(until_ms, g->deadline_ms);
        else
                g->window_end_ms = g->deadline_ms;
        g->deadline_ms = until_ms;
        return group_changed(node, g);
}

/* *ret: somebody has to be heard, or asked about. */
static int closing_waits(Node *node, const GroupRow *g, uint64_t now_ms, bool *ret)
{
        const CloudSettings *s = node->settings;
        uint64_t own_ms;
        int r = looking_waits_for_own(&s->matching, node->store, g, now_ms, &own_ms);

        *ret = own_ms > now_ms;
        if (r < 0 || *ret)
                return r;
        return looking_asks(&s->matching, node->store, g, s->window_ms, now_ms, ret);
}

int group_close_if_waited(Node *node, GroupRow *g, uint64_t now_ms)
{
        uint64_t settled_ms;
        bool waits;
        int r;

        if (g->phase != GROUP_GATHERING || g->window_end_ms == 0 || g->deadline_ms <= now_ms)
                return 0;
        r = closing_settled(node, g, now_ms, &settled_ms);
        if (r < 0 || settled_ms > now_ms)
                return r;
        r = closing_waits(node, g, now_ms, &waits);
        if (r < 0 || waits)
                return r;
        g->deadline_ms = now_ms; /* the turn closes it */
        return must(store_group_update(node->store, g));
}

/* Of one that has waited: what was heard meanwhile may show that somebody else is not. But it waits
 * no longer than if its window had gone to its end. */
static int closing_waits_on(Node *node, const GroupRow *g, uint64_t now_ms, uint64_t *ret_ms)
{
        const MatchingSettings *m = &node->settings->matching;
        uint64_t most_ms = g->window_end_ms + MATCHER_LISTENED_MS + m->answer_ms;
        int r = looking_waits_for_own(m, node->store, g, now_ms, ret_ms);

        *ret_ms = MIN(*ret_ms, most_ms);
        return r;
}

static int closing_waits_until(Node *node, const GroupRow *g, uint64_t now_ms, uint64_t *ret_ms)
{
        const CloudSettings *s = node->settings;
        bool begun;
        int r = closings_have_begun(node, g->id, &begun);

        *ret_ms = now_ms;
        if (r < 0 || begun)
                return r;
        if (g->window_end_ms > 0)
                return closing_waits_on(node, g, now_ms, ret_ms);
        return looking_waits(&s->matching, node->store, g, s->window_ms, now_ms, ret_ms);
}

int group_end_window(Node *node, GroupRow *g, uint64_t now_ms)
{
        uint64_t until_ms;
        int r = closing_waits_until(node, g, now_ms, &until_ms);

        if (r < 0)
                return r;
        if (until_ms <= now_ms)
                return group_close(node, g, now_ms);
        if (g->window_end_ms == 0)
                g->window_end_ms = g->deadline_ms;
        g->deadline_ms = until_ms;
        return group_changed(node, g);
}

int64_t closings_next(const Node *node)
{
        return node->closings->n > 0 ? node->closings->list[0].group : 0;
}

int closings_go_on(Node *node)
{
        Closings *all = node->closings;
        Closing c = all->list[0];
        int r;

        assert(all->n > 0);
        for (size_t i = 1; i < all->n; i++)
                all->list[i - 1] = all->list[i];
        all->n--;
        r = closing_run_slice(node, &c);
        if (r > 0)
                all->list[all->n++] = c;
        else
                closing_done(&c);
        return MIN(r, 0);
}

void closings_forget(Node *node)
{
        Closings *all = node->closings;

        while (all->n > 0)
                closing_done(&all->list[--all->n]);
}

int closings_new(Closings **ret)
{
        Closings *all = calloc(1, sizeof *all);

        if (!all)
                return -ENOMEM;
        *ret = all;
        return 0;
}

Closings *closings_free(Closings *all)
{
        if (!all)
                return NULL;
        for (size_t i = 0; i < all->n; i++)
                closing_done(&all->list[i]);
        free(all);
        return NULL;
}
