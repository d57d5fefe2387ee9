/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round.h - many presses in weather of every kind. Asserted is what must hold, never how it comes
 * about:
 *
 *   - nobody holds a card of a group whose roster they were not in, nor of another meeting
 *   - all members that delivered hold each other's cards, once
 *   - no accepted serial is lost: each comes to an end that fits its roster
 *   - nobody is on two rosters, and no group has two
 *   - no radio is on before the press or after the end
 *   - a terminal without a route belongs to the group if an honest neighbour has one
 */
#pragma once

#include "world.h"

enum { ROUND_TERMINALS = 20, ROUND_MEETINGS = 4, /* at most */ ROUND_TIMES = 2 };

typedef struct Kind {
        const char *name;
        NetWeather weather;
        uint32_t radio_drop_permille;
        uint32_t kill_permille; /* of requests: with their terminal */
        bool cloud_dies;        /* a node of it, if it has several */
        bool people_leave, people_close, people_admit;
        /* of terminals: without a way to the cloud but through neighbours, till it heals */
        uint32_t cut_permille;
        uint32_t bad_permille; /* of terminals: help badly */
        bool routes_change;
        bool on_disk;  /* the cloud's store is a file, opened again after each death */
        bool complete; /* everybody of a meeting gets everybody */
        bool helped;   /* that, as soon as one of it has a route */
        uint64_t first_seed;
} Kind;

#define WEATHER(min, max, loss, twice)                                                             \
        {                                                                                          \
                .delay_min_ms = min, .delay_max_ms = max, .loss_permille = loss,                   \
                .double_permille = twice                                                           \
        }

typedef struct Round {
        const Kind *kind;
        uint64_t seed;
        World *world;
        unsigned n_meetings;
        /* About once in a second of the storm; NULL: nothing. */
        void (*look)(struct Round *r);
} Round;

/* Everybody presses, each for one of the meetings, and there is a storm. That twice. */
void round_live(Round *r);
/* Everything works again, and every terminal is switched on; then there is time, and the above is
 * asserted. */
void round_end(Round *r);
/* Fails with the seed and what everybody of the group of p (NULL: nobody) knows. */
void round_complain(const Round *r, const SimPress *p, const char *what);

/* As many as usual from the first seed of the kind on. HUDDLE_SIM_SEED=N runs the round of that
 * seed (a million and more: one of each kind); HUDDLE_SIM_ROUNDS=N runs so many, of each kind or
 * from that seed on. */
void round_run_kind(const Kind *kind, uint64_t n_usual,
                    void (*run)(const Kind *kind, uint64_t seed));
