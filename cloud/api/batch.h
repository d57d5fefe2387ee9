/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch.h - requests that come close together share one transaction of the store, and one sync
 *
 * A batch begins with the first request or timer that needs the store, and takes what comes. It
 * closes by itself after API_BATCH_MS, or earlier by batch_flush: only then it opens the store, in
 * which nobody else decides until the commit, and runs what it has taken. Nobody is answered
 * before the batch is committed; when it fails, everything in it is undone and all its calls are
 * answered "unavailable". A single call or a due group that fails is undone alone (store_mark),
 * and the batch stands.
 */
#pragma once

#include "call.h"

enum { API_BATCH_MS = 1 };

/* What the owner does at the ends of a batch. */
typedef struct BatchHooks {
        /* As soon as the store can be used. This one and the next two may call batch_fail, and
         * batch_answer. */
        void (*opened)(void *userdata);
        /* Each call that was taken, in order. Takes the call. */
        void (*run)(void *userdata, Call *c);
        /* After all of them, before the commit. */
        void (*settle)(void *userdata);
        /* After the commit, or after the rollback of a failed batch. The next batch may begin. */
        void (*ended)(void *userdata, bool failed);
        /* For each answered call, in order, after that. Takes the call. */
        void (*finish)(void *userdata, Call *c, bool failed);
        void *userdata;
} BatchHooks;

/* Borrows the node, which outlives the batch. */
int batch_new(Batch **ret, Node *node, const BatchHooks *hooks);
/* Frees the calls that wait for it without an answer. */
Batch *batch_free(Batch *b);
DEFINE_CLEANUP(Batch *, batch_free);

/* Begins a batch if there is none. Negative errno: there is, but there was no memory for the timer
 * that closes it; the next batch_begin tries again. */
int batch_begin(Batch *b);
/* Undoes the open batch when it closes. */
void batch_fail(Batch *b, int error);
bool batch_failed(const Batch *b);

/* Takes a request that a client waits for, which runs when the batch closes. */
void batch_take(Batch *b, Call *c);
/* Whether the batch has such a request, run or not. */
bool batch_is_asked(const Batch *b);
/* Takes a call of the open batch that has its answer: it goes out after the commit. */
void batch_answer(Batch *b, Call *c);

/* Closes the batch now; does nothing when there is none. */
void batch_flush(Batch *b);
/* Closes the batch if as many requests are in it as the last batch answered. Clients that were
 * answered may ask again: closing earlier would make many small batches that wait for each other.
 * A client that is alone never waits. */
void batch_flush_if_full(Batch *b);
