/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record-watch.h - tells when somebody fetches a record that was shown
 *
 * The cloud does not report fetches, so we ask: a few seconds after the record was read, then at
 * doubling intervals up to a quarter of an hour, for six hours. Each time costs two requests and
 * one derivation of the password.
 */
#pragma once

#include "record.h"

enum {
        RECORD_WATCHES_MAX = 16, /* further records are not watched */
        RECORD_LOOK_FIRST_MS = 5 * 1000,
        RECORD_LOOK_MAX_MS = 15 * 60 * 1000,
        RECORD_LOOK_FOR_MS = 6 * 60 * 60 * 1000,
};

typedef struct RecordWatches RecordWatches;

typedef struct RecordWatchesDeps { /* borrowed; outlive the watches */
        Clock *clock;
        /* Asks the cloud for the fetches. Unless it returns 0, func is not called. */
        int (*look)(void *userdata, uint32_t uid, uint64_t exchange, RecordFunc func,
                    void *func_userdata);
        void *look_userdata;
        void (*opened)(void *userdata, uint32_t uid, uint64_t exchange, uint64_t time_s);
        void *userdata;
} RecordWatchesDeps;

int record_watches_new(RecordWatches **ret, const RecordWatchesDeps *deps);
RecordWatches *record_watches_free(RecordWatches *w); /* after what look began */
DEFINE_CLEANUP(RecordWatches *, record_watches_free);
/* The record was shown, with the fetches so far: watches it from now on. */
void record_watches_add(RecordWatches *w, uint32_t uid, uint64_t exchange,
                        const RecordShown *shown);
