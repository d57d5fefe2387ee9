/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-past.c - tokens of members whose group has just closed, for latecomers */
#include "working-set.h"

#include <string.h>

static SetRow *past_find(WorkingSet *w, int64_t member)
{
        return set_find(w, BY_PAST, set_key((uint64_t)member, 0, 0, 0));
}

int set_past_put(WorkingSet *w, const MemberRow *m, uint64_t until_ms)
{
        SetPast past = {m->id, until_ms, m->token};
        SetRow *row = past_find(w, m->id);
        int r = row ? set_remove(w, row) : 0;

        return r < 0 ? r : set_add(w, SET_PAST, &past, sizeof past);
}

int set_past_heard_set(Store *s, int64_t member, const Sighting *heard, size_t n)
{
        return past_find(set_of(s), member) ? set_heard_set(s, member, heard, n)
                                            : STORE_E_NOT_FOUND;
}

static bool past_is_in_group(WorkingSet *w, int64_t account, int64_t group)
{
        IndexKey at = set_key((uint64_t)account, 0, 0, 0);
        const SetRow *row;

        while ((row = set_next(w, BY_ACCOUNT, &at, 1)))
                if (set_member_of(row)->row.group == group)
                        return true;
        return false;
}

/* m gathers, o has a past token, and each has heard the other. */
static bool past_misses(WorkingSet *w, const SetRow *m, const SetRow *o)
{
        return strcmp(set_member_of(m)->row.route, set_member_of(o)->row.route) == 0 &&
               !past_is_in_group(w, set_member_of(m)->row.account, set_member_of(o)->row.group);
}

/* The member with this past token: of several the first is meant, as in set_owner. */
static SetRow *past_owner(WorkingSet *w, const Token *t)
{
        IndexKey at = set_key(set_token(t), 0, 0, 0);
        const SetRow *row = set_next(w, BY_PAST_TOKEN, &at, 1);

        return row ? set_member(w, ((const SetPast *)row->data)->member) : NULL;
}

int set_past_missed(Store *s, const MemberRow *m)
{
        WorkingSet *w = set_of(s);
        const SetRow *own = set_member(w, m->id), *other;
        const SetHeard *heard = set_heard_by(w, m->id);

        if (!own || !set_member_of(own)->gathering)
                return STORE_E_NOT_FOUND;
        for (size_t i = 0; heard && i < heard->n; i++) {
                other = past_owner(w, &heard->list[i].token);
                if (other &&
                    set_heard_this(w, set_member_of(other)->row.id,
                                   &set_member_of(own)->row.token) &&
                    past_misses(w, own, other))
                        return 0;
        }
        return STORE_E_NOT_FOUND;
}

int set_past_missed_walk(Store *s, const MemberRow *m, MemberFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        const SetRow *past = past_find(w, m->id), *own = set_member(w, m->id), *other;
        const SetHeard *heard = set_heard_by(w, m->id);
        int r = 0;

        for (size_t i = 0; past && own && heard && r == 0 && i < heard->n; i++) {
                other = set_owner(w, &heard->list[i].token);
                if (other && !other->damaged &&
                    set_heard_this(w, set_member_of(other)->row.id,
                                   &((const SetPast *)past->data)->token) &&
                    past_misses(w, other, own))
                        r = func(&set_member_of(other)->row, userdata);
        }
        return r;
}

int set_past_expire(Store *s, uint64_t now_ms, size_t limit, bool *more)
{
        WorkingSet *w = set_of(s);
        size_t left = limit / 16 + 1; /* each may have heard SERIAL_HEARD_MAX */
        SetRow *row;
        int r = 0;

        while (r == 0 && left > 0 && (row = set_first(w, BY_PAST_END)) &&
               ((const SetPast *)row->data)->until_ms <= now_ms) {
                r = set_heard_set(s, ((const SetPast *)row->data)->member, NULL, 0);
                if (r == 0)
                        r = set_remove(w, row);
                left--;
        }
        *more |= left == 0;
        return r;
}
