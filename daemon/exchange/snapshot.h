/* SPDX-License-Identifier: GPL-2.0-or-later */
/* snapshot.h - what of an exchange outlives its process, and how it is kept in the store */
#pragma once

#include "src/protocol/proof.h"
#include "deposit.h"
#include "exchange.h"

enum { SNAPSHOT_PROOFS_MAX = 32 }; /* more members than the budgets let fail and be answered */

/* What runs of the proof with another member have come to. */
typedef struct SnapshotProof {
        Id member;
        bool failed; /* it has answered with other words: it gets no other run */
        /* its last run that we have answered: that and older ones get no other answer */
        unsigned answered_run;
} SnapshotProof;

typedef struct Snapshot {
        /* clock_now; of a press before the machine's last start it lies "below 0" (wraps) */
        uint64_t press_ms;
        uint64_t press_wall_ms;
        Code code;
        ExchangeOptions options;
        MemberKeys keys;
        Token token;
        DepositParts parts;
        ExchangeState reached; /* the furthest state */
        bool opener;
        uint8_t *roster; /* NULL before the close */
        size_t n_roster;
        uint8_t roster_signature[64];
        bool fixed; /* transcript is final */
        Bytes32 transcript;
        bool has_group_key;
        Key group_key;
        unsigned key_run; /* how many group keys there have been, this one included */
        unsigned offers;  /* the last run of the proof that was begun as sponsor */
        ProofBudget budget;
        SnapshotProof proofs[SNAPSHOT_PROOFS_MAX];
        size_t n_proofs;
        bool burned;   /* too many have answered with other words: the others are told */
        bool proven;   /* the group key came, or is given, through proofs of the words */
        bool released; /* our card key may be with the others */
        bool compared; /* the user has said that the phrase is the same */
} Snapshot;

void snapshot_done(Snapshot *s); /* frees and wipes */

int snapshot_save(DaemonStore *store, uint64_t number, uint32_t uid, const Snapshot *s);
/* -EBADMSG: damaged. DAEMON_STORE_E_NOT_FOUND. */
int snapshot_load(DaemonStore *store, uint64_t number, Clock *clock, uint32_t *ret_uid,
                  Snapshot *ret);
