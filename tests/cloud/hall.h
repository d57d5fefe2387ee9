/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hall.h - parties that exchange over real clouds, while the test does harm
 *
 * Everybody asks some node at once; in between the test does harm, and heals. What was answered
 * must be there; who got no answer, or "unavailable", asks again, perhaps another node. In the end
 * each has the cards of its own party, all of them.
 */
#pragma once

#include "postgres.h"
#include "server.h"

#include "tests/sim/chance.h"

enum { /* steps of an exchange; pieces before */
       HALL_PIECES = 6,
       HALL_JOIN = HALL_PIECES,
       HALL_CLOSE,
       HALL_OPEN,
};

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
        unsigned harmed_steps; /* a bit each; 0: as chance has it */
        unsigned n_harmed, n_unanswered;
        bool all_answer; /* also when harmed, if only "unavailable": some ask then */
        void (*harm)(struct Hall *h);
        void (*heal)(struct Hall *h); /* afterwards all nodes answer again */
        void *userdata;
        uint64_t passed_ms; /* as the clocks of the terminals know */
} Hall;

/* Nodes of one cloud, with these lines in their configuration, and people with accounts. */
Hall *hall_new(size_t n_nodes, const char *config, uint64_t seed);
/* The same with lines for each node. */
Hall *hall_new_each(size_t n_nodes, const char *const configs[], uint64_t seed);
void hall_free(Hall *h); /* nodes must end well */
/* All of them press, join, deposit, close, open, and fetch. */
void hall_exchange(Hall *h);
/* Exchanges so many times while that is done, looks whether the tables are whole, and ends all. */
void hall_live_through(Hall *h, void (*harm)(Hall *h), void (*heal)(Hall *h), unsigned rounds,
                       const Postgres *p);
