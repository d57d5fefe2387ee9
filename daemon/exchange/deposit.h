/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * deposit.h - uploads a member's encrypted parts in pieces, in order, and then its opening
 *
 * The cloud takes an opening only with its parts. If the group closes early, the opening waits for
 * the upload. Uploading again after a restart is harmless: the cloud ignores repeated pieces.
 */
#pragma once

#include "daemon/cloud-link/cloud-client.h"
#include "src/protocol/commit.h"

typedef struct Deposit Deposit;

/* The encrypted parts of a card; owned. */
typedef struct DepositParts {
        uint8_t *bytes[2];
        size_t len[2];
} DepositParts;

void deposit_parts_done(DepositParts *p);

typedef enum DepositEvent {
        DEPOSIT_WENT_ON,  /* the upload or the opening is done */
        DEPOSIT_REFUSED,  /* the cloud does not take the parts */
        DEPOSIT_CONFLICT, /* the cloud has another opening or other parts in our name */
} DepositEvent;

/* event is negative errno or a DepositEvent. May free the deposit. */
typedef void (*DepositFunc)(void *userdata, int event);

/* Borrows cloud, parts and opening. Starts nothing yet. */
int deposit_new(Deposit **ret, CloudClient *cloud, const DepositParts *parts,
                const MemberOpening *opening, DepositFunc func, void *userdata);
Deposit *deposit_free(Deposit *d);
DEFINE_CLEANUP(Deposit *, deposit_free);

int deposit_upload(Deposit *d);
/* Posts the opening, after the upload if that is under way. If the cloud misses parts, as after a
 * restart in the middle, they are uploaded first. */
int deposit_open(Deposit *d);
