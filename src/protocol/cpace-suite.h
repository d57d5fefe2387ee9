/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpace-suite.h - the functions of CPACE-RISTR255-SHA512, as draft-irtf-cfrg-cpace-21 defines
 * and names them
 *
 * Inputs may have any length, so that the published vectors can be tested. Use cpace.h elsewhere.
 */
#pragma once

#include "src/base/secret.h"

enum { CPACE_HASH_SIZE = crypto_hash_sha512_BYTES };

/* An octet string of the draft; borrowed. */
typedef struct CpaceString {
        const void *data;
        size_t length;
} CpaceString;

/* Y and AD of one party, in the order of the roles. */
typedef struct CpaceMessage {
        const Bytes32 *share;
        CpaceString ad;
} CpaceMessage;

/* ISK, mac_key. Wipe with cpace_hash_done. */
typedef struct CpaceHash {
        uint8_t b[CPACE_HASH_SIZE];
} CpaceHash;

void cpace_hash_done(CpaceHash *h);
#define _cleanup_cpace_hash_ _cleanup_(cpace_hash_done)

/* prepend_len (section A.1.1): the length in LEB128, then the string. */
void cpace_prepend_len(crypto_hash_sha512_state *state, CpaceString s);

/* calculate_generator (8.3). The generator is as secret as the password: wipe it. */
void cpace_generator(Key *ret, CpaceString prs, CpaceString ci, CpaceString sid);

/* scalar_mult_vfy (8.3). -1 where the draft returns G.I: a point that does not decode, or the
 * identity. Also serves as scalar_mult. */
int cpace_scalar_mult(Key *ret, const Key *scalar, const uint8_t point[static 32]);

/* ISK of the initiator-responder setting (7.2, transcript_ir). */
void cpace_isk(CpaceHash *ret, CpaceString sid, const Key *k, const CpaceMessage *initiator,
               const CpaceMessage *responder);

/* Key confirmation (10.4): the tag over the message that its sender has sent, HMAC-SHA-512. */
void cpace_mac_key(CpaceHash *ret, CpaceString sid, const CpaceHash *isk);
void cpace_mac(uint8_t ret[static CPACE_HASH_SIZE], const CpaceHash *mac_key,
               const CpaceMessage *sent);
