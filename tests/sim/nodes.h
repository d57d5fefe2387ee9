/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nodes.h - between the nodes of a cloud: what PostgreSQL tells of others comes to each late, in
 * another order, or never; and nodes die with a commit
 *
 * The notifications are the server's own. They are taken from it here, and handed to each node as
 * its service would (store-news.h); each also looks by itself now and then.
 */
#pragma once

#include "world.h"

typedef struct NodesWeather {
        uint32_t news_min_ms, news_max_ms; /* a range reorders */
        uint32_t news_loss_permille;       /* for each node */
        uint32_t look_ms;                  /* between two looks of a node; STORE_NEWS_MS */
        /* of commits with a join or a deposit: the node dies before it, or behind it */
        uint32_t death_permille;
} NodesWeather;

/* A world whose cloud has so many nodes over the server "postgres" (tests/cloud/postgres.h), where
 * all that was there goes. */
int nodes_world_new(World **ret, uint64_t seed, size_t n_terminals, size_t n_nodes);
void nodes_set_weather(World *w, const NodesWeather *weather);

/* Each node that lives gets what the others have saved; then all have the same in memory, which
 * whoever reads anew finds, too, and know each member whose serial was accepted. NULL, or what is
 * wrong. */
const char *nodes_differ(World *w, bool reads_anew);
