/* SPDX-License-Identifier: GPL-2.0-or-later */
/* joins.h - many joins, sealed beforehand, over connections that each send the next one when the
 * last is answered. Four terminals share each route and place, and hear those of them who came
 * before. */
#pragma once

#include "tests/cloud/server.h"

enum {
        JOINS_MAX = 20000,
        JOINS_CONNECTIONS = 256,
        JOINS_TERMINALS = 1250, /* an account in many groups at once is no usual case */
        JOINS_PARTY = 4,
};

typedef struct SealedJoin {
        uint8_t *bytes; /* the caller frees them */
        size_t len;
} SealedJoin;

typedef struct JoinsRun {
        double rate;           /* joins a second */
        double p50_ms, p99_ms; /* of a join */
} JoinsRun;

double joins_now_s(void);
int joins_compare(const void *a, const void *b); /* two doubles, for qsort */
void joins_make_terminals(Server *s, Terminal *terminals);
/* Each party has a route of its own, or all have one and are far apart. */
void joins_seal(Terminal *terminals, bool one_route, SealedJoin *ret, size_t n);
/* The i-th connection is to the i-th server, and so on in turns. */
JoinsRun joins_run(const Server *servers, size_t n_servers, size_t connections,
                   const SealedJoin *sealed, size_t n_joins);
