/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "working-set.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

enum { DESCENT_STEPS = 10 }; /* of the store's work, for finding one row in an index */

typedef enum SetDeed {
        DEED_ADD,
        DEED_CHANGE,
        DEED_REMOVE,
} SetDeed;

typedef struct SetChange { /* what undoes it */
        SetRow *row;
        SetDeed deed;
        uint32_t size; /* DEED_CHANGE: of the data before */
        void *data;
} SetChange;

struct WorkingSet {
        const SetEngine *engine;
        Index indexes[SET_INDEXES];
        ARRAY(SetChange) journal; /* of this batch */
        SetRows changed;          /* each row of the journal, once */
        size_t mark;
        SetIds ids, ids_before, ids_at_mark;
        uint64_t steps;
};

/* ---- keys ---- */

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
 * node for each token. */
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

static SetIndex set_index(const SetRow *row, size_t i)
{
        bool token = row->table == SET_HEARD && i > 0;

        return token ? BY_HEARD_TOKEN : (SetIndex)((size_t)set_tables[row->table].first + i);
}

/* Where the i-th node belongs. false: nowhere. */
static bool set_node_place(const SetRow *row, size_t i, IndexKey *ret)
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

/* ---- finding ---- */

SetRow *set_next(WorkingSet *w, SetIndex index, IndexKey *at, size_t same)
{
        IndexNode *node = index_at(&w->indexes[index], at);

        w->steps += DESCENT_STEPS;
        if (!node || memcmp(&node->key, at, same * sizeof at->part[0]) != 0)
                return NULL;
        *at = node->key;
        at->part[ARRAY_LEN(at->part) - 1]++;
        return node->row;
}

SetRow *set_find(WorkingSet *w, SetIndex index, IndexKey key)
{
        return set_next(w, index, &key, ARRAY_LEN(key.part));
}

SetRow *set_first(WorkingSet *w, SetIndex index)
{
        IndexKey at = {{0}};

        return set_next(w, index, &at, 0);
}

bool set_ends(WorkingSet *w, SetIndex index, uint64_t of, uint64_t *ret_first, uint64_t *ret_last)
{
        IndexKey at = set_key(of, 0, 0, 0), end = set_key(of + 1, 0, 0, 0);

        if (!set_next(w, index, &at, 1))
                return false;
        *ret_first = at.part[1];
        *ret_last = index_before(&w->indexes[index], &end)->key.part[1];
        w->steps += DESCENT_STEPS;
        return true;
}

size_t set_count(const WorkingSet *w, SetIndex index)
{
        return w->indexes[index].n;
}

/* ---- changing ---- */

static void set_data_free(void *data, size_t size)
{
        if (data)
                sodium_memzero(data, size); /* where people were */
        free(data);
}

static SetRow *set_row_free(SetRow *row)
{
        set_data_free(row->data, row->size);
        free(row);
        return NULL;
}

static void set_link(WorkingSet *w, SetRow *row)
{
        IndexKey key;

        for (size_t i = 0; i < row->n_nodes; i++) {
                IndexNode *node = &row->nodes[i];
                bool in = set_node_place(row, i, &key);

                if (node->in && in && index_compare(&node->key, &key) == 0)
                        continue;
                w->steps += DESCENT_STEPS;
                index_remove(node);
                if (in)
                        index_add(&w->indexes[set_index(row, i)], node, &key);
        }
}

static void set_unlink(WorkingSet *w, SetRow *row)
{
        for (size_t i = 0; i < row->n_nodes; i++)
                index_remove(&row->nodes[i]);
        w->steps += DESCENT_STEPS * row->n_nodes;
}

static SetRow *set_row_new(SetTable table, void *data, size_t size)
{
        uint32_t n_nodes = set_tables[table].n_nodes;
        SetRow *row;

        if (table == SET_HEARD)
                n_nodes += (uint32_t)((const SetHeard *)data)->n;
        row = calloc(1, sizeof *row + n_nodes * sizeof *row->nodes);
        if (!row)
                return NULL;
        row->table = table;
        row->data = data;
        row->size = (uint32_t)size;
        row->n_nodes = n_nodes;
        for (size_t i = 0; i < n_nodes; i++)
                row->nodes[i].row = row;
        return row;
}

static void *set_copy(const void *data, size_t size)
{
        void *copy = malloc(size);

        return copy ? memcpy(copy, data, size) : NULL;
}

/* Room for one change, so that noting it cannot fail. */
static int set_make_room(WorkingSet *w)
{
        int r = array_reserve(&w->journal, 1);

        return r < 0 ? r : array_reserve(&w->changed, 1);
}

static void set_note(WorkingSet *w, SetRow *row, SetChange change)
{
        change.row = row;
        w->journal.list[w->journal.n++] = change;
        if (!row->listed)
                w->changed.list[w->changed.n++] = row;
        row->listed = true;
}

int set_add(WorkingSet *w, SetTable table, const void *data, size_t size)
{
        void *copy = set_copy(data, size);
        SetRow *row = copy && set_make_room(w) == 0 ? set_row_new(table, copy, size) : NULL;

        if (!row) {
                set_data_free(copy, size);
                return -ENOMEM;
        }
        row->live = true;
        set_note(w, row, (SetChange){.deed = DEED_ADD});
        set_link(w, row);
        return 0;
}

int set_change(WorkingSet *w, SetRow *row, const void *data, size_t size)
{
        void *copy = set_copy(data, size);

        assert(row->live && row->table != SET_HEARD);
        if (!copy || set_make_room(w) < 0) {
                set_data_free(copy, size);
                return -ENOMEM;
        }
        set_note(w, row, (SetChange){.deed = DEED_CHANGE, .size = row->size, .data = row->data});
        row->data = copy;
        row->size = (uint32_t)size;
        set_link(w, row);
        return 0;
}

int set_remove(WorkingSet *w, SetRow *row)
{
        assert(row->live);
        if (set_make_room(w) < 0)
                return -ENOMEM;
        set_note(w, row, (SetChange){.deed = DEED_REMOVE});
        set_unlink(w, row);
        row->live = false;
        return 0;
}

int set_remove_all(WorkingSet *w, SetIndex index, IndexKey at, size_t same, size_t *left)
{
        SetRow *row;
        int r = 0;

        while (r == 0 && (!left || *left > 0) && (row = set_next(w, index, &at, same))) {
                r = set_remove(w, row);
                if (left)
                        --*left;
        }
        return r;
}

/* ---- the end of a batch ---- */

static void set_undo_change(WorkingSet *w, SetChange *c)
{
        switch (c->deed) {
        case DEED_ADD:
                set_unlink(w, c->row);
                c->row->live = false;
                break;
        case DEED_CHANGE:
                set_data_free(c->row->data, c->row->size);
                c->row->data = c->data;
                c->row->size = c->size;
                set_link(w, c->row);
                break;
        case DEED_REMOVE:
                c->row->live = true;
                set_link(w, c->row);
                break;
        }
}

static void set_undo_to(WorkingSet *w, size_t n)
{
        while (w->journal.n > n)
                set_undo_change(w, &w->journal.list[--w->journal.n]);
}

/* Rows that are not live are gone for good. */
static void set_forget_changes(WorkingSet *w, bool saved)
{
        for (size_t i = 0; i < w->changed.n; i++) {
                SetRow *row = w->changed.list[i];

                row->listed = false;
                if (!row->live)
                        (void)set_row_free(row);
                else if (saved)
                        row->stored = true;
        }
        w->changed.n = w->journal.n = w->mark = 0;
}

void working_set_kept(WorkingSet *w)
{
        for (size_t i = 0; i < w->journal.n; i++)
                set_data_free(w->journal.list[i].data, w->journal.list[i].size);
        set_forget_changes(w, true);
        w->ids_before = w->ids;
}

void working_set_undo(WorkingSet *w)
{
        set_undo_to(w, 0);
        set_forget_changes(w, false);
        w->ids = w->ids_before;
}

void working_set_mark(WorkingSet *w)
{
        w->mark = w->journal.n;
        w->ids_at_mark = w->ids;
}

void working_set_undo_to_mark(WorkingSet *w)
{
        set_undo_to(w, w->mark);
        w->ids = w->ids_at_mark;
}

int working_set_save(Store *s, bool *ret_changed)
{
        WorkingSet *w = set_of(s);

        *ret_changed = w->changed.n > 0;
        return *ret_changed ? w->engine->save(s, &w->changed, &w->ids) : 0;
}

/* ---- loading ---- */

/* A file that somebody wrote in may have two rows where one can be. */
static bool set_places_are_free(WorkingSet *w, const SetRow *row)
{
        IndexKey key;

        for (size_t i = 0; i < row->n_nodes; i++)
                if (set_node_place(row, i, &key) && set_find(w, set_index(row, i), key))
                        return false;
        return true;
}

int working_set_load(WorkingSet *w, SetTable table, void *data, size_t size, bool damaged)
{
        SetRow *row = data ? set_row_new(table, data, size) : NULL;

        if (!row) {
                set_data_free(data, size);
                return -ENOMEM;
        }
        if (!set_places_are_free(w, row)) {
                (void)set_row_free(row);
                return -EBADMSG;
        }
        row->live = row->stored = true;
        row->damaged = damaged;
        set_link(w, row);
        return 0;
}

SetIds *working_set_ids(WorkingSet *w)
{
        return &w->ids;
}

static void set_free_rows_below(IndexNode *node)
{
        while (node) {
                IndexNode *right = node->right;

                set_free_rows_below(node->left);
                (void)set_row_free(node->row);
                node = right;
        }
}

/* Each table has one index that all its rows are in: the first, or for messages the one of
 * senders. */
static void set_clear(WorkingSet *w)
{
        assert(w->journal.n == 0);
        for (SetTable t = 0; t < SET_TABLES; t++)
                set_free_rows_below(
                        w->indexes[t == SET_MESSAGES ? BY_FROM : set_tables[t].first].root);
        memset(w->indexes, 0, sizeof w->indexes);
}

int working_set_reload(Store *s)
{
        WorkingSet *w = set_of(s);
        int r;

        set_clear(w);
        r = w->engine->load(s);
        if (r < 0)
                set_clear(w);
        w->ids_before = w->ids;
        return r;
}

int working_set_new(WorkingSet **ret, const SetEngine *engine)
{
        WorkingSet *w = calloc(1, sizeof *w);

        if (!w)
                return -ENOMEM;
        w->engine = engine;
        *ret = w;
        return 0;
}

WorkingSet *working_set_free(WorkingSet *w)
{
        if (!w)
                return NULL;
        working_set_undo(w);
        set_clear(w);
        free(w->journal.list);
        free(w->changed.list);
        free(w);
        return NULL;
}

const SetEngine *set_engine(const WorkingSet *w)
{
        return w->engine;
}

uint64_t working_set_steps(const WorkingSet *w)
{
        return w->steps;
}

void working_set_count(const WorkingSet *w, StoreCounts *ret)
{
        ret->groups = set_count(w, BY_GROUP_ID);
        ret->gathering = set_count(w, BY_GROUP_ROUTE);
        ret->members = set_count(w, BY_MEMBER_ROW);
        ret->messages = set_count(w, BY_FROM);
}
