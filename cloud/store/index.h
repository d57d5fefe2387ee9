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

typedef struct IndexKey {
        uint64_t part[4];
} IndexKey;

typedef struct IndexNode IndexNode;

typedef struct Index {
        IndexNode *root;
        size_t n;
} Index;

struct IndexNode {
        IndexNode *left, *right;
        void *row; /* what it leads to */
        IndexKey key;
        uint32_t lot;
        Index *in; /* NULL: in none */
};

/* The node is in no index; its row is set and it outlives its place here. No other has its key. */
void index_add(Index *x, IndexNode *node, const IndexKey *key);
/* Does nothing for a node that is in no index. */
void index_remove(IndexNode *node);

/* The first at or after this key, the last before it; NULL: none. */
IndexNode *index_at(const Index *x, const IndexKey *key);
IndexNode *index_before(const Index *x, const IndexKey *key);

/* negative, 0, positive: a is before, equal to, after b. */
int index_compare(const IndexKey *a, const IndexKey *b);
