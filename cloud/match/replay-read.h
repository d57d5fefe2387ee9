/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay-read.h - the lines of a recording, see replay.h */
#pragma once

#include "matcher.h"

#include <stdio.h>

enum { REQUEST_ID_SIZE = 65 };

/* What a line says of the code. Where it says nothing, the evidence alone decides. */
typedef enum RequestWords { WORDS_UNSAID, WORDS_NONE, WORDS_SECRET } RequestWords;

typedef struct Request {
        char id[REQUEST_ID_SIZE];
        uint64_t at_ms;    /* of its arrival */
        uint64_t press_ms; /* at_ms less the age of the press */
        char route[ROUTE_SIZE];
        Fix fix;
        RequestWords words;
        bool relayed;
        /* the meeting it belongs to, in truth: a hash; 0 = the line does not say, so it is with
         * nobody */
        uint64_t meeting;
        Token token;
        Sighting *heard;
        uint64_t *heard_ms; /* when each of these counts */
        size_t n_heard;

        /* what becomes of it */
        size_t n_told; /* sightings that the store knows of */
        int64_t row;   /* of its member; 0 = it has none */
        int64_t group; /* closed in; 0 = none */
        bool asked;    /* people have let it in */
        bool taken;    /* nobody hears it, but its code has words */
        MatchDecision decision;
        const char *end;
} Request;

typedef struct Requests {
        Request *list;
        size_t n, room;
} Requests;

void requests_done(Requests *r);
/* 0, REPLAY_E_MALFORMED with the number of the line, or negative errno. */
int requests_read(Requests *ret, FILE *in, size_t *ret_line);

/* Makes room for one more element. 0 or -ENOMEM. */
int replay_grow(void **array, size_t n, size_t *room, size_t size);
