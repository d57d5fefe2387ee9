/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deposit.h - uploads a member's encrypted parts in pieces, in order */
#pragma once

#include "daemon/cloud-link/cloud-client.h"

typedef struct Deposit Deposit;

/* The encrypted parts of a card; owned. */
typedef struct DepositParts {
        uint8_t *bytes[2];
        size_t len[2];
} DepositParts;

void deposit_parts_done(DepositParts *p);

/* Called once: CLOUD_OK when everything is uploaded, CLOUD_STATUS with the status of the refused
 * piece. */
typedef void (*DepositFunc)(void *userdata, CloudResult result, PbStatus status);

/* Borrows parts and cloud. Uploading again is harmless: the cloud ignores repeated pieces. */
int deposit_new(Deposit **ret, CloudClient *cloud, const Id *member, const DepositParts *parts,
                DepositFunc func, void *userdata);
Deposit *deposit_free(Deposit *d);
DEFINE_CLEANUP(Deposit *, deposit_free);
