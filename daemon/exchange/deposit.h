/* SPDX-License-Identifier: GPL-2.0-or-later */
/* deposit.h - brings a member's encrypted parts to the cloud, piece by piece and in order */
#pragma once

#include "daemon/cloud-link/cloud-client.h"

typedef struct Deposit Deposit;

/* What a member deposits; parts are owned. */
typedef struct DepositParts {
        uint8_t *bytes[2];
        size_t len[2];
} DepositParts;

void deposit_parts_done(DepositParts *p);

/* Called once: CLOUD_OK when the cloud has all, CLOUD_STATUS with the status it refused a piece
 * with. */
typedef void (*DepositFunc)(void *userdata, CloudResult result, PbStatus status);

/* Borrows parts and cloud, which outlive it. Starting over is harmless: a repeated piece changes
 * nothing. */
int deposit_new(Deposit **ret, CloudClient *cloud, const Id *member, const DepositParts *parts,
                DepositFunc func, void *userdata);
Deposit *deposit_free(Deposit *d);
DEFINE_CLEANUP(Deposit *, deposit_free);
