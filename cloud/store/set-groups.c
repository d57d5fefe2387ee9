/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-groups.c - groups in memory: when they are due, and what ends with them */
#include "working-set.h"

#include <assert.h>
#include <string.h>

SetRow *set_group(WorkingSet *w, int64_t id)
{
        return set_find(w, BY_GROUP_ID, set_key((uint64_t)id, 0, 0, 0));
}

static int groups_put(WorkingSet *w, SetRow *row, const GroupRow *g)
{
        return set_change(w, row, g, sizeof *g);
}

int set_group_add(Store *s, GroupRow *g)
{
        WorkingSet *w = set_of(s);
        int r;

        g->id = working_set_ids(w)->group + 1;
        g->n_guests = g->n_refusing = 0;
        r = set_add(w, SET_GROUPS, g, sizeof *g);
        if (r == 0)
                working_set_ids(w)->group = g->id;
        return r;
}

int set_group_get(Store *s, int64_t id, GroupRow *ret)
{
        const SetRow *row = set_group(set_of(s), id);

        if (!row)
                return STORE_E_NOT_FOUND;
        if (row->damaged)
                return -EBADMSG;
        *ret = *(const GroupRow *)row->data;
        return 0;
}

int set_group_update(Store *s, const GroupRow *g)
{
        WorkingSet *w = set_of(s);
        SetRow *row = set_group(w, g->id);
        const GroupRow *old;
        GroupRow new = *g;

        if (!row)
                return STORE_E_NOT_FOUND;
        old = row->data;
        memcpy(new.route, old->route, sizeof new.route);
        new.n_guests = old->n_guests;
        new.n_refusing = old->n_refusing;
        if (new.phase != GROUP_GATHERING)
                new.look_ms = new.others = 0;
        return groups_put(w, row, &new);
}

int set_group_count_mark(WorkingSet *w, int64_t group, GuestMark mark, int change)
{
        SetRow *row = set_group(w, group);
        GroupRow g;

        if (!row || (mark != MARK_GUEST && mark != MARK_REFUSED))
                return 0;
        g = *(const GroupRow *)row->data;
        *(mark == MARK_GUEST ? &g.n_guests : &g.n_refusing) += (uint32_t)change;
        return groups_put(w, row, &g);
}

/* ---- what is due ---- */

static int groups_walk_until(Store *s, SetIndex index, uint64_t now_ms, RowFunc func,
                             void *userdata)
{
        WorkingSet *w = set_of(s);
        IndexKey at = {{0}};
        const SetRow *row;
        int r = 0;

        while (r == 0 && (row = set_next(w, index, &at, 0)) && at.part[0] <= now_ms)
                r = func(((const GroupRow *)row->data)->id, userdata);
        return r;
}

int set_groups_due(Store *s, uint64_t now_ms, RowFunc func, void *userdata)
{
        return groups_walk_until(s, BY_DEADLINE, now_ms, func, userdata);
}

int set_groups_looking(Store *s, uint64_t now_ms, RowFunc func, void *userdata)
{
        return groups_walk_until(s, BY_LOOK, now_ms, func, userdata);
}

/* Brings the times of an index forward, at most limit of them. */
static int groups_cap(WorkingSet *w, SetIndex index, uint64_t to_ms, size_t limit, bool *more)
{
        IndexKey at = set_key(to_ms + 1, 0, 0, 0);
        size_t n = 0;
        SetRow *row;
        int r = 0;

        if (to_ms == UINT64_MAX)
                return 0;
        while (r == 0 && n < limit && (row = set_next(w, index, &at, 0))) {
                GroupRow g = *(const GroupRow *)row->data;

                *(index == BY_DEADLINE ? &g.deadline_ms : &g.expires_ms) = to_ms;
                r = groups_put(w, row, &g);
                n++;
        }
        *more |= n == limit;
        return r;
}

int set_groups_cap(Store *s, uint64_t deadline_ms, uint64_t expires_ms, size_t limit,
                   bool *ret_more)
{
        bool more = false;
        int r = groups_cap(set_of(s), BY_DEADLINE, deadline_ms, limit, &more);

        if (r == 0)
                r = groups_cap(set_of(s), BY_EXPIRY, expires_ms, limit, &more);
        if (r == 0)
                *ret_more = more;
        return r;
}

int set_group_put_off(Store *s, int64_t id, uint64_t until_ms)
{
        SetRow *row = set_group(set_of(s), id);
        GroupRow g;

        if (!row)
                return 0;
        g = *(const GroupRow *)row->data;
        if (g.deadline_ms > 0)
                g.deadline_ms = MAX(g.deadline_ms, until_ms);
        if (g.look_ms > 0)
                g.look_ms = MAX(g.look_ms, until_ms);
        return groups_put(set_of(s), row, &g);
}

/* The first number of each of these is a time. */
static uint64_t groups_earliest(WorkingSet *w, SetIndex index)
{
        IndexKey at = {{0}};

        return set_next(w, index, &at, 0) ? at.part[0] : UINT64_MAX;
}

int set_next_deadline(Store *s, uint64_t *ret_ms)
{
        static const SetIndex times[] = {BY_DEADLINE, BY_LOOK, BY_EXPIRY, BY_PAST_END};
        uint64_t at_ms = UINT64_MAX;
        int r = set_engine(set_of(s))->next_deadline(s, &at_ms);

        if (r < 0)
                return r;
        for (size_t i = 0; i < ARRAY_LEN(times); i++)
                at_ms = MIN(at_ms, groups_earliest(set_of(s), times[i]));
        if (at_ms == UINT64_MAX)
                return STORE_E_NOT_FOUND;
        *ret_ms = at_ms;
        return 0;
}

/* ---- routes ---- */

int set_count_routes(Store *s, size_t n, uint32_t limit, uint32_t *ret)
{
        *ret = set_count_same(set_of(s), BY_GROUP_ROUTE, set_key(n, 0, 0, 0), 1, limit, NULL, NULL);
        return 0;
}

int set_route_taken(Store *s, const char *route)
{
        IndexKey at = set_key(strlen(route), set_route(route), 0, 0);

        return set_next(set_of(s), BY_GROUP_ROUTE, &at, 2) ? 0 : STORE_E_NOT_FOUND;
}

/* ---- what people said of other groups ---- */

static SetRow *groups_find_pair(WorkingSet *w, SetIndex index, int64_t a, int64_t b)
{
        return set_find(w, index, set_key((uint64_t)a, (uint64_t)b, 0, 0));
}

int set_admission_put(Store *s, int64_t group, int64_t other, bool yes)
{
        WorkingSet *w = set_of(s);
        SetRow *row = groups_find_pair(w, BY_ADMISSION, group, other);
        SetPair pair = {group, other, yes};

        return row ? set_change(w, row, &pair, sizeof pair)
                   : set_add(w, SET_ADMISSIONS, &pair, sizeof pair);
}

int set_admission_get(Store *s, int64_t group, int64_t other, bool *ret_yes)
{
        const SetRow *row = groups_find_pair(set_of(s), BY_ADMISSION, group, other);

        if (row)
                *ret_yes = ((const SetPair *)row->data)->yes;
        return row ? 0 : STORE_E_NOT_FOUND;
}

int set_admissions_lapse(WorkingSet *w, int64_t group)
{
        IndexKey at = set_key((uint64_t)group, 0, 0, 0);
        int r = set_remove_all(w, BY_ADMISSION, at, 1, NULL);

        return r < 0 ? r : set_remove_all(w, BY_ADMISSION_BACK, at, 1, NULL);
}

int set_tie_add(Store *s, int64_t a, int64_t b)
{
        WorkingSet *w = set_of(s);
        SetPair pair = {a, b, true};

        return groups_find_pair(w, BY_TIE, a, b) ? 0 : set_add(w, SET_TIES, &pair, sizeof pair);
}

int set_ties_walk(Store *s, int64_t member, RowFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key((uint64_t)member, 0, 0, 0), back = at;
        const SetRow *row;
        int r = 0;

        while (r == 0 && (row = set_next(w, BY_TIE, &at, 1)))
                r = func(((const SetPair *)row->data)->b, userdata);
        while (r == 0 && (row = set_next(w, BY_TIE_BACK, &back, 1)))
                r = func(((const SetPair *)row->data)->a, userdata);
        return r;
}

/* ---- the end of a group ---- */

static int group_remove_row(Store *s, SetRow *row)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key((uint64_t)((const GroupRow *)row->data)->id, 0, 0, 0);
        int r = set_remove_all(w, BY_EVIDENCE_LEFT, at, 1, NULL);

        return r < 0 ? r : set_remove(w, row);
}

static SetRow *group_first_member(WorkingSet *w, int64_t group)
{
        IndexKey at = set_key((uint64_t)group, 0, 0, 0);

        return set_next(w, BY_GROUP, &at, 1);
}

int set_group_delete(Store *s, int64_t id)
{
        WorkingSet *w = set_of(s);
        SetRow *row = set_group(w, id);
        const SetRow *member;
        int r = set_remove_all(w, BY_FROM, set_key((uint64_t)id, 0, 0, 0), 1, NULL);

        if (r == 0)
                r = set_engine(w)->group_gone(s, id);
        while (r == 0 && (member = group_first_member(w, id)))
                r = set_member_remove(s, set_member_of(member)->row.id);
        return r == 0 && row ? group_remove_row(s, row) : r;
}

int set_group_absorb(Store *s, int64_t into, int64_t from)
{
        WorkingSet *w = set_of(s);
        SetRow *row = set_group(w, from), *member;
        int r = 0;

        assert(into != from);
        while (r == 0 && (member = group_first_member(w, from))) {
                SetMember m = *set_member_of(member);

                m.row.group = into;
                r = set_put_member(w, member, &m);
        }
        if (r == 0)
                r = set_engine(w)->group_gone(s, from);
        return r == 0 && row ? group_remove_row(s, row) : r;
}

/* Deletes the deposits of a member and the member, as far as `left` rows go. */
static int member_expire(Store *s, int64_t id, size_t *left)
{
        WorkingSet *w = set_of(s);
        int r = set_engine(w)->member_going(s, id, left);

        if (r < 0 || *left == 0)
                return r;
        --*left;
        return set_member_remove(s, id);
}

static int group_begin_expiring(WorkingSet *w, SetRow *row)
{
        GroupRow g = *(const GroupRow *)row->data;

        if (g.phase == GROUP_EXPIRED && g.deadline_ms == 0)
                return 0;
        g.phase = GROUP_EXPIRED;
        g.deadline_ms = g.look_ms = 0;
        return groups_put(w, row, &g);
}

/* 1: the group is gone; 0: `left` rows were not enough. */
static int group_expire(Store *s, SetRow *row, size_t *left)
{
        WorkingSet *w = set_of(s);
        int64_t id = ((const GroupRow *)row->data)->id;
        const SetRow *member;
        int r = group_begin_expiring(w, row);

        if (r == 0)
                r = set_remove_all(w, BY_FROM, set_key((uint64_t)id, 0, 0, 0), 1, left);
        if (r == 0)
                r = set_engine(w)->group_going(s, id, left);
        while (r == 0 && *left > 0) {
                member = group_first_member(w, id);
                if (!member) {
                        r = set_group_delete(s, id);
                        return r < 0 ? r : 1;
                }
                r = member_expire(s, set_member_of(member)->row.id, left);
        }
        return r;
}

int set_groups_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        size_t left = limit;
        int n = 0, r = 0;

        while (left > 0) {
                SetRow *row = set_first(set_of(s), BY_EXPIRY);

                if (!row || ((const GroupRow *)row->data)->expires_ms > now_ms)
                        return n;
                r = group_expire(s, row, &left);
                if (r < 0)
                        return r;
                n += r;
        }
        *more = true;
        return n;
}
