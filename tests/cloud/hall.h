/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hall.h - parties that exchange over real clouds, while the test does harm
 *
 * Everybody asks some node at once; in between the test does harm, and heals. What was answered
 * must be there; who got no answer, or "unavailable", asks again, perhaps another node. In the end
 * each has the cards of its own party, all of them.
 */
#pragma once

#include "server.h"

#include "tests/sim/chance.h"

enum {
        HALL_PARTY = 4,
        HALL_PARTIES = 8,
        HALL_PEOPLE = HALL_PARTY * HALL_PARTIES,
        HALL_NODES = 3, /* at most */
};

typedef struct Hall {
        Server server[HALL_NODES];
        size_t n_nodes;
        Server *stopped; /* it answers when it goes on */
        Terminal t[HALL_PEOPLE];
        Chance chance;
        unsigned n_harmed, n_unanswered;
        void (*harm)(struct Hall *h);
        void (*heal)(struct Hall *h); /* afterwards all nodes answer again */
        void *userdata;
} Hall;

/* Nodes of one cloud, with these lines in their configuration, and people with accounts. */
Hall *hall_new(size_t n_nodes, const char *config, uint64_t seed);
void hall_free(Hall *h); /* nodes must end well */
/* All of them press, join, deposit, close, open, and fetch. */
void hall_exchange(Hall *h);
