/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "groups.h"

#include "watchers.h"

#include <assert.h>

/* A walk returns this when it stopped early: neither an error nor the end of the rows. */
enum { FOUND = 1 };

enum { HEARD_STEP_MS = 1000 }; /* by less the time for the openings is not prolonged */

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

int group_heard(Node *node, GroupRow *g, const MemberRow *m, uint64_t now_ms)
{
        uint64_t time_ms = node->settings->opening_timeout_ms;
        uint64_t closed_ms = g->expires_ms - node->settings->expiry_ms;
        uint64_t until_ms = MIN(now_ms + time_ms * 2 / 3, closed_ms + GROUP_OPENING_MOST * time_ms);

        if (g->phase != GROUP_OPENING || g->deadline_ms == 0 || m->left || m->opening_order > 0 ||
            until_ms < g->deadline_ms + HEARD_STEP_MS)
                return 0;
        /* nothing that a watcher has to know: on such a way each answer counts */
        g->deadline_ms = until_ms;
        return must(store_group_update(node->store, g));
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
                return group_end_window(node, g, now_ms);
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

/* The first that is no guest, else the first. */
typedef struct Heir {
        Id id;
        bool found;
} Heir;

static int group_take_opener(const MemberRow *m, void *userdata)
{
        Heir *h = userdata;

        if (!h->found || m->mark != MARK_GUEST)
                h->id = m->member_id;
        h->found = true;
        return m->mark == MARK_GUEST ? 0 : FOUND;
}

static int group_leave_gathering(Node *node, GroupRow *g, const MemberRow *m, uint64_t now_ms)
{
        Heir heir = {.found = false};
        int r = store_member_remove(node->store, m->id);

        if (r < 0)
                return r;
        assert(g->n_members > 0);
        g->n_members--;
        if (g->n_members == 0) {
                watchers_touch(node->watchers, g->id, 0);
                return store_group_delete(node->store, g->id);
        }
        /* the next terminal in order of arrival becomes the opener */
        if (id_compare(&g->opener, &m->member_id) == 0) {
                r = store_members_of_group(node->store, g->id, group_take_opener, &heir);
                if (r < 0)
                        return r;
                g->opener = heir.id;
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
