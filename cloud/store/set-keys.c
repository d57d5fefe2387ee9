/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set-keys.c - which indexes the rows of the working set are in, and under which keys */
#include "working-set.h"

#include <sodium.h>
#include <string.h>

uint64_t set_route(const char *route)
{
        uint8_t padded[sizeof(uint64_t)] = {0};
        uint64_t n = 0;

        _Static_assert(ROUTE_SIZE - 1 <= sizeof padded, "a route is a number here");
        memcpy(padded, route, strnlen(route, sizeof padded));
        for (size_t i = 0; i < sizeof padded; i++)
                n = n << 8 | padded[i];
        return n;
}

void set_halves(const Id *id, uint64_t ret[2])
{
        memcpy(ret, id->b, sizeof id->b);
}

uint64_t set_token(const Token *t)
{
        uint64_t n;

        _Static_assert(sizeof *t == sizeof n, "a token is a number here");
        memcpy(&n, t->b, sizeof n);
        return n;
}

uint64_t set_place(int64_t strip, int32_t longitude_e7)
{
        return (uint64_t)(uint32_t)(strip - INT32_MIN) << 32 |
               (uint32_t)((int64_t)longitude_e7 - INT32_MIN);
}

/* Senders choose all of it, so the key of the hash is drawn. */
uint64_t set_said(const MessageRow *m)
{
        static uint8_t key[crypto_shorthash_KEYBYTES];
        static bool drawn;
        struct {
                Id from, to;
                uint32_t to_all, kind, run;
        } said = {m->from, {{0}}, m->to_all, m->kind, m->run};
        uint64_t hash;

        if (!drawn)
                crypto_shorthash_keygen(key);
        drawn = true;
        if (!m->to_all)
                said.to = m->to;
        (void)crypto_shorthash((uint8_t *)&hash, (const uint8_t *)&said, sizeof said, key);
        return hash;
}

static bool group_place(const GroupRow *g, SetIndex index, IndexKey *ret)
{
        uint64_t id = (uint64_t)g->id;

        switch (index) {
        case BY_GROUP_ID:
                *ret = set_key(id, 0, 0, 0);
                return true;
        case BY_DEADLINE:
                *ret = set_key(g->deadline_ms, id, 0, 0);
                return g->deadline_ms > 0;
        case BY_LOOK:
                *ret = set_key(g->look_ms, id, 0, 0);
                return g->look_ms > 0;
        case BY_EXPIRY:
                *ret = set_key(g->expires_ms, id, 0, 0);
                return true;
        default:
                *ret = set_key(strlen(g->route), set_route(g->route), id, 0);
                return g->phase == GROUP_GATHERING;
        }
}

static bool member_place_by_place(const SetMember *m, IndexKey *ret)
{
        const Fix *fix = &m->row.fix;
        uint64_t id = (uint64_t)m->row.id;

        *ret = fix->known
                       ? set_key(set_route(m->row.route),
                                 set_place(fix->latitude_e7 / STRIP_E7, fix->longitude_e7), id, 0)
                       : set_key(set_route(m->row.route), SET_NOWHERE, ~id, 0);
        return m->gathering;
}

static bool member_place(const SetMember *m, SetIndex index, IndexKey *ret)
{
        uint64_t id = (uint64_t)m->row.id, group = (uint64_t)m->row.group, halves[2];

        switch (index) {
        case BY_MEMBER_ROW:
                *ret = set_key(id, 0, 0, 0);
                return true;
        case BY_MEMBER_ID:
                set_halves(&m->row.member_id, halves);
                *ret = set_key(halves[0], halves[1], 0, 0);
                return true;
        case BY_GROUP:
                *ret = set_key(group, id, 0, 0);
                return true;
        case BY_GROUP_LEFT:
                *ret = set_key(group, id, 0, 0);
                return m->row.left;
        case BY_GROUP_OPENED:
                *ret = set_key(group, m->row.opening_order, id, 0);
                return m->row.opening_order > 0;
        case BY_ACCOUNT:
                *ret = set_key((uint64_t)m->row.account, id, 0, 0);
                return true;
        case BY_ACCOUNT_NOW:
                *ret = set_key((uint64_t)m->row.account, id, 0, 0);
                return m->gathering;
        case BY_TOKEN:
                *ret = set_key(set_token(&m->row.token), id, 0, 0);
                return m->gathering;
        case BY_SCREEN:
                *ret = set_key(set_token(&m->screen), id, 0, 0);
                return m->gathering && m->row.mark == MARK_WELCOME;
        case BY_PLACE:
                return member_place_by_place(m, ret);
        case BY_VAGUE_PLACE:
                return member_place_by_place(m, ret) && m->row.fix.known &&
                       m->row.fix.accuracy_m >= STORE_VAGUE_M;
        default:
                *ret = set_key(set_route(m->row.route), ~id, 0, 0);
                return m->gathering;
        }
}

static bool message_place(const SetMessage *m, SetIndex index, IndexKey *ret)
{
        uint64_t group = (uint64_t)m->group, id = (uint64_t)m->row.id, halves[2];
        bool card_key = m->row.kind == STORE_CARD_KEY;

        switch (index) {
        case BY_TO_ALL:
                *ret = set_key(group, id, 0, 0);
                return m->row.to_all && !card_key;
        case BY_TO:
                set_halves(&m->row.to, halves);
                *ret = set_key(group, halves[0], halves[1], id);
                return !m->row.to_all && !card_key;
        case BY_CARD_KEY:
                *ret = set_key(group, id, 0, 0);
                return m->row.to_all && card_key;
        case BY_FROM:
        case BY_FROM_TO_ALL:
                set_halves(&m->row.from, halves);
                *ret = set_key(group, halves[0], halves[1], id);
                return index == BY_FROM || m->row.to_all;
        default:
                *ret = set_key(group, set_said(&m->row), id, 0);
                return true;
        }
}

/* Of the i-th node of a heard row: the first is the member's, the others are the tokens'. */
static IndexKey heard_key(const SetHeard *h, size_t i)
{
        uint64_t member = (uint64_t)h->member;

        return i == 0 ? set_key(member, 0, 0, 0)
                      : set_key(set_token(&h->list[i - 1].token), member, i, 0);
}

static IndexKey pair_key(const SetPair *p, size_t i)
{
        uint64_t a = (uint64_t)p->a, b = (uint64_t)p->b;

        return i == 0 ? set_key(a, b, 0, 0) : set_key(b, a, 0, 0);
}

static IndexKey past_key(const SetPast *p, SetIndex index)
{
        uint64_t member = (uint64_t)p->member;

        switch (index) {
        case BY_PAST:
                return set_key(member, 0, 0, 0);
        case BY_PAST_TOKEN:
                return set_key(set_token(&p->token), member, 0, 0);
        default:
                return set_key(p->until_ms, member, 0, 0);
        }
}

/* The first index of a table, and how many nodes its rows have. Of heard rows: two indexes, and a
 * node for each token. A member that is read when it gathers no more, and never will again, has no
 * nodes for the last of its indexes. */
static const struct {
        SetIndex first;
        uint32_t n_nodes;
} set_tables[SET_TABLES] = {
        [SET_GROUPS] = {BY_GROUP_ID, BY_MEMBER_ROW - BY_GROUP_ID},
        [SET_MEMBERS] = {BY_MEMBER_ROW, BY_HEARD_MEMBER - BY_MEMBER_ROW},
        [SET_HEARD] = {BY_HEARD_MEMBER, 1},
        [SET_NEAR] = {BY_NEAR, 1},
        [SET_OPENINGS] = {BY_OPENING, 1},
        [SET_MESSAGES] = {BY_TO_ALL, BY_ADMISSION - BY_TO_ALL},
        [SET_ADMISSIONS] = {BY_ADMISSION, 2},
        [SET_TIES] = {BY_TIE, 2},
        [SET_EVIDENCE_LEFT] = {BY_EVIDENCE_LEFT, 1},
        [SET_PAST] = {BY_PAST, 3},
};

SetIndex set_index(const SetRow *row, size_t i)
{
        bool token = row->table == SET_HEARD && i > 0;

        return token ? BY_HEARD_TOKEN : (SetIndex)((size_t)set_tables[row->table].first + i);
}

/* Where the i-th node belongs. false: nowhere. */
bool set_node_place(const SetRow *row, size_t i, IndexKey *ret)
{
        SetIndex index = set_index(row, i);

        switch (row->table) {
        case SET_GROUPS:
                return group_place(row->data, index, ret);
        case SET_MEMBERS:
                return member_place(row->data, index, ret);
        case SET_MESSAGES:
                return message_place(row->data, index, ret);
        case SET_HEARD:
                *ret = heard_key(row->data, i);
                return true;
        case SET_PAST:
                *ret = past_key(row->data, index);
                return true;
        case SET_NEAR: /* both begin with the member */
        case SET_OPENINGS:
                *ret = set_key((uint64_t) * (const int64_t *)row->data, 0, 0, 0);
                return true;
        default:
                *ret = pair_key(row->data, i);
                return true;
        }
}

SetIndex set_first_index(SetTable table)
{
        return set_tables[table].first;
}

uint32_t set_n_nodes(SetTable table, const void *data)
{
        uint32_t n = set_tables[table].n_nodes;

        if (table == SET_MEMBERS && !((const SetMember *)data)->gathering)
                return BY_ACCOUNT_NOW - BY_MEMBER_ROW;
        return table == SET_HEARD ? n + (uint32_t)((const SetHeard *)data)->n : n;
}
