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

struct Linkage {
        float *like;
        size_t n;
        float least;
        uint32_t *size; /* 0: became part of another */
        uint32_t *label;
        size_t *chain, n_chain;
        size_t first; /* where chains begin */
        LinkageFunc func;
        void *userdata;
};

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

static void linkage_join(Linkage *l, size_t into, size_t gone)
{
        float a = (float)l->size[into], b = (float)l->size[gone], mean;

        assert(into != gone && l->size[into] > 0 && l->size[gone] > 0);

        if (l->func)
                l->func(l->userdata, into, gone, l->like[into * l->n + gone]);
        for (size_t j = 0; j < l->n; j++) {
                mean = (a * l->like[into * l->n + j] + b * l->like[gone * l->n + j]) / (a + b);
                l->like[into * l->n + j] = l->like[j * l->n + into] = mean;
        }
        l->size[into] += l->size[gone];
        l->size[gone] = 0;
        for (size_t j = 0; j < l->n; j++)
                if (l->label[j] == gone)
                        l->label[j] = (uint32_t)into;
}

/* Follows the chain by one. It ends where nothing is near enough. */
static void linkage_follow_chain(Linkage *l)
{
        size_t top = l->chain[l->n_chain - 1];
        size_t before = l->n_chain > 1 ? l->chain[l->n_chain - 2] : l->n;
        size_t next = linkage_nearest(l, top, before);

        if (next == l->n)
                l->n_chain = 0;
        else if (next != before)
                l->chain[l->n_chain++] = next;
        else {
                linkage_join(l, MIN(top, next), MAX(top, next));
                l->n_chain -= 2;
        }
}

bool linkage_step(Linkage *l)
{
        size_t i = l->first;

        if (l->n_chain > 0)
                linkage_follow_chain(l);
        else if (i < l->n && l->size[i] > 0 && linkage_nearest(l, i, l->n) < l->n)
                l->chain[l->n_chain++] = i;
        else if (i < l->n)
                l->first++;
        return l->first < l->n;
}

void linkage_tell(Linkage *l, LinkageFunc func, void *userdata)
{
        l->func = func;
        l->userdata = userdata;
}

Linkage *linkage_free(Linkage *l)
{
        if (!l)
                return NULL;
        free(l->size);
        free(l->chain);
        free(l);
        return NULL;
}

int linkage_new(Linkage **ret, float *like, size_t n, float least, uint32_t *ret_label)
{
        _cleanup_(linkage_freep) Linkage *l = calloc(1, sizeof *l);

        if (!l)
                return -ENOMEM;
        *l = (Linkage){.like = like, .n = n, .least = least, .label = ret_label};
        l->size = calloc(n + 1, sizeof *l->size);
        l->chain = calloc(n + 1, sizeof *l->chain);
        if (!l->size || !l->chain)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++) {
                l->size[i] = 1;
                ret_label[i] = (uint32_t)i;
        }
        *ret = TAKE_PTR(l);
        return 0;
}

int linkage_average(float *like, size_t n, float least, uint32_t *ret_label)
{
        _cleanup_(linkage_freep) Linkage *l = NULL;
        int r = linkage_new(&l, like, n, least, ret_label);

        while (r == 0 && linkage_step(l))
                ;
        return r;
}
