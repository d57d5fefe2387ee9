/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - one request of a member about the record of its exchange: show the password, list the
 * fetches, revoke
 *
 * Each request first asks for the cloud's half of the password. That half and the group key give
 * password, token and escrow. To show the password, the terminal deposits the escrow every time:
 * the cloud accepts it only if it equals what another member deposited for the same token, so a
 * shown password opens the record. The token also selects the fetches, and proves to the cloud that
 * the member that revokes has the group key.
 */
#pragma once

#include "src/protocol/huddle-link.h"
#include "daemon/cloud-link/cloud-outcome.h"
#include "daemon/store/store.h"

typedef struct RecordRequest RecordRequest;

typedef enum RecordWish {
        RECORD_SHOW,
        RECORD_READ, /* to show it, and its fetches */
        RECORD_FETCHES,
        RECORD_REVOKE
} RecordWish;

typedef struct RecordShown {
        char number[RECORD_NUMBER_SIZE];
        char password[RECORD_PASSWORD_TEXT]; /* of RECORD_SHOW and RECORD_READ */
        char link[HUDDLE_LINK_SIZE];         /* likewise */
        uint64_t expires_s;                  /* since 1970, by the clock of this machine */
        uint32_t max_fetches;                /* of RECORD_READ and RECORD_FETCHES */
        const uint64_t *fetched_ms;          /* likewise: since 1970, oldest first; borrowed */
        size_t n_fetched;
} RecordShown;

/* Called once, never from within; may free the request. shown is NULL for RECORD_REVOKE, and unless
 * the outcome is OK. */
typedef void (*RecordFunc)(void *userdata, Outcome outcome, const RecordShown *shown);

enum { RECORD_WAIT_MS = 15 * 1000 }; /* for the cloud, in all */

/* number: of the exchange. OUTCOME_NOT_FOUND: the store has no secret of it. func is not called
 * unless this returns 0; else an outcome or -errno. Borrows everything until it is freed. */
int record_request_new(RecordRequest **ret, RecordWish wish, const CloudAccess *cloud, Clock *clock,
                       DaemonStore *store, uint64_t number, RecordFunc func, void *userdata);
RecordRequest *record_request_free(RecordRequest *q);
DEFINE_CLEANUP(RecordRequest *, record_request_free);
