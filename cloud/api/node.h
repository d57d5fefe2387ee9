/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node.h - what all requests of one node of a cloud share
 *
 * Plain data at the bottom of this room: the api makes it, handlers, groups, watchers and the batch
 * read it. Each of these includes only what stands below it, in that order.
 */
#pragma once

#include "src/base/clock.h"
#include "cloud/keys.h"
#include "cloud/metrics.h"
#include "cloud/settings.h"

typedef struct Batch Batch;
typedef struct Watchers Watchers;
typedef struct Limits Limits;
typedef struct Closings Closings;

typedef struct Node { /* all borrowed, but for what is counted */
        const CloudSettings *settings;
        const CloudKeys *keys;
        const char *consent_text;
        Clock *clock;
        Store *store;
        bool verifies;      /* confirmation codes can be sent */
        Metrics metrics;    /* and whether the store has room */
        Tally tally;        /* of the open batch */
        Tally tally_marked; /* of it, before the part that can be undone */
        Batch *batch;
        Watchers *watchers;
        Limits *limits;
        Closings *closings;
        uint64_t start_ms; /* what node_time is more than clock_now */
        uint64_t looks;    /* work done beside that of the store, as matcher.h counts it */
} Node;

/* Milliseconds since 1970, as the wall clock had it when the node started, or that of the server
 * which several nodes share, and going on from there whatever becomes of it. Deadlines are in it,
 * and all that expires but keys and tickets, which others hold as well. */
static inline uint64_t node_time(const Node *node)
{
        return node->start_ms + clock_now(node->clock);
}

/* A part of the batch that can fail alone, with what is counted in it. 0 or negative errno. */
static inline int node_mark(Node *node)
{
        node->tally_marked = node->tally;
        return store_mark(node->store);
}

static inline int node_unmark(Node *node)
{
        return store_unmark(node->store);
}

static inline int node_undo(Node *node)
{
        node->tally = node->tally_marked;
        return store_undo(node->store);
}

/* All work so far, in the units of test-work.c. */
static inline uint64_t node_work(const Node *node)
{
        return store_steps(node->store) + node->looks;
}
