/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups.h"

#include "cloud/match/regroup.h"
#include "watchers.h"

#include <assert.h>

/* A walk returns this when it stopped early: neither an error nor the end of the rows. */
enum { FOUND = 1 };

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

static int group_end_alone(Node *node, GroupRow *g, uint64_t now_ms)
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

static int group_list_member(const MemberRow *m, void *userdata)
{
        Listing *l = userdata;

        if (l->n == l->room)
                /* more rows than the group has members: the store contradicts itself */
                return -EIO;
        l->members[l->n++] = (RosterMember){m->member_id, m->commitment};
        return 0;
}

/* Draws again when the number is taken: fewer than a million of 10^10 are. */
static int group_put_roster(Node *node, const GroupRow *g, const Listing *l, uint64_t now_ms)
{
        char number[RECORD_NUMBER_SIZE];
        int r;

        for (unsigned tries = 0; tries < 8; tries++) {
                _cleanup_(roster_freep) Roster *roster = NULL;

                record_number_draw(number);
                r = roster_sign(&roster, number, now_ms, &g->opener, l->members, l->n,
                                cloud_keys_sign_private(node->keys, now_ms));
                if (r != 0)
                        return must(r);
                r = store_roster_put(node->store, g->id, roster);
                if (r != STORE_E_EXISTS)
                        return r;
        }
        return -EIO;
}

static int group_sign_roster(Node *node, const GroupRow *g, uint64_t now_ms)
{
        _cleanup_free_ RosterMember *members = calloc(g->n_members, sizeof *members);
        Listing l = {.members = members, .room = g->n_members};
        int r;

        if (!members)
                return -ENOMEM;
        r = store_members_of_group(node->store, g->id, group_list_member, &l);
        return r < 0 ? r : group_put_roster(node, g, &l, now_ms);
}

static int group_tell_regrouped(const GroupRow *g, void *userdata)
{
        watchers_touch(userdata, g->id, 0);
        return 0;
}

int group_close(Node *node, GroupRow *g, uint64_t now_ms)
{
        const CloudSettings *settings = node->settings;
        int r;

        assert(g->phase == GROUP_GATHERING);
        r = regroup(&settings->matching, node->store, g, settings->max_members, settings->window_ms,
                    now_ms, group_tell_regrouped, node->watchers);
        if (r < 0 || g->n_members == 0)
                return r;
        r = store_near_keep(node->store, g->id);
        if (r < 0)
                return r;
        /* positions are of no use any more */
        r = store_evidence_drop(node->store, g->id);
        if (r < 0)
                return r;
        if (g->n_members < 2)
                return group_end_alone(node, g, now_ms);
        r = group_sign_roster(node, g, now_ms);
        if (r < 0)
                return r;
        g->phase = GROUP_OPENING;
        g->deadline_ms = now_ms + node->settings->opening_timeout_ms;
        g->expires_ms = now_ms + node->settings->expiry_ms;
        g->closed_revision = g->revision + 1;
        node->metrics.closed_groups++;
        return group_changed(node, g);
}

static int find_unready_member(const MemberRow *m, void *userdata)
{
        return m->ready ? 0 : FOUND;
}

int group_close_if_ready(Node *node, GroupRow *g, uint64_t now_ms)
{
        int r;

        if (g->phase != GROUP_GATHERING || g->n_members < 2)
                return 0;
        r = store_members_of_group(node->store, g->id, find_unready_member, NULL);
        return r != 0 ? MIN(r, 0) : group_close(node, g, now_ms);
}

static int find_unopened_member(const MemberRow *m, void *userdata)
{
        return m->left || m->opening_order > 0 ? 0 : FOUND;
}

static int group_go_on(Node *node, GroupRow *g)
{
        assert(g->phase == GROUP_OPENING && g->n_opened >= 2);
        g->phase = GROUP_EXCHANGING;
        g->deadline_ms = 0;
        g->n_final = g->n_opened;
        return group_changed(node, g);
}

int group_go_on_if_open(Node *node, GroupRow *g, uint64_t now_ms)
{
        int r;

        if (g->phase != GROUP_OPENING || g->n_opened < 2)
                return 0;
        r = store_members_of_group(node->store, g->id, find_unopened_member, NULL);
        if (r < 0)
                return r;
        if (r == 0)
                return group_go_on(node, g);
        if (g->deadline_ms > 0)
                return 0;
        /* the time was over before two had opened: the second starts it anew, for the rest */
        g->deadline_ms = now_ms + node->settings->opening_timeout_ms;
        return group_changed(node, g);
}

int group_deadline(Node *node, GroupRow *g, uint64_t now_ms)
{
        switch (g->phase) {
        case GROUP_GATHERING:
                return group_close(node, g, now_ms);
        case GROUP_OPENING:
                if (g->n_opened >= 2)
                        return group_go_on(node, g);
                g->deadline_ms = 0;
                return group_changed(node, g);
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

static int group_leave_gathering(Node *node, GroupRow *g, const MemberRow *m, uint64_t now_ms)
{
        int r = store_member_remove(node->store, m->id);

        if (r < 0)
                return r;
        assert(g->n_members > 0);
        g->n_members--;
        if (g->n_members == 0) {
                watchers_touch(node->watchers, g->id, 0);
                return store_group_delete(node->store, g->id);
        }
        /* the next in order of arrival becomes the opener */
        if (id_compare(&g->opener, &m->member_id) == 0) {
                r = store_members_of_group(node->store, g->id, group_take_opener, &g->opener);
                if (r < 0)
                        return r;
        }
        r = group_changed(node, g);
        return r < 0 ? r : group_close_if_ready(node, g, now_ms);
}

int group_leave(Node *node, MemberRow *m, uint64_t now_ms)
{
        GroupRow g;
        int r;

        r = store_group_get(node->store, m->group, &g);
        if (r != 0)
                return must(r);
        if (g.phase == GROUP_GATHERING)
                return group_leave_gathering(node, &g, m, now_ms);
        if (m->left)
                return 0;
        m->left = true;
        r = store_member_update(node->store, m);
        if (r == 0)
                r = store_pieces_drop(node->store, m->id);
        if (r != 0)
                return must(r);
        r = group_changed(node, &g);
        if (r == 0)
                r = group_go_on_if_open(node, &g, now_ms);
        return r < 0 ? r : group_finish_if_delivered(node, &g, now_ms);
}

static int find_undelivered_member(const MemberRow *m, void *userdata)
{
        return m->left || m->acknowledged ? 0 : FOUND;
}

/* When a group that was delivered to everyone may be deleted: not while its record can be
 * fetched. */
static int group_delivered_expiry(Node *node, const GroupRow *g, uint64_t now_ms, uint64_t *ret)
{
        RecordRow record = {0};
        int r = store_record_of_group(node->store, g->id, &record);

        if (r < 0)
                return r;
        *ret = now_ms + node->settings->delivered_expiry_ms;
        if (r == 0)
                r = store_escrow_any(node->store, record.number);
        if (r == 0)
                *ret = MAX(*ret, record.expires_ms);
        return MIN(r, 0);
}

int group_finish_if_delivered(Node *node, GroupRow *g, uint64_t now_ms)
{
        uint64_t soon;
        int r = group_delivered_expiry(node, g, now_ms, &soon);

        if (r < 0 || g->phase != GROUP_EXCHANGING || g->expires_ms <= soon)
                return r;
        r = store_members_of_group(node->store, g->id, find_undelivered_member, NULL);
        if (r != 0)
                return MIN(r, 0);
        g->expires_ms = soon;
        r = store_group_update(node->store, g); /* nothing that a watcher sees */
        return must(r);
}
