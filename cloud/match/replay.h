/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.h - recorded requests through the real matcher, on a clock of their own
 *
 * In: JSON Lines in order of arrival, each {"id", "t_server" (s), "code" (the route), "lat",
 * "lon", "accuracy_m" (or null), "heard": [ids], "rssi": [dBm], "heard_at": [s after the press]}.
 * Fields that may be missing:
 *
 *   age         s from the press to t_server; 0
 *   transports  of each heard "ble", or "lan", which has no strength; all "ble"
 *   relayed     true: a neighbour has handed it on, which changes nothing; false
 *   words       true: the code has secret words, so that the group takes in people whom nobody
 *               hears; false: it has none, so that only linked people close together, and others
 *               whom people let in. Missing: the evidence alone decides
 *   true_group  the meeting it belongs to in truth, for REPLAY_ASKS_TRUTH
 *
 * Other fields are ignored. A sighting counts from the moment it would have been reported.
 *
 * Out, in the same order: {"id":…,"group":…}; the group is null for a serial that would have been
 * asked about, refused, or left alone. "by":"ask" is there for one whom people have let in, and
 * "by":"words" for one whom nobody hears in a group whose code has words.
 */
#pragma once

#include "similarity.h"

#include <stdio.h>

enum {
        _REPLAY_E_SUCCESS,
        REPLAY_E_MALFORMED, /* a line is not a request as above */
};

/* What people say who are asked whether to let another group in. They have had ANSWER_MS for it
 * (replay.c). */
typedef enum ReplayAsks {
        REPLAY_ASKS_NONE,  /* nothing */
        REPLAY_ASKS_TRUTH, /* yes, where both who opened are of one true_group */
        REPLAY_ASKS_ALL,   /* yes to all: the worst */
} ReplayAsks;

/* "none", "truth" or "all"; false: it is another. */
bool replay_asks_read(const char *name, ReplayAsks *ret);

typedef struct ReplayCounts {
        uint64_t asks; /* questions put to the people of a group */
        uint64_t yes;  /* of these */
} ReplayCounts;

typedef struct ReplayOptions {
        const MatchingSettings *matching;
        uint64_t window_ms;
        /* adds "why": the similarities on arrival, and what the end of the window changed */
        bool explain;
        ReplayAsks asks;
} ReplayOptions;

/* 0, REPLAY_E_MALFORMED with the number of the line, or negative errno. */
int replay_run(const ReplayOptions *o, FILE *in, FILE *out, ReplayCounts *ret, size_t *ret_line);
