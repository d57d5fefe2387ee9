/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot.h - the part of an exchange that survives a restart, kept in the store */
#pragma once

#include "deposit.h"
#include "exchange.h"
#include "keying.h"

typedef struct Snapshot {
        /* clock_now at the press; wraps "below 0" if the machine has rebooted since */
        uint64_t press_ms;
        uint64_t press_wall_ms;
        Code code;
        ExchangeOptions options;
        MemberKeys keys;
        Token token;
        DepositParts parts;
        ExchangeState reached; /* the furthest state so far */
        bool opener;
        bool guests_welcome; /* to our group, when we joined */
        uint8_t *roster;     /* NULL before the close */
        size_t n_roster;
        uint8_t roster_signature[64];
        bool fixed; /* transcript is final */
        Bytes32 transcript;
        bool has_group_key;
        Key group_key;
        unsigned key_run; /* group keys so far, including this one */
        KeyingState keying;
        bool proven;   /* the group key is bound to proofs of the words */
        bool released; /* our card key may be out */
        bool compared; /* the user confirmed the phrase */
} Snapshot;

void snapshot_done(Snapshot *s); /* frees and wipes */

int snapshot_save(DaemonStore *store, uint64_t number, uint32_t uid, const Snapshot *s);
/* -EBADMSG: damaged. DAEMON_STORE_E_NOT_FOUND. */
int snapshot_load(DaemonStore *store, uint64_t number, Clock *clock, uint32_t *ret_uid,
                  Snapshot *ret);
