/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-client.h - one account's requests to the cloud: session, ticket, sealing, retry with
 * back-off
 *
 * A call is repeated until it is answered, its deadline passes or it is cancelled; the protocol
 * makes repetition harmless. A call that takes longer than others did is tried once more beside
 * what is under way, and the first answer counts. The client renews an expired ticket and repeats
 * the call by itself.
 */
#pragma once

#include "src/protocol/succession.h"
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
        CLOUD_PORTAL,    /* the network wants a log-in first */
        CLOUD_OTHER_KEY, /* the server there does not hold the pinned key */
        CLOUD_BUSY,
} CloudResult;

/* response is borrowed, valid during the call; NULL where none came. The call is gone
 * afterwards. */
typedef void (*CloudFunc)(void *userdata, CloudResult result, const WireResponse *response);

/* Borrowed; outlive the client. account may be NULL: then only Describe, Register,
 * RegisterGuest and FetchRecord. */
typedef struct CloudClientDeps {
        Clock *clock;
        Carrier *carrier;
        /* May change: the client then begins a new session, with the next try of any call. */
        const CloudIdentity *cloud;
        const AccountKey *account;
        /* The state of the line has changed: CLOUD_OK after an answer, else the reason. skew: our
         * wall clock minus the cloud's. */
        void (*state)(void *userdata, CloudResult result, int64_t clock_skew_ms);
        /* The cloud has told its next identity (src/protocol/succession.h), not checked yet. NULL:
         * it is ignored. */
        void (*succession)(void *userdata, const uint8_t *bytes, size_t len);
        void *userdata;
} CloudClientDeps;

int cloud_client_new(CloudClient **ret, const CloudClientDeps *deps);
CloudClient *cloud_client_free(CloudClient *c); /* cancels its calls */
DEFINE_CLEANUP(CloudClient *, cloud_client_free);

/* Packs the request at once; the client fills in id and ticket. deadline_ms: of clock_now;
 * UINT64_MAX: until cancelled. answer_ms: the time for the cloud to answer one try (long polls:
 * more than wait_ms). ret may be NULL if the caller never cancels. func is never called from
 * within. */
int cloud_client_call(CloudClient *c, CloudCall **ret, WireRequest *request, uint64_t deadline_ms,
                      uint32_t answer_ms, CloudFunc func, void *userdata);
CloudCall *cloud_call_cancel(CloudCall *call); /* NULL is fine */

/* The way to the cloud for one account, as others borrow it. */
typedef struct CloudAccess {
        CloudClient *client;
        const CloudPin *pin;
        const char *cloud; /* its name in the store */
        const char *url;
        Carrier *through_neighbours; /* carrier-relay.h */
        const char *guest_page;      /* where browsers read records; NULL or empty: nowhere */
} CloudAccess;

/* For a request that tells something that changes with time: func is called before each try, from
 * the loop, and may pack the request anew. A negative errno fails the try. */
void cloud_call_before_try(CloudCall *call, int (*func)(void *userdata));
int cloud_call_pack(CloudCall *call, WireRequest *request);

/* On a slow way the call may take as much longer as that after its deadline, until half a minute
 * has passed without a sign that the way lives. */
void cloud_call_be_patient(CloudCall *call, uint32_t more_ms);

/* Calls come soon: the connections for them shall be there by then. */
void cloud_client_warm(CloudClient *c);
/* The network is back or the like: ends every back-off, so that each call is tried now. */
void cloud_client_nudge(CloudClient *c);
/* The network is another one: what is under way begins anew, now. Renew the carrier before. */
void cloud_client_renew(CloudClient *c);
/* How long a message that has come may wait at the cloud for others to come along. */
uint32_t cloud_client_gather_ms(const CloudClient *c);
/* What usually takes at most that long takes so long at present: more on a slow way. */
uint64_t cloud_client_allow_ms(const CloudClient *c, uint64_t usual_ms);
/* When the last answer came, by clock_now; 0: none yet. */
uint64_t cloud_client_answered_ms(const CloudClient *c);
/* Something was lost on the way lately. */
bool cloud_client_lossy(const CloudClient *c);
/* As pace_is_slow. */
bool cloud_client_slow(const CloudClient *c);
/* How long a long poll that begins now should wait. */
uint32_t cloud_client_patience(const CloudClient *c);
/* Public key of the current session, and the cloud's key that it is with: Register signs both.
 * Begins a session if there is none. */
int cloud_client_session_key(CloudClient *c, Bytes32 *ret, Bytes32 *ret_cloud_key);
