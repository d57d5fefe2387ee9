/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * index.h - an ordered index in memory: a treap, whose nodes live in what they lead to
 *
 * Keys are unique, of four numbers, and ordered by the first, then the second and so on. A key
 * names a row, and ends with the row's own number where several may have the same value; so what
 * has a value in common is a range, and in the order of arrival. Finding, adding and removing take
 * O(log n) steps. Which node is above which is drawn by lot: no order in which strangers send
 * things makes the tree deep.
 */
#pragma once

#include "src/base/util.h"

enum { INDEX_NODE = 64 }; /* bytes, and their alignment */

typedef struct IndexKey {
        uint64_t part[4];
} IndexKey;

typedef struct IndexNode IndexNode;

typedef struct Index {
        IndexNode *root;
        size_t n;
} Index;

typedef struct IndexBuild { /* starts with the index alone */
        Index *index;
        IndexNode *edge;
} IndexBuild;

/* What a search looks at comes first, and a node fills a line of the processor's cache: with many
 * rows the time of a search is that of fetching such lines. */
struct IndexNode {
        _Alignas(INDEX_NODE) IndexNode *left;
        IndexNode *right;
        IndexKey key;
        void *row; /* what it leads to */
        uint32_t lot;
        bool linked; /* in an index */
};
_Static_assert(sizeof(IndexNode) == INDEX_NODE, "a node is a line");

/* The node is in no index; its row is set and it outlives its place here. No other has its key. */
void index_add(Index *x, IndexNode *node, const IndexKey *key);
/* Fills an index that is empty with nodes that have their keys, one after the other in their order;
 * after the last, index_built. */
void index_build(IndexBuild *b, IndexNode *node);
void index_built(IndexBuild *b);
/* Does nothing for a node that is in no index; else it is in this one. */
void index_remove(Index *x, IndexNode *node);

/* The first at or after this key, the last before it; NULL: none. */
IndexNode *index_at(const Index *x, const IndexKey *key);
IndexNode *index_before(const Index *x, const IndexKey *key);

/* negative, 0, positive: a is before, equal to, after b. */
int index_compare(const IndexKey *a, const IndexKey *b);

/* Calls func for each row from this key on of which the first `same` numbers are the key's, in
 * order, until it returns false. func may not change the index. */
void index_walk(const Index *x, const IndexKey *from, size_t same,
                bool (*func)(const void *row, void *userdata), void *userdata);
