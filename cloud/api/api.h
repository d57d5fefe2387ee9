/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * api.h - the cloud behind its transport: a sealed request in, a sealed answer out
 *
 * Knows neither HTTP nor the kernel's clock, so that a simulation can hold a whole cloud.
 * Requests that come close together share one batch of the store, and nobody is answered before
 * the batch is committed.
 */
#pragma once

#include "src/base/clock.h"
#include "cloud/keys.h"
#include "cloud/metrics.h"
#include "cloud/settings.h"
#include "transport.h"

typedef struct Api Api;

enum {
        _API_E_SUCCESS,
        API_E_MALFORMED,  /* not an envelope, or no request in it */
        API_E_NOT_FOR_US, /* sealed for another cloud, or altered */
};

/* All borrowed, all outlive the Api. */
typedef struct ApiDeps {
        const CloudSettings *settings;
        const CloudKeys *keys; /* may change between two requests: api_forget_sessions */
        const char *consent_text;
        Clock *clock;
        Store *store;
        uint64_t wall_ms; /* since 1970, where nodes need one time; 0: as the clock has it */
        /* Sends a confirmation code to a handle; NULL: handles are not verified. Must not block. */
        int (*send_code)(void *userdata, const char *handle, const char *code);
        void *userdata;
} ApiDeps;

int api_new(Api **ret, const ApiDeps *deps);
/* Requests that wait are dropped without an answer: api_drain first. */
Api *api_free(Api *a);
DEFINE_CLEANUP(Api *, api_free);

/* 0: func will be called. Positive or negative: it will not. Borrows sealed during the call. */
int api_handle(Api *a, ApiWay way, const uint8_t *sealed, size_t len, ApiReply func,
               void *userdata);
/* The same where the transport knows the origin. */
int api_handle_from(Api *a, ApiWay way, const ApiOrigin *origin, const uint8_t *sealed, size_t len,
                    ApiReply func, void *userdata);

/* Closes the batch now: commits, then answers. Without it the batch closes by itself (batch.h). */
void api_flush(Api *a);
/* Another node may have changed something: a batch, even if nobody asks. */
void api_look(Api *a);
void api_flush_if_full(Api *a); /* batch_flush_if_full */

/* Answers every waiting call, as if its time were up. */
void api_drain(Api *a);

/* The keys have changed: wipes what was derived from them. Sessions go on, if the key they were
 * made with is still ours. */
void api_forget_sessions(Api *a);

/* What terminals pin on first use now. */
const CloudIdentity *api_identity(const Api *a);
/* The store has no room: what would write is refused. */
bool api_is_full(const Api *a);
const Metrics *api_metrics(const Api *a);
/* Work done so far: steps of the store, and looks of the matcher at a pair of members. Tests hold
 * the bound of a request or a turn of the timers against it. */
uint64_t api_work(const Api *a);
