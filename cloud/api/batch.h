/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * batch.h - requests that come close together share one transaction of the store, and one sync
 *
 * A batch opens with the first request or timer that needs the store. It closes by itself after
 * API_BATCH_MS, or earlier by batch_flush. Nobody is answered before the batch is committed; when
 * it fails, everything in it is undone and all its calls are answered "unavailable". A single call
 * or a due group that fails is undone alone (store_mark), and the batch stands.
 */
#pragma once

#include "call.h"

enum { API_BATCH_MS = 1 };

/* What the owner does at the ends of a batch. */
typedef struct BatchHooks {
        /* Before the commit, while the store can be used. May call batch_fail and batch_answer. */
        void (*settle)(void *userdata);
        /* After the commit, or after the rollback of a failed batch. The next batch may begin. */
        void (*ended)(void *userdata, bool failed);
        /* For each answered call, in order, after that. Takes the call. */
        void (*finish)(void *userdata, Call *c, bool failed);
        void *userdata;
} BatchHooks;

/* Borrows the node, which outlives the batch. */
int batch_new(Batch **ret, Node *node, const BatchHooks *hooks);
/* Undoes what is open, and frees the calls that wait for it without an answer. */
Batch *batch_free(Batch *b);
DEFINE_CLEANUP(Batch *, batch_free);

/* Opens the batch if none is open. Negative errno: it is open, but there was no memory for the
 * timer that closes it; the next batch_begin tries again. */
int batch_begin(Batch *b);
/* Undoes the open batch when it closes. */
void batch_fail(Batch *b, int error);
bool batch_failed(const Batch *b);

/* Counts a request that a client waits for. */
void batch_count(Batch *b);
/* Takes a call of the open batch that has its answer: it goes out after the commit. */
void batch_answer(Batch *b, Call *c);

/* Closes the batch now; does nothing when none is open. */
void batch_flush(Batch *b);
/* Closes the batch if as many requests are in it as the last batch answered. Clients that were
 * answered may ask again: closing earlier would make many small batches that wait for each other.
 * A client that is alone never waits. */
void batch_flush_if_full(Batch *b);
