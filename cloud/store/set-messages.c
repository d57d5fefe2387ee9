/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-messages.c - openings, and messages among members, in memory */
#include "working-set.h"

#include <string.h>

/* ---- openings ---- */

static SetRow *openings_find(WorkingSet *w, int64_t member)
{
        return set_find(w, BY_OPENING, set_key((uint64_t)member, 0, 0, 0));
}

int set_opening_put(Store *s, int64_t member, const MemberOpening *o, uint32_t order)
{
        WorkingSet *w = set_of(s);
        SetRow *row = set_member(w, member);
        SetOpening opening = {member, *o};
        SetMember m;
        int r;

        if (openings_find(w, member))
                return STORE_E_EXISTS;
        r = set_add(w, SET_OPENINGS, &opening, sizeof opening);
        if (r < 0 || !row)
                return r;
        m = *set_member_of(row);
        m.row.opening_order = order;
        return set_put_member(w, row, &m);
}

/* The id is the member's. */
static int openings_read(WorkingSet *w, const SetRow *member, MemberOpening *ret)
{
        const SetRow *row = member ? openings_find(w, set_member_of(member)->row.id) : NULL;

        if (!row)
                return STORE_E_NOT_FOUND;
        if (row->damaged || member->damaged)
                return -EBADMSG;
        *ret = ((const SetOpening *)row->data)->row;
        ret->id = set_member_of(member)->row.member_id;
        return 0;
}

int set_opening_get(Store *s, int64_t member, MemberOpening *ret)
{
        return openings_read(set_of(s), set_member(set_of(s), member), ret);
}

int set_openings_walk(Store *s, int64_t group, uint32_t after, OpeningFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        IndexKey at = set_key((uint64_t)group, (uint64_t)after + 1, 0, 0);
        MemberOpening o;
        const SetRow *row;
        int r = 0;

        while (r == 0 && (row = set_next(w, BY_GROUP_OPENED, &at, 1))) {
                r = openings_read(w, row, &o);
                if (r == 0)
                        r = func(&o, set_member_of(row)->row.opening_order, userdata);
                else if (r == STORE_E_NOT_FOUND)
                        r = 0;
        }
        return r;
}

/* ---- messages ---- */

static bool messages_same_place(const MessageRow *a, const MessageRow *b)
{
        return id_compare(&a->from, &b->from) == 0 && a->to_all == b->to_all &&
               (a->to_all || id_compare(&a->to, &b->to) == 0) && a->kind == b->kind &&
               a->run == b->run;
}

static bool messages_same_content(const MessageRow *a, const MessageRow *b)
{
        return a->body_len == b->body_len && memcmp(a->body, b->body, a->body_len) == 0 &&
               memcmp(a->signature, b->signature, sizeof a->signature) == 0 &&
               a->has_key_id == b->has_key_id &&
               (!a->has_key_id || memcmp(a->key_id, b->key_id, sizeof a->key_id) == 0);
}

/* 0: this very message is there. EXISTS: one of its kind with other content. NOT_FOUND: none. */
static int messages_compare(WorkingSet *w, int64_t group, const MessageRow *m)
{
        IndexKey at = set_key((uint64_t)group, set_said(m), 0, 0);
        const SetRow *row;

        while ((row = set_next(w, BY_SAID, &at, 2))) {
                const MessageRow *other = &((const SetMessage *)row->data)->row;

                if (messages_same_place(m, other))
                        return !row->damaged && messages_same_content(m, other) ? 0
                                                                                : STORE_E_EXISTS;
        }
        return STORE_E_NOT_FOUND;
}

int set_message_add(Store *s, int64_t group, MessageRow *m, bool room)
{
        WorkingSet *w = set_of(s);
        SetMessage new = {group, *m};
        int r = messages_compare(w, group, m);

        if (r != STORE_E_NOT_FOUND) {
                m->id = 0;
                return r;
        }
        if (!room)
                return STORE_E_FULL;
        new.row.id = working_set_ids(w)->message + 1;
        if (m->to_all)
                memset(&new.row.to, 0, sizeof new.row.to);
        r = set_add(w, SET_MESSAGES, &new, sizeof new);
        if (r == 0)
                m->id = working_set_ids(w)->message = new.row.id;
        return r;
}

static int messages_tell(const SetRow *row, MessageFunc func, void *userdata)
{
        return row->damaged ? -EBADMSG : func(&((const SetMessage *)row->data)->row, userdata);
}

static int64_t messages_id(const SetRow *row)
{
        return row ? ((const SetMessage *)row->data)->row.id : INT64_MAX;
}

/* Of two indexes in the order of posting, so that a limit bounds the work. */
int set_messages_walk(Store *s, int64_t group, const Id *to, int64_t after, size_t limit,
                      MessageFunc func, void *userdata)
{
        WorkingSet *w = set_of(s);
        uint64_t first = (uint64_t)after + 1, halves[2] = {0};
        IndexKey at = set_key((uint64_t)group, first, 0, 0), own_at;
        const SetRow *all = set_next(w, BY_TO_ALL, &at, 1), *own = NULL;
        int r = 0;

        if (to) {
                set_halves(to, halves);
                own_at = set_key((uint64_t)group, halves[0], halves[1], first);
                own = set_next(w, BY_TO, &own_at, 3);
        }
        for (size_t n = 0; r == 0 && n < limit && (all || own); n++) {
                bool from_all = messages_id(all) < messages_id(own);

                r = messages_tell(from_all ? all : own, func, userdata);
                if (from_all)
                        all = set_next(w, BY_TO_ALL, &at, 1);
                else
                        own = set_next(w, BY_TO, &own_at, 3);
        }
        return r;
}

int set_card_keys_walk(Store *s, int64_t group, int64_t after, size_t limit, MessageFunc func,
                       void *userdata)
{
        IndexKey at = set_key((uint64_t)group, (uint64_t)after + 1, 0, 0);
        const SetRow *row;
        int r = 0;

        for (size_t n = 0; r == 0 && n < limit && (row = set_next(set_of(s), BY_CARD_KEY, &at, 1));
             n++)
                r = messages_tell(row, func, userdata);
        return r;
}

static IndexKey messages_from(int64_t group, const Id *from)
{
        uint64_t halves[2];

        set_halves(from, halves);
        return set_key((uint64_t)group, halves[0], halves[1], 0);
}

/* A member may post a few to all. */
int set_card_key_given(Store *s, int64_t group, const Id *from)
{
        IndexKey at = messages_from(group, from);
        const SetRow *row;

        while ((row = set_next(set_of(s), BY_FROM_TO_ALL, &at, 3)))
                if (((const SetMessage *)row->data)->row.kind == STORE_CARD_KEY)
                        return 0;
        return STORE_E_NOT_FOUND;
}

int set_count_messages(Store *s, int64_t group, const Id *from, uint32_t limit, uint32_t *ret,
                       uint32_t *ret_to_all)
{
        IndexKey at = messages_from(group, from);

        *ret = set_count_same(set_of(s), BY_FROM, at, 3, limit, NULL, NULL);
        *ret_to_all = set_count_same(set_of(s), BY_FROM_TO_ALL, at, 3, limit, NULL, NULL);
        return 0;
}

/* From the first to the last of a group: ids grow, and the first stays the first. */
static uint64_t messages_span(WorkingSet *w, SetIndex index, int64_t group)
{
        uint64_t first, last;

        return set_ends(w, index, (uint64_t)group, &first, &last) ? last - first + 1 : 0;
}

int set_span_to_all(Store *s, int64_t group, uint32_t *ret)
{
        uint64_t n = messages_span(set_of(s), BY_TO_ALL, group) +
                     messages_span(set_of(s), BY_CARD_KEY, group);

        *ret = (uint32_t)MIN(n, (uint64_t)UINT32_MAX / 2);
        return 0;
}
