/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-evidence.c - what members heard, in memory, and which pairs heard each other */
#include "working-set.h"

#include <assert.h>
#include <string.h>

enum { RADIO_LOOKS = 64 }; /* at members that heard a token, for one that is of the route */

static int64_t evidence_id(const SetRow *row)
{
        return set_member_of(row)->row.id;
}

/* ---- what was heard ---- */

static SetRow *evidence_find_heard(WorkingSet *w, int64_t member)
{
        return set_find(w, BY_HEARD_MEMBER, set_key((uint64_t)member, 0, 0, 0));
}

int set_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n)
{
        WorkingSet *w = set_of(s);
        SetRow *row = evidence_find_heard(w, member);
        SetHeard new = {.member = member, .n = n};
        int r = row ? set_remove(w, row) : 0;

        assert(n <= SERIAL_HEARD_MAX);
        if (r < 0 || n == 0)
                return r;
        memcpy(new.list, heard, n * sizeof *heard);
        return set_add(w, SET_HEARD, &new, set_heard_size(n));
}

int set_heard_get(Store *s, int64_t member, SightingFunc func, void *userdata)
{
        const SetRow *row = evidence_find_heard(set_of(s), member);
        const SetHeard *heard = row ? row->data : NULL;
        int r = 0;

        if (row && row->damaged)
                return -EBADMSG;
        for (size_t i = 0; heard && r == 0 && i < heard->n; i++)
                r = func(&heard->list[i], userdata);
        return r;
}

const SetHeard *set_heard_by(WorkingSet *w, int64_t member)
{
        const SetRow *row = evidence_find_heard(w, member);

        return row ? row->data : NULL;
}

SetRow *set_owner(WorkingSet *w, const Token *t)
{
        IndexKey at = set_key(set_token(t), 0, 0, 0);

        return set_next(w, BY_TOKEN, &at, 1);
}

/* The next member that heard this token, whatever it is. */
static SetRow *evidence_next_hearer(WorkingSet *w, IndexKey *at)
{
        const SetRow *heard = set_next(w, BY_HEARD_TOKEN, at, 1);

        return heard ? set_member(w, ((const SetHeard *)heard->data)->member) : NULL;
}

bool set_heard_this(WorkingSet *w, int64_t member, const Token *t)
{
        IndexKey at = set_key(set_token(t), (uint64_t)member, 0, 0);

        return set_next(w, BY_HEARD_TOKEN, &at, 2) != NULL;
}

int set_members_by_token(Store *s, const Token *t, MemberFunc func, void *userdata)
{
        const SetRow *row = set_owner(set_of(s), t);

        return !row || row->damaged ? 0 : func(&set_member_of(row)->row, userdata);
}

int set_members_hearing(Store *s, const Token *t, size_t limit, MemberFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key(set_token(t), 0, 0, 0);
        const SetRow *row;
        int r = 0;

        for (size_t n = 0; r == 0 && n < limit && (row = evidence_next_hearer(w, &at)); n++) {
                at = set_key(at.part[0], at.part[1] + 1, 0, 0); /* each member once */
                if (set_member_of(row)->gathering && !row->damaged)
                        r = func(&set_member_of(row)->row, userdata);
        }
        return r;
}

static bool evidence_is_neighbour(const SetRow *row, const MemberRow *m)
{
        const SetMember *other = row ? set_member_of(row) : NULL;

        return other && other->gathering && other->row.id != m->id &&
               strcmp(other->row.route, m->route) == 0;
}

int set_member_has_radio(Store *s, const MemberRow *m)
{
        WorkingSet *w = set_of(s);
        const SetHeard *heard = set_heard_by(w, m->id);
        const SetRow *row;
        IndexKey at = set_key(set_token(&m->token), 0, 0, 0);

        for (size_t i = 0; heard && i < heard->n; i++)
                if (evidence_is_neighbour(set_owner(w, &heard->list[i].token), m))
                        return 0;
        for (size_t i = 0; i < RADIO_LOOKS && (row = evidence_next_hearer(w, &at)); i++)
                if (evidence_is_neighbour(row, m))
                        return 0;
        return STORE_E_NOT_FOUND;
}

/* ---- pairs that heard each other ---- */

/* The owner of a token that m heard, where it heard m; else NULL. */
static SetRow *evidence_mutual(WorkingSet *w, const MemberRow *m, const Token *t)
{
        SetRow *owner = set_owner(w, t);
        bool mutual = owner && evidence_id(owner) != m->id &&
                      set_heard_this(w, evidence_id(owner), &m->token);

        return mutual ? owner : NULL;
}

static bool evidence_told_before(const SetHeard *heard, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (memcmp(&heard->list[i].token, &heard->list[n].token, sizeof(Token)) == 0)
                        return true;
        return false;
}

int set_mutual_walk(Store *s, const MemberRow *m, TokenFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        const SetHeard *heard = set_heard_by(w, m->id);
        int r = 0;

        for (size_t i = 0; heard && r == 0 && i < heard->n; i++)
                if (!evidence_told_before(heard, i) && evidence_mutual(w, m, &heard->list[i].token))
                        r = func(&heard->list[i].token, userdata);
        return r;
}

/* In order, each once. */
static void near_add(SetNear *near, int64_t id)
{
        int64_t *list = near->list;
        size_t at = 0;

        while (at < near->n && list[at] < id)
                at++;
        if ((at < near->n && list[at] == id) || near->n == ARRAY_LEN(near->list))
                return;
        memmove(list + at + 1, list + at, (near->n - at) * sizeof *list);
        list[at] = id;
        near->n++;
}

static int near_keep_of(WorkingSet *w, const SetRow *member)
{
        const MemberRow *m = &set_member_of(member)->row;
        const SetRow *owner;
        SetRow *kept = set_find(w, BY_NEAR, set_key((uint64_t)m->id, 0, 0, 0));
        const SetHeard *heard = set_heard_by(w, m->id);
        SetNear near = {.member = m->id};
        size_t size;

        if (kept)
                memcpy(&near, kept->data, kept->size);
        for (size_t i = 0; heard && i < heard->n; i++) {
                owner = evidence_mutual(w, m, &heard->list[i].token);
                if (owner && set_member_of(owner)->row.group == m->group)
                        near_add(&near, evidence_id(owner));
        }
        size = set_near_size(near.n);
        if (near.n == 0)
                return 0;
        return kept ? set_change(w, kept, &near, size) : set_add(w, SET_NEAR, &near, size);
}

int set_near_keep(Store *s, int64_t group, int64_t after, int64_t *ret)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key((uint64_t)group, (uint64_t)after + 1, 0, 0);
        const SetRow *row = set_next(w, BY_GROUP, &at, 1);

        if (!row)
                return STORE_E_NOT_FOUND;
        *ret = evidence_id(row);
        return near_keep_of(w, row);
}

int set_near_walk(Store *s, int64_t member, MemberFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        const SetRow *own = set_member(w, member), *other;
        const SetRow *row = set_find(w, BY_NEAR, set_key((uint64_t)member, 0, 0, 0));
        const SetNear *near = row && own ? row->data : NULL;
        int r = 0;

        for (size_t i = 0; near && r == 0 && i < near->n; i++) {
                other = set_member(w, near->list[i]);
                if (other && !other->damaged &&
                    set_member_of(other)->row.group == set_member_of(own)->row.group)
                        r = func(&set_member_of(other)->row, userdata);
        }
        return r;
}

/* ---- forgetting ---- */

static int evidence_forget(Store *s, SetRow *row, uint64_t keep_until_ms)
{
        SetMember m = *set_member_of(row);
        int r = set_heard_set(s, m.row.id, NULL, 0);

        if (r == 0 && keep_until_ms > 0)
                r = set_past_put(set_of(s), &m.row, keep_until_ms);
        m.row.fix = (Fix){.known = false};
        m.row.token = (Token){{0}};
        m.gathering = false;
        return r < 0 ? r : set_put_member(set_of(s), row, &m);
}

/* Notes whether something is left of a group. */
static int evidence_note(WorkingSet *w, int64_t group, bool left)
{
        SetRow *row = set_find(w, BY_EVIDENCE_LEFT, set_key((uint64_t)group, 0, 0, 0));
        SetPair pair = {.a = group};

        if (left == (row != NULL))
                return 0;
        return row ? set_remove(w, row) : set_add(w, SET_EVIDENCE_LEFT, &pair, sizeof pair);
}

int set_evidence_drop(Store *s, int64_t group, uint64_t keep_until_ms, size_t limit)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key((uint64_t)group, 0, 0, 0);
        size_t left = limit;
        SetRow *row;
        int r = 0;

        while (r == 0 && left > 0 && (row = set_next(w, BY_GROUP, &at, 1))) {
                if (!set_member_of(row)->gathering)
                        continue;
                r = evidence_forget(s, row, keep_until_ms);
                left--;
        }
        if (r == 0)
                r = evidence_note(w, group, left == 0);
        return r < 0 ? r : left == 0;
}

int set_evidence_left(Store *s, int64_t *ret)
{
        const SetRow *row = set_first(set_of(s), BY_EVIDENCE_LEFT);

        if (row)
                *ret = ((const SetPair *)row->data)->a;
        return row ? 0 : STORE_E_NOT_FOUND;
}
