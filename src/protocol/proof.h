/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * proof.h - the proof of the secret words between two members, and the limit on guesses
 *
 * One run (S sponsor, J joiner). The sponsor numbers the runs; each is fresh, and none survives a
 * restart.
 *
 *   PROOF_A    S → J   Ya (32)
 *   PROOF_B    J → S   Yb (32) ‖ J's tag (64)
 *   GROUP_KEY  S → J   S's tag (64) ‖ nonce (24) ‖ XChaCha20-Poly1305(GK, AD = TH ‖ S ‖ J), under
 *                      the key of the run
 *
 * S reveals nothing before J's tag has shown that J knows the words. J reveals its tag earlier:
 * each run with J lets the other test one guess. So J answers only a few runs that fail.
 */
#pragma once

#include "cpace.h"
#include "groupkey.h"

enum {
        PROOF_SHARE_SIZE = 32,
        PROOF_ANSWER_SIZE = PROOF_SHARE_SIZE + sizeof(CpaceTag),
        PROOF_KEY_SIZE = sizeof(CpaceTag) + 24 + 32 + 16,
        /* granted to those near and to others apart: */
        PROOF_TRIES = 3, /* wrong answers to us */
        /* runs that we answer without proof; restarts of honest sponsors need some, and for so many
         * restarts of our own there is one more each */
        PROOF_ANSWERS = 6,
};

enum {
        _PROOF_E_SUCCESS,
        PROOF_E_STALE,     /* of no run that is under way, or of one that was answered before */
        PROOF_E_MALFORMED, /* not the size of such a message */
        PROOF_E_WRONG,     /* other words, or another view of the group */
};

typedef struct ProofSelf { /* borrowed, outlives its pairs */
        const Code *code;  /* with words */
        const Bytes32 *transcript;
        const MemberOpening *opening;
} ProofSelf;

/* Between us and one other, in both directions. Zero to begin with. */
typedef struct ProofPair {
        Cpace *offered, *answered; /* NULL: none under way */
        unsigned offered_run, answered_run;
} ProofPair;

void proof_pair_done(ProofPair *p); /* wipes */

/* ---- as sponsor ---- */

int proof_offer(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
                uint8_t ret[static PROOF_SHARE_SIZE]);
/* Takes PROOF_B; 0: it is proven, and *ret is the group key message. The run is over in any case
 * but STALE. */
int proof_seal(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
               const uint8_t *answer, size_t len, const Key *gk,
               uint8_t ret[static PROOF_KEY_SIZE]);

/* ---- as joiner ---- */

/* Takes PROOF_A, each run once and no older one; *ret is PROOF_B. */
int proof_answer(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
                 const uint8_t *share, size_t len, uint8_t ret[static PROOF_ANSWER_SIZE]);
/* Takes GROUP_KEY; 0: the sponsor has proven the words, too, and *ret is the key. */
int proof_open(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
               const uint8_t *body, size_t len, Key *ret);

/* ---- guesses ---- */

/* near: we and the other have heard each other by radio. Both kinds have their own budget, so
 * strangers cannot use up that of the people at the table. */
typedef struct ProofBudget {
        unsigned failed[2];     /* wrong answers to us, by near */
        unsigned unfinished[2]; /* runs that we answered, without proof so far */
        unsigned restarts;      /* of ours; each may have lost one */
} ProofBudget;

/* Whose failures burn the code: those of near members, or of all where nobody is near. */
static inline bool proof_counts(bool near, bool any_near)
{
        return near || !any_near;
}
static inline bool proof_may_offer(const ProofBudget *b, bool near)
{
        return b->failed[near] < PROOF_TRIES;
}
static inline bool proof_may_answer(const ProofBudget *b, bool near)
{
        return b->unfinished[near] < PROOF_ANSWERS + MIN(b->restarts, (unsigned)PROOF_ANSWERS);
}
static inline bool proof_burned(const ProofBudget *b, bool any_near)
{
        return b->failed[any_near] >= PROOF_TRIES;
}
