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

typedef struct SetPlace {       /* of a row that is being loaded */
        uint64_t first, second; /* of the node's key */
        IndexNode *node;
} SetPlace;

typedef struct SetPlaces {
        ARRAY(SetPlace) all;
        bool unordered; /* they have not come in the order of the index */
} SetPlaces;

struct WorkingSet {
        const SetEngine *engine;
        Index indexes[SET_INDEXES];
        ARRAY(SetChange) journal; /* of this batch */
        SetRows changed;          /* each row of the journal, once */
        SetRows loaded;           /* while the engine loads */
        SetPlaces places[SET_INDEXES];
        size_t mark;
        SetIds ids, ids_before, ids_at_mark;
        uint64_t steps;
};

/* ---- finding ---- */

/* To the next key, whatever numbers the file has. */
static void set_step_behind(IndexKey *at)
{
        size_t i = ARRAY_LEN(at->part);

        while (i > 0 && ++at->part[--i] == 0)
                ;
}

SetRow *set_next(WorkingSet *w, SetIndex index, IndexKey *at, size_t same)
{
        IndexNode *node = index_at(&w->indexes[index], at);

        w->steps += DESCENT_STEPS;
        if (!node || memcmp(&node->key, at, same * sizeof at->part[0]) != 0)
                return NULL;
        *at = node->key;
        set_step_behind(at);
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
        IndexKey at = set_key(of, 0, 0, 0), end = set_key(of, UINT64_MAX, UINT64_MAX, UINT64_MAX);

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

typedef struct SetCounting {
        uint32_t n, limit;
        void (*func)(const SetRow *row, void *userdata);
        void *userdata;
} SetCounting;

static bool set_count_one(const void *row, void *userdata)
{
        SetCounting *c = userdata;

        if (c->func)
                c->func(row, c->userdata);
        return ++c->n < c->limit;
}

uint32_t set_count_same(WorkingSet *w, SetIndex index, IndexKey key, size_t same, uint32_t limit,
                        void (*func)(const SetRow *row, void *userdata), void *userdata)
{
        SetCounting c = {0, limit, func, userdata};

        if (limit > 0)
                index_walk(&w->indexes[index], &key, same, set_count_one, &c);
        w->steps += DESCENT_STEPS + c.n;
        return c.n;
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

                Index *index = &w->indexes[set_index(row, i)];

                if (in == node->linked && (!in || index_compare(&node->key, &key) == 0))
                        continue;
                w->steps += DESCENT_STEPS;
                index_remove(index, node);
                if (in)
                        index_add(index, node, &key);
        }
}

static void set_unlink(WorkingSet *w, SetRow *row)
{
        for (size_t i = 0; i < row->n_nodes; i++)
                index_remove(&w->indexes[set_index(row, i)], &row->nodes[i]);
        w->steps += DESCENT_STEPS * row->n_nodes;
}

static SetRow *set_row_new(SetTable table, void *data, size_t size)
{
        uint32_t n_nodes = set_n_nodes(table, data);
        SetRow *row;

        row = aligned_alloc(INDEX_NODE, sizeof *row + n_nodes * sizeof *row->nodes);
        if (!row)
                return NULL;
        memset(row, 0, sizeof *row + n_nodes * sizeof *row->nodes);
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
        assert(set_n_nodes(row->table, data) <= row->n_nodes);
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

static int set_compare_places(const void *a, const void *b)
{
        const SetPlace *x = a, *y = b;

        if (x->first != y->first)
                return x->first < y->first ? -1 : 1;
        if (x->second != y->second)
                return x->second < y->second ? -1 : 1;
        return index_compare(&x->node->key, &y->node->key);
}

static int set_add_place(WorkingSet *w, SetRow *row, size_t i)
{
        SetPlaces *places = &w->places[set_index(row, i)];
        IndexKey *key = &row->nodes[i].key;
        SetPlace place = {.node = &row->nodes[i]};

        if (!set_node_place(row, i, key))
                return 0;
        place.first = key->part[0];
        place.second = key->part[1];
        if (places->all.n > 0 && !places->unordered)
                places->unordered =
                        set_compare_places(&places->all.list[places->all.n - 1], &place) > 0;
        return array_add(&places->all, place);
}

/* Its places are found now, while the row is in the processor's cache. */
int working_set_load(WorkingSet *w, SetTable table, void *data, size_t size, bool damaged)
{
        SetRow *row = data ? set_row_new(table, data, size) : NULL;
        int r = 0;

        if (!row || array_add(&w->loaded, row) < 0) {
                if (!row)
                        set_data_free(data, size);
                else
                        (void)set_row_free(row);
                return -ENOMEM;
        }
        row->live = row->stored = true;
        row->damaged = damaged;
        for (size_t i = 0; r == 0 && i < row->n_nodes; i++)
                r = set_add_place(w, row, i);
        return r;
}

/* All of an index at once, from the first to the last: no row is looked for. A file that somebody
 * wrote in may have two members with one id. */
static int set_link_loaded(WorkingSet *w, SetIndex index)
{
        enum { AHEAD = 16 }; /* nodes that are fetched before it is their turn */
        SetPlaces *places = &w->places[index];
        SetPlace *list = places->all.list;
        IndexBuild build = {.index = &w->indexes[index]};
        size_t n = places->all.n;

        if (places->unordered)
                qsort(list, n, sizeof *list, set_compare_places);
        for (size_t i = 0; i < n; i++) {
                if (i + AHEAD < n)
                        __builtin_prefetch(list[i + AHEAD].node, 1);
                if (i > 0 && set_compare_places(&list[i - 1], &list[i]) == 0)
                        return -EBADMSG;
                index_build(&build, list[i].node);
        }
        index_built(&build);
        return 0;
}

/* ---- what others have saved ---- */

/* Messages go with their group, in the order of their index, so the first is mostly the one. */
static SetRow *set_find_message(WorkingSet *w, int64_t group, int64_t id)
{
        IndexKey at = set_key((uint64_t)group, 0, 0, 0);
        SetRow *row;

        while ((row = set_next(w, BY_FROM, &at, 1)))
                if (((const SetMessage *)row->data)->row.id == id)
                        return row;
        return NULL;
}

static void set_drop(WorkingSet *w, SetRow *row)
{
        if (!row)
                return;
        assert(!row->listed);
        set_unlink(w, row);
        (void)set_row_free(row);
}

void working_set_drop(WorkingSet *w, SetTable table, int64_t a, int64_t b)
{
        IndexKey key = set_key((uint64_t)a, (uint64_t)b, 0, 0);

        assert(w->journal.n == 0);
        set_drop(w, table == SET_MESSAGES ? set_find_message(w, a, b)
                                          : set_find(w, set_first_index(table), key));
}

int working_set_take(WorkingSet *w, SetTable table, void *data, size_t size)
{
        SetRow *row = data ? set_row_new(table, data, size) : NULL;
        const SetMessage *m = data;

        assert(w->journal.n == 0);
        if (!row) {
                set_data_free(data, size);
                return -ENOMEM;
        }
        row->live = row->stored = true;
        if (table == SET_MESSAGES) /* it may be there: a commit of ours of which we heard nothing */
                set_drop(w, set_find(w, BY_SAID,
                                     set_key((uint64_t)m->group, set_said(&m->row),
                                             (uint64_t)m->row.id, 0)));
        set_link(w, row);
        return 0;
}

int64_t working_set_group_of(WorkingSet *w, int64_t member)
{
        const SetRow *row = set_member(w, member);

        return row ? set_member_of(row)->row.group : 0;
}

void working_set_tell(Store *s, int64_t group, int64_t member)
{
        const SetStore *store = (const SetStore *)s;

        if (store->changed)
                store->changed(group, member, store->changed_userdata);
}

void set_on_change(Store *s, ChangeFunc func, void *userdata)
{
        ((SetStore *)s)->changed = func;
        ((SetStore *)s)->changed_userdata = userdata;
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
                        w->indexes[t == SET_MESSAGES ? BY_FROM : set_first_index(t)].root);
        memset(w->indexes, 0, sizeof w->indexes);
}

static void set_end_loading(WorkingSet *w, bool failed)
{
        for (size_t i = 0; failed && i < w->loaded.n; i++)
                (void)set_row_free(w->loaded.list[i]);
        array_done(&w->loaded);
        for (SetIndex i = 0; i < SET_INDEXES; i++) {
                array_done(&w->places[i].all);
                w->places[i].unordered = false;
        }
}

int working_set_reload(Store *s)
{
        WorkingSet *w = set_of(s);
        int r;

        set_clear(w);
        r = w->engine->load(s);
        for (SetIndex i = 0; r == 0 && i < SET_INDEXES; i++)
                r = set_link_loaded(w, i);
        if (r < 0)
                memset(w->indexes, 0, sizeof w->indexes);
        set_end_loading(w, r < 0);
        w->ids_before = w->ids;
        if (r == 0)
                working_set_tell(s, 0, 0);
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
