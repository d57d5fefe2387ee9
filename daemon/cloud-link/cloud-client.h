/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-client.h - one account's line to the cloud: session, ticket, sealing, retry with
 * back-off
 *
 * A call is repeated until it is answered, its deadline passes or it is cancelled: the protocol
 * makes every repetition harmless. An expired ticket is renewed and the call repeated without
 * the caller's knowing.
 */
#pragma once

#include "src/protocol/account-key.h"
#include "src/base/clock.h"
#include "src/protocol/wire.h"
#include "carrier.h"

typedef struct CloudClient CloudClient;
typedef struct CloudCall CloudCall;

typedef enum CloudResult {
        CLOUD_OK,         /* response->status is STATUS_OK */
        CLOUD_STATUS,     /* the cloud's answer is another status: response->status */
        CLOUD_NO_NETWORK, /* these: no answer before the deadline, and why */
        CLOUD_UNREACHABLE,
        CLOUD_TLS,
        CLOUD_OTHER_KEY, /* whoever answers there does not hold the pinned key */
        CLOUD_BUSY,
} CloudResult;

/* response is borrowed, valid during the call; NULL where none came. The call is gone
 * afterwards. */
typedef void (*CloudFunc)(void *userdata, CloudResult result, const WireResponse *response);

/* Borrows everything, all of which outlives the client. account may be NULL: then only Describe and
 * Register. */
typedef struct CloudClientSettings {
        Clock *clock;
        Carrier *carrier;
        const CloudIdentity *cloud;
        const AccountKey *account;
        /* state of the line changed: CLOUD_OK after an answer, else why not; skew: our wall clock
         * minus theirs */
        void (*state)(void *userdata, CloudResult result, int64_t clock_skew_ms);
        void *userdata;
} CloudClientSettings;

int cloud_client_new(CloudClient **ret, const CloudClientSettings *settings);
CloudClient *cloud_client_free(CloudClient *c); /* cancels its calls */
DEFINE_CLEANUP(CloudClient *, cloud_client_free);

/* Packs the request at once (id and ticket are filled in by the client). deadline_ms: clock_now;
 * UINT64_MAX = until cancelled. answer_ms: how long the cloud may take to answer one try (long
 * polls: more than wait_ms). *ret may be NULL where the caller never cancels. The func is never
 * called from within. */
int cloud_client_call(CloudClient *c, CloudCall **ret, WireRequest *request, uint64_t deadline_ms,
                      uint32_t answer_ms, CloudFunc func, void *userdata);
CloudCall *cloud_call_cancel(CloudCall *call); /* NULL is fine */

/* The way to the cloud for one account, as others borrow it. */
typedef struct CloudAccess {
        CloudClient *client;
        const CloudIdentity *identity;
} CloudAccess;

/* Something changed that makes a try worthwhile now (network back): ends every back-off. */
void cloud_client_nudge(CloudClient *c);
/* How long a long poll should wait that begins now. */
uint32_t cloud_client_patience(const CloudClient *c);
/* Public key of the current session, for what register signs; begins one if there is none. */
int cloud_client_session_key(CloudClient *c, Bytes32 *ret);
