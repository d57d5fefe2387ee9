/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * linkage.c - the nearest-neighbour chain
 *
 * Joining two clusters never makes the result more similar to a third than the nearer of the two
 * was. So two clusters that are each other's nearest can be joined at once; the result is the same
 * as always joining the nearest pair. A chain of nearest neighbours finds such a pair without
 * searching all of them again (Murtagh, A survey of recent advances in hierarchical clustering
 * algorithms, 1983).
 */
#include "linkage.h"

#include <assert.h>
#include <string.h>

typedef struct Linkage {
        float *like;
        size_t n;
        float least;
        uint32_t *size; /* 0: became part of another */
} Linkage;

/* The nearest to i, or n if none is near enough. Among equals we prefer previous, so that the chain
 * ends. */
static size_t linkage_nearest(const Linkage *l, size_t i, size_t previous)
{
        size_t best = previous;

        for (size_t j = 0; j < l->n; j++)
                if (j != i && l->size[j] > 0 && l->like[i * l->n + j] >= l->least &&
                    (best == l->n || l->like[i * l->n + j] > l->like[i * l->n + best]))
                        best = j;
        return best;
}

static void linkage_join(Linkage *l, size_t into, size_t gone, uint32_t *label)
{
        float a = (float)l->size[into], b = (float)l->size[gone], mean;

        assert(into != gone && l->size[into] > 0 && l->size[gone] > 0);

        for (size_t j = 0; j < l->n; j++) {
                mean = (a * l->like[into * l->n + j] + b * l->like[gone * l->n + j]) / (a + b);
                l->like[into * l->n + j] = l->like[j * l->n + into] = mean;
        }
        l->size[into] += l->size[gone];
        l->size[gone] = 0;
        for (size_t j = 0; j < l->n; j++)
                if (label[j] == gone)
                        label[j] = (uint32_t)into;
}

static void linkage_follow_chain(Linkage *l, size_t first, size_t *chain, uint32_t *label)
{
        size_t n = 1, next, top, before;

        chain[0] = first;
        while (n > 0) {
                top = chain[n - 1];
                before = n > 1 ? chain[n - 2] : l->n;
                next = linkage_nearest(l, top, before);
                if (next == l->n)
                        return;
                if (next != before) {
                        chain[n++] = next;
                        continue;
                }
                linkage_join(l, MIN(top, next), MAX(top, next), label);
                n -= 2;
        }
}

int linkage_average(float *like, size_t n, float least, uint32_t *ret_label)
{
        _cleanup_free_ uint32_t *size = calloc(n + 1, sizeof *size);
        _cleanup_free_ size_t *chain = calloc(n + 1, sizeof *chain);
        Linkage l = {.like = like, .n = n, .least = least, .size = size};

        if (!size || !chain)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                size[i] = 1;
                ret_label[i] = (uint32_t)i;
        }
        for (size_t i = 0; i < n; i++)
                while (size[i] > 0 && linkage_nearest(&l, i, n) < n)
                        linkage_follow_chain(&l, i, chain, ret_label);
        return 0;
}
