/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * replay.h - recorded requests through the real matcher, on a clock of their own
 *
 * In: JSON Lines in order of arrival, each {"id", "t_server" (s), "code" (the route), "lat",
 * "lon", "accuracy_m" (or null), "heard": [ids], "rssi": [dBm], "heard_at": [s after t_server],
 * "words": false for a code without words}; other fields are ignored. A sighting counts from the
 * moment it would have been reported. Out, in the same order: {"id":…,"group":…}; the group is null
 * for a serial that would have been asked about, refused, or left alone.
 */
#pragma once

#include "similarity.h"

#include <stdio.h>

enum {
        _REPLAY_E_SUCCESS,
        REPLAY_E_MALFORMED, /* a line is not a request as above */
};

typedef struct ReplayOptions {
        const MatchingSettings *matching;
        uint64_t window_ms;
        /* adds "why": the similarities on arrival, and what the end of the window changed */
        bool explain;
} ReplayOptions;

/* 0, REPLAY_E_MALFORMED with the number of the line, or negative errno. */
int replay_run(const ReplayOptions *o, FILE *in, FILE *out, size_t *ret_line);
