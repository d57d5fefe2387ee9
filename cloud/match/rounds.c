/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * rounds.c - strongly connected components, by Kosaraju's two walks
 *
 * The first walk lists people after all whom they lead to. The second begins with the last in that
 * list and goes against the direction of hearing.
 */
#include "rounds.h"

struct Rounds {
        size_t n;
        RoundsFunc hears;
        const void *userdata;
        uint32_t *number;
        uint32_t *list;  /* those being followed, n_list of them */
        uint32_t *next;  /* where each goes on, from 1; 0: not reached */
        uint32_t *order; /* as the first walk left them, n_ordered of them */
        size_t n_list, n_ordered, done, row;
        uint32_t count;
        bool back; /* the second walk */
};

static void rounds_walk(Rounds *r)
{
        uint32_t at;

        if (r->n_list == 0) {
                if (r->next[r->row] == 0) {
                        r->next[r->row] = 1;
                        r->list[r->n_list++] = (uint32_t)r->row;
                }
                r->row++;
                return;
        }
        at = r->list[r->n_list - 1];
        for (size_t j = r->next[at] - 1; j < r->n; j++)
                if (r->next[j] == 0 && r->hears(r->userdata, at, j)) {
                        r->next[at] = (uint32_t)j + 2;
                        r->next[j] = 1;
                        r->list[r->n_list++] = (uint32_t)j;
                        return;
                }
        r->order[r->n_ordered++] = at;
        r->n_list--;
}

/* A member that hears nobody back is in no round. */
static void rounds_end(Rounds *r)
{
        if (r->n_list > 1)
                r->count++;
        else
                r->number[r->list[0]] = ROUNDS_NONE;
        r->n_list = 0;
}

static void rounds_walk_back(Rounds *r)
{
        uint32_t at;

        if (r->n_list == 0) {
                if (r->n_ordered == 0)
                        return; /* nobody */
                at = r->order[--r->n_ordered];
                if (r->next[at] == 0)
                        return;
                r->next[at] = 0; /* taken */
                r->number[at] = r->count;
                r->list[r->n_list++] = at;
                r->done = 0;
                return;
        }
        at = r->list[r->done++];
        for (size_t j = 0; j < r->n; j++)
                if (r->next[j] > 0 && r->hears(r->userdata, j, at)) {
                        r->next[j] = 0;
                        r->number[j] = r->count;
                        r->list[r->n_list++] = (uint32_t)j;
                }
        if (r->done == r->n_list)
                rounds_end(r);
}

bool rounds_step(Rounds *r)
{
        r->back |= r->n_ordered == r->n;
        if (r->back)
                rounds_walk_back(r);
        else
                rounds_walk(r);
        return !r->back || r->n_ordered > 0 || r->n_list > 0;
}

uint32_t rounds_count(const Rounds *r)
{
        return r->count;
}

Rounds *rounds_free(Rounds *r)
{
        if (!r)
                return NULL;
        free(r->list);
        free(r->next);
        free(r->order);
        free(r);
        return NULL;
}

int rounds_new(Rounds **ret, size_t n, RoundsFunc hears, const void *userdata, uint32_t *number)
{
        _cleanup_(rounds_freep) Rounds *r = calloc(1, sizeof *r);

        if (!r)
                return -ENOMEM;
        *r = (Rounds){.n = n, .hears = hears, .userdata = userdata, .number = number};
        r->list = calloc(n + 1, sizeof *r->list);
        r->next = calloc(n + 1, sizeof *r->next);
        r->order = calloc(n + 1, sizeof *r->order);
        if (!r->list || !r->next || !r->order)
                return -ENOMEM;
        for (size_t i = 0; i < n; i++)
                number[i] = ROUNDS_NONE;
        *ret = TAKE_PTR(r);
        return 0;
}
