/* SPDX-License-Identifier: GPL-2.0-or-later */
/* joining.h - brings the serial to the cloud: tries again with a fresh one until it is answered */
#pragma once

#include "daemon/cloud-link/cloud-client.h"
#include "exchange.h"
#include "src/protocol/guests.h"

typedef struct Joining Joining;

typedef struct JoiningDeps {
        Clock *clock;
        CloudClient *cloud;
        const Id *member;          /* borrowed */
        const Bytes32 *commitment; /* borrowed */
        uint32_t window_s;
        bool words;        /* the code has some */
        GuestMark mark;    /* as in the commitment */
        uint64_t until_ms; /* clock_now; then it is unreachable */
        /* The serial, as of now. again: the cloud may have taken an earlier one. */
        void (*fill)(void *userdata, Serial *ret, bool again);
        /* verdict is NULL on error, else an error of EXCHANGE_E_NONE comes with it. Called once;
         * may free the Joining. */
        void (*joined)(void *userdata, ExchangeError error, const PbJoined *verdict);
        void *userdata;
} JoiningDeps;

int joining_new(Joining **ret, const JoiningDeps *deps);
Joining *joining_free(Joining *j);
DEFINE_CLEANUP(Joining *, joining_free);
