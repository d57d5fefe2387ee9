/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "index.h"

#include <assert.h>
#include <sodium.h>
#include <string.h>

int index_compare(const IndexKey *a, const IndexKey *b)
{
        size_t i = 0;

        while (i < ARRAY_LEN(a->part) - 1 && a->part[i] == b->part[i])
                i++;
        return (a->part[i] > b->part[i]) - (a->part[i] < b->part[i]);
}

/* xorshift, from a seed that nobody outside knows. */
static uint32_t index_draw(void)
{
        static uint64_t state;

        while (state == 0)
                randombytes_buf(&state, sizeof state);
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        return (uint32_t)(state >> 32);
}

/* Of the nodes at t: those before the key, and the others. */
static void index_split(IndexNode *t, const IndexKey *key, IndexNode **before, IndexNode **after)
{
        while (t) {
                bool is_before = index_compare(&t->key, key) < 0;
                IndexNode ***open = is_before ? &before : &after;

                **open = t;
                *open = is_before ? &t->right : &t->left;
                t = **open;
        }
        *before = *after = NULL;
}

/* All of a are before all of b. */
static IndexNode *index_join(IndexNode *a, IndexNode *b)
{
        IndexNode *root, **open = &root;

        while (a && b) {
                bool a_above = a->lot > b->lot;
                IndexNode *top = a_above ? a : b;

                *open = top;
                open = a_above ? &top->right : &top->left;
                *(a_above ? &a : &b) = *open;
        }
        *open = a ? a : b;
        return root;
}

void index_add(Index *x, IndexNode *node, const IndexKey *key)
{
        IndexNode **at = &x->root;
        int order;

        assert(!node->linked);
        node->key = *key;
        node->lot = index_draw();
        node->linked = true;
        while (*at && (*at)->lot >= node->lot) {
                order = index_compare(key, &(*at)->key);
                assert(order != 0);
                at = order < 0 ? &(*at)->left : &(*at)->right;
        }
        index_split(*at, key, &node->left, &node->right);
        *at = node;
        x->n++;
}

/* Of the nodes at the right edge, lowest first, each with the one above it at its right: takes away
 * those with a smaller lot, and returns them as they belong, each below the other. */
static IndexNode *index_take_edge(IndexNode **edge, uint64_t lot)
{
        IndexNode *below = NULL;

        while (*edge && (*edge)->lot < lot) {
                IndexNode *node = *edge;

                *edge = node->right;
                node->right = below;
                below = node;
        }
        return below;
}

void index_build(IndexBuild *b, IndexNode *node)
{
        node->lot = index_draw();
        node->linked = true;
        node->left = index_take_edge(&b->edge, node->lot);
        node->right = b->edge;
        b->edge = node;
        b->index->n++;
}

void index_built(IndexBuild *b)
{
        b->index->root = index_take_edge(&b->edge, UINT64_MAX);
}

void index_remove(Index *x, IndexNode *node)
{
        IndexNode **at;

        if (!node->linked)
                return;
        for (at = &x->root; *at != node;)
                at = index_compare(&node->key, &(*at)->key) < 0 ? &(*at)->left : &(*at)->right;
        *at = index_join(node->left, node->right);
        x->n--;
        node->linked = false;
}

IndexNode *index_at(const Index *x, const IndexKey *key)
{
        IndexNode *found = NULL;

        for (IndexNode *t = x->root; t;) {
                if (index_compare(&t->key, key) >= 0) {
                        found = t;
                        t = t->left;
                } else
                        t = t->right;
        }
        return found;
}

IndexNode *index_before(const Index *x, const IndexKey *key)
{
        IndexNode *found = NULL;

        for (IndexNode *t = x->root; t;) {
                if (index_compare(&t->key, key) < 0) {
                        found = t;
                        t = t->right;
                } else
                        t = t->left;
        }
        return found;
}

typedef struct Walk {
        const IndexKey *from;
        size_t same;
        bool (*func)(const void *row, void *userdata);
        void *userdata;
} Walk;

/* false: it has ended. As deep as the tree. */
static bool index_walk_below(const Walk *w, const IndexNode *t)
{
        bool begun;

        if (!t)
                return true;
        begun = index_compare(&t->key, w->from) >= 0;
        if (begun && !index_walk_below(w, t->left))
                return false;
        if (begun && (memcmp(&t->key, w->from, w->same * sizeof t->key.part[0]) != 0 ||
                      !w->func(t->row, w->userdata)))
                return false;
        return index_walk_below(w, t->right);
}

void index_walk(const Index *x, const IndexKey *from, size_t same,
                bool (*func)(const void *row, void *userdata), void *userdata)
{
        (void)index_walk_below(&(Walk){from, same, func, userdata}, x->root);
}
