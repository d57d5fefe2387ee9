/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - one request of a member about the record of its exchange: show the password, see
 * who fetched, revoke
 *
 * Each begins by asking for the cloud's half, of which and of the group key password, token and
 * escrow are made. To show the password the terminal deposits the escrow, every time: what
 * another member deposited for the same token must be the same, so a password that is shown
 * opens what stands there. The token also says whose fetches are meant, and that the one who
 * revokes has the group key.
 */
#pragma once

#include "src/protocol/record.h"
#include "daemon/cloud-link/cloud-outcome.h"
#include "daemon/store/store.h"

typedef struct RecordRequest RecordRequest;

typedef enum RecordWish { RECORD_SHOW, RECORD_FETCHES, RECORD_REVOKE } RecordWish;

typedef struct RecordShown {
        char number[RECORD_NUMBER_SIZE];
        char password[RECORD_PASSWORD_TEXT]; /* of RECORD_SHOW */
        const uint64_t *fetched_ms;          /* since 1970, oldest first; borrowed */
        size_t n_fetched;
} RecordShown;

/* Called once, never from within; the request may be freed. shown is NULL unless the outcome is OK,
 * and also for RECORD_REVOKE. */
typedef void (*RecordFunc)(void *userdata, Outcome outcome, const RecordShown *shown);

enum { RECORD_WAIT_MS = 15 * 1000 }; /* for the cloud, in all */

/* number: of the exchange, whose secret the store must have: OUTCOME_NOT_FOUND else. An outcome or
 * -errno: then func is not called. All are borrowed and outlive it. */
int record_request_new(RecordRequest **ret, RecordWish wish, CloudClient *cloud, Clock *clock,
                       DaemonStore *store, uint64_t number, RecordFunc func, void *userdata);
RecordRequest *record_request_free(RecordRequest *q);
DEFINE_CLEANUP(RecordRequest *, record_request_free);

/* What an answer means to a caller, where it is not the expected one. */
Outcome record_refusal(CloudResult result, const WireResponse *response);
