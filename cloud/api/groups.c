/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups.h"

#include "cloud/match/regroup.h"
#include "watchers.h"

/* Walks return this to say "found": it is neither an error nor the end of the walk. */
enum { FOUND = 1 };

int group_changed(Api *a, GroupRow *g)
{
        int r;

        g->revision++;
        r = store_group_update(a->store, g);
        if (r != 0)
                return r < 0 ? r : -EIO;
        watchers_touch(a, g->id, 0);
        return 0;
}

static int group_end_alone(Api *a, GroupRow *g, uint64_t now_ms)
{
        g->phase = GROUP_ALONE;
        g->deadline_ms = 0;
        g->expires_ms = now_ms + a->context.settings->delivered_expiry_ms;
        return group_changed(a, g);
}

typedef struct Listing {
        RosterMember *members;
        size_t n, room;
} Listing;

static int group_list_member(const MemberRow *m, void *userdata)
{
        Listing *l = userdata;

        if (l->n == l->room)
                /* more rows than the group has members: the store contradicts itself */
                return -EIO;
        l->members[l->n++] = (RosterMember){m->member_id, m->commitment};
        return 0;
}

/* A number that is taken is drawn again: of 10^10 not even a million are. */
static int group_put_roster(Api *a, const GroupRow *g, const Listing *l, uint64_t now_ms)
{
        char number[RECORD_NUMBER_SIZE];
        int r;

        for (unsigned tries = 0; tries < 8; tries++) {
                _cleanup_(roster_freep) Roster *roster = NULL;

                record_number_draw(number);
                r = roster_sign(&roster, number, now_ms, &g->opener, l->members, l->n,
                                a->context.keys->sign_private);
                if (r != 0)
                        return r < 0 ? r : -EIO;
                r = store_roster_put(a->store, g->id, roster);
                if (r != STORE_E_EXISTS)
                        return r;
        }
        return -EIO;
}

static int group_sign_roster(Api *a, const GroupRow *g, uint64_t now_ms)
{
        _cleanup_free_ RosterMember *members = calloc(g->n_members, sizeof *members);
        Listing l = {.members = members, .room = g->n_members};
        int r;

        if (!members)
                return -ENOMEM;
        r = store_members_of_group(a->store, g->id, group_list_member, &l);
        return r < 0 ? r : group_put_roster(a, g, &l, now_ms);
}

static int group_tell_regrouped(const GroupRow *g, void *userdata)
{
        watchers_touch(userdata, g->id, 0);
        return 0;
}

int group_close(Api *a, GroupRow *g, uint64_t now_ms)
{
        const CloudSettings *settings = a->context.settings;
        int r;

        r = regroup(&settings->matching, a->store, g, settings->max_members, settings->window_ms,
                    now_ms, group_tell_regrouped, a);
        if (r < 0 || g->n_members == 0)
                return r;
        r = store_near_keep(a->store, g->id);
        if (r < 0)
                return r;
        /* where somebody was is of no use any more */
        r = store_evidence_drop(a->store, g->id);
        if (r < 0)
                return r;
        if (g->n_members < 2)
                return group_end_alone(a, g, now_ms);
        r = group_sign_roster(a, g, now_ms);
        if (r < 0)
                return r;
        g->phase = GROUP_OPENING;
        g->deadline_ms = now_ms + a->context.settings->opening_timeout_ms;
        g->expires_ms = now_ms + a->context.settings->expiry_ms;
        g->closed_revision = g->revision + 1;
        a->metrics.closed_groups++;
        return group_changed(a, g);
}

static int find_unready_member(const MemberRow *m, void *userdata)
{
        return m->ready ? 0 : FOUND;
}

int group_close_if_ready(Api *a, GroupRow *g, uint64_t now_ms)
{
        int r;

        if (g->phase != GROUP_GATHERING || g->n_members < 2)
                return 0;
        r = store_members_of_group(a->store, g->id, find_unready_member, NULL);
        return r != 0 ? MIN(r, 0) : group_close(a, g, now_ms);
}

static int find_unopened_member(const MemberRow *m, void *userdata)
{
        return m->left || m->opening_order > 0 ? 0 : FOUND;
}

static int group_go_on(Api *a, GroupRow *g)
{
        g->phase = GROUP_EXCHANGING;
        g->deadline_ms = 0;
        g->n_final = g->n_opened;
        return group_changed(a, g);
}

int group_go_on_if_open(Api *a, GroupRow *g, uint64_t now_ms)
{
        int r;

        if (g->phase != GROUP_OPENING || g->n_opened < 2)
                return 0;
        r = store_members_of_group(a->store, g->id, find_unopened_member, NULL);
        if (r < 0)
                return r;
        if (r == 0)
                return group_go_on(a, g);
        if (g->deadline_ms > 0)
                return 0;
        /* the time was over before two had opened: the second starts it anew, for the rest */
        g->deadline_ms = now_ms + a->context.settings->opening_timeout_ms;
        return group_changed(a, g);
}

int group_deadline(Api *a, GroupRow *g, uint64_t now_ms)
{
        switch (g->phase) {
        case GROUP_GATHERING:
                return group_close(a, g, now_ms);
        case GROUP_OPENING:
                if (g->n_opened >= 2)
                        return group_go_on(a, g);
                g->deadline_ms = 0;
                return group_changed(a, g);
        case GROUP_EXCHANGING:
        case GROUP_EXPIRED:
        case GROUP_ALONE:
                break;
        }
        return -EIO; /* these have no deadline */
}

static int group_take_opener(const MemberRow *m, void *userdata)
{
        *(Id *)userdata = m->member_id;
        return FOUND;
}

static int group_leave_gathering(Api *a, GroupRow *g, const MemberRow *m, uint64_t now_ms)
{
        int r = store_member_remove(a->store, m->id);

        if (r < 0)
                return r;
        g->n_members--;
        if (g->n_members == 0) {
                watchers_touch(a, g->id, 0);
                return store_group_delete(a->store, g->id);
        }
        /* the next in order of arrival takes its place */
        if (id_compare(&g->opener, &m->member_id) == 0) {
                r = store_members_of_group(a->store, g->id, group_take_opener, &g->opener);
                if (r < 0)
                        return r;
        }
        r = group_changed(a, g);
        return r < 0 ? r : group_close_if_ready(a, g, now_ms);
}

int group_leave(Api *a, MemberRow *m, uint64_t now_ms)
{
        GroupRow g;
        int r;

        r = store_group_get(a->store, m->group, &g);
        if (r != 0)
                return r < 0 ? r : -EIO;
        if (g.phase == GROUP_GATHERING)
                return group_leave_gathering(a, &g, m, now_ms);
        if (m->left)
                return 0;
        m->left = true;
        r = store_member_update(a->store, m);
        if (r == 0)
                r = store_pieces_drop(a->store, m->id);
        if (r != 0)
                return r < 0 ? r : -EIO;
        r = group_changed(a, &g);
        if (r == 0)
                r = group_go_on_if_open(a, &g, now_ms);
        return r < 0 ? r : group_finish_if_delivered(a, &g, now_ms);
}

static int find_undelivered_member(const MemberRow *m, void *userdata)
{
        return m->left || m->acknowledged ? 0 : FOUND;
}

/* When nobody needs it any more once every member has every card: what can be fetched is kept for
 * that. */
static int group_delivered_expiry(Api *a, const GroupRow *g, uint64_t now_ms, uint64_t *ret)
{
        RecordRow record = {0};
        int r = store_record_of_group(a->store, g->id, &record);

        if (r < 0)
                return r;
        *ret = now_ms + a->context.settings->delivered_expiry_ms;
        if (r == 0)
                r = store_escrow_any(a->store, record.number);
        if (r == 0)
                *ret = MAX(*ret, record.expires_ms);
        return MIN(r, 0);
}

int group_finish_if_delivered(Api *a, GroupRow *g, uint64_t now_ms)
{
        uint64_t soon;
        int r = group_delivered_expiry(a, g, now_ms, &soon);

        if (r < 0 || g->phase != GROUP_EXCHANGING || g->expires_ms <= soon)
                return r;
        r = store_members_of_group(a->store, g->id, find_undelivered_member, NULL);
        if (r != 0)
                return MIN(r, 0);
        g->expires_ms = soon;
        r = store_group_update(a->store, g); /* nothing that a watcher sees */
        return r > 0 ? -EIO : r;
}
