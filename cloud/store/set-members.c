/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-members.c - members in memory, and what an account has of them */
#include "working-set.h"

#include <string.h>

SetRow *set_member(WorkingSet *w, int64_t id)
{
        return set_find(w, BY_MEMBER_ROW, set_key((uint64_t)id, 0, 0, 0));
}

static SetRow *members_find(WorkingSet *w, const Id *member_id)
{
        uint64_t halves[2];

        set_halves(member_id, halves);
        return set_find(w, BY_MEMBER_ID, set_key(halves[0], halves[1], 0, 0));
}

static int members_read(const SetRow *row, MemberRow *ret)
{
        if (!row)
                return STORE_E_NOT_FOUND;
        if (row->damaged)
                return -EBADMSG;
        *ret = set_member_of(row)->row;
        return 0;
}

int set_member_get(Store *s, const Id *member_id, MemberRow *ret)
{
        return members_read(members_find(set_of(s), member_id), ret);
}

int set_member_by_row(Store *s, int64_t id, MemberRow *ret)
{
        return members_read(set_member(set_of(s), id), ret);
}

int set_member_by_screen(Store *s, const Token *screen, MemberRow *ret)
{
        IndexKey at = set_key(set_token(screen), 0, 0, 0);

        return members_read(set_next(set_of(s), BY_SCREEN, &at, 1), ret);
}

/* ---- coming, changing, going ---- */

void set_member_screen(SetMember *m)
{
        if (m->gathering && m->row.mark == MARK_WELCOME)
                screen_token(&m->screen, &m->row.token);
}

int set_member_add(Store *s, MemberRow *m)
{
        WorkingSet *w = set_of(s);
        SetMember new = {.row = *m, .gathering = true};
        int r;

        if (members_find(w, &m->member_id))
                return STORE_E_EXISTS;
        new.row.id = working_set_ids(w)->member + 1;
        if (!m->fix.known)
                new.row.fix = (Fix){.known = false};
        set_member_screen(&new);
        r = set_add(w, SET_MEMBERS, &new, sizeof new);
        if (r == 0)
                r = set_group_count_mark(w, m->group, m->mark, 1);
        if (r < 0)
                return r;
        m->id = working_set_ids(w)->member = new.row.id;
        return set_admissions_lapse(w, m->group);
}

int set_put_member(WorkingSet *w, SetRow *row, const SetMember *m)
{
        int64_t before = set_member_of(row)->row.group;
        int r = set_change(w, row, m, sizeof *m);

        if (r < 0 || before == m->row.group)
                return r;
        r = set_admissions_lapse(w, before);
        if (r == 0)
                r = set_group_count_mark(w, before, m->row.mark, -1);
        if (r == 0)
                r = set_group_count_mark(w, m->row.group, m->row.mark, 1);
        return r < 0 ? r : set_admissions_lapse(w, m->row.group);
}

int set_member_update(Store *s, const MemberRow *m)
{
        SetRow *row = set_member(set_of(s), m->id);
        SetMember new;

        if (!row)
                return STORE_E_NOT_FOUND;
        new = *set_member_of(row);
        new.row.group = m->group;
        new.row.revision = m->revision;
        new.row.evidence_sequence = m->evidence_sequence;
        new.row.ready = m->ready;
        new.row.left = m->left;
        new.row.acknowledged = m->acknowledged;
        new.row.opening_order = m->opening_order;
        return set_put_member(set_of(s), row, &new);
}

/* What is found by the row number of a member. */
static int members_remove_deposits(Store *s, int64_t id)
{
        static const SetIndex own[] = {BY_HEARD_MEMBER, BY_NEAR, BY_OPENING,
                                       BY_PAST,         BY_TIE,  BY_TIE_BACK};
        IndexKey at = set_key((uint64_t)id, 0, 0, 0);
        int r = set_engine(set_of(s))->member_gone(s, id);

        for (size_t i = 0; r == 0 && i < ARRAY_LEN(own); i++)
                r = set_remove_all(set_of(s), own[i], at, 1, NULL);
        return r;
}

/* A guest's account does not outlive the last of its members for long. */
static int members_end_guest(Store *s, const MemberRow *m)
{
        IndexKey at = set_key((uint64_t)m->account, 0, 0, 0);
        bool marked = m->mark == MARK_GUEST || m->mark == MARK_REFUSED;

        return !marked || set_next(set_of(s), BY_ACCOUNT, &at, 1)
                       ? 0
                       : set_engine(set_of(s))->account_idle(s, m->account,
                                                             m->arrival_ms + GUEST_MS);
}

int set_member_remove(Store *s, int64_t id)
{
        WorkingSet *w = set_of(s);
        SetRow *row = set_member(w, id);
        const MemberRow *m;
        int r = members_remove_deposits(s, id);

        if (r < 0 || !row)
                return r;
        m = &set_member_of(row)->row;
        r = set_engine(w)->spend(s, &m->member_id, m->arrival_ms + SPENT_MS);
        if (r == 0)
                r = set_remove(w, row);
        if (r == 0)
                r = set_group_count_mark(w, m->group, m->mark, -1);
        if (r == 0)
                r = members_end_guest(s, m);
        return r < 0 ? r : set_admissions_lapse(w, m->group);
}

int set_member_part(Store *s, int64_t member, uint32_t part, uint32_t total)
{
        SetRow *row = set_member(set_of(s), member);
        SetMember m;

        if (!row || set_member_of(row)->parts[part - 1] == total)
                return 0;
        m = *set_member_of(row);
        m.parts[part - 1] = total;
        return set_put_member(set_of(s), row, &m);
}

/* ---- walks ---- */

static int members_walk(Store *s, SetIndex index, int64_t of, MemberFunc func, void *userdata)
{
        IndexKey at = set_key((uint64_t)of, 0, 0, 0);
        const SetRow *row;
        int r = 0;

        while (r == 0 && (row = set_next(set_of(s), index, &at, 1)))
                r = row->damaged ? -EBADMSG : func(&set_member_of(row)->row, userdata);
        return r;
}

int set_members_of_group(Store *s, int64_t group, MemberFunc func, void *userdata)
{
        return members_walk(s, BY_GROUP, group, func, userdata);
}

int set_members_left(Store *s, int64_t group, MemberFunc func, void *userdata)
{
        return members_walk(s, BY_GROUP_LEFT, group, func, userdata);
}

int set_members_of_account(Store *s, int64_t account, MemberFunc func, void *userdata)
{
        return members_walk(s, BY_ACCOUNT, account, func, userdata);
}

/* ---- accounts ---- */

int set_count_gathering(Store *s, int64_t account, uint32_t *ret)
{
        IndexKey key = set_key((uint64_t)account, 0, 0, 0);

        *ret = set_count_same(set_of(s), BY_ACCOUNT_NOW, key, 1, UINT32_MAX, NULL, NULL);
        return 0;
}

static void members_add_parts(const SetRow *row, void *userdata)
{
        const SetMember *m = row->data;

        *(uint64_t *)userdata += (uint64_t)m->parts[0] + m->parts[1];
}

int set_account_use(Store *s, int64_t account, uint32_t limit, uint32_t *ret_members,
                    uint64_t *ret_bytes)
{
        IndexKey key = set_key((uint64_t)account, 0, 0, 0);

        *ret_bytes = 0;
        *ret_members =
                set_count_same(set_of(s), BY_ACCOUNT, key, 1, limit, members_add_parts, ret_bytes);
        return 0;
}

int set_account_forget(Store *s, int64_t account, size_t limit, bool *ret_more)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key((uint64_t)account, 0, 0, 0);
        size_t n = 0;
        SetRow *row;
        int r = 0;

        while (r == 0 && n < limit && (row = set_next(w, BY_ACCOUNT, &at, 1))) {
                SetMember m = *set_member_of(row);

                m.row.account = 0;
                r = set_put_member(w, row, &m);
                n++;
        }
        *ret_more = n == limit;
        return r;
}
