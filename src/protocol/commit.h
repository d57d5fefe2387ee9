/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commit.h - a member's one-time keys, the commitment to them, and the opening
 *
 * C = digest("huddle v1 commit", id, X, E, H1, H2, r). Because everybody is committed before
 * anybody opens, nobody (the cloud least of all) can choose keys to fit those of the others.
 */
#pragma once

#include "digest.h"

typedef struct MemberKeys {
        Id id;
        Key box_private;          /* x */
        Bytes32 box_public;       /* X, X25519 */
        uint8_t sign_private[64]; /* e, as libsodium keeps it */
        Bytes32 sign_public;      /* E, Ed25519 */
        Key card_keys[2];         /* ck1: name and picture, ck2: the rest */
        Bytes32 nonce;            /* r */
} MemberKeys;

/* What everyone learns after the close. */
typedef struct MemberOpening {
        Id id;
        Bytes32 box_key;
        Bytes32 sign_key;
        Bytes32 part_hash[2];
        Bytes32 nonce;
} MemberOpening;

void member_keys_draw(MemberKeys *ret); /* fresh keys and id */
void member_keys_done(MemberKeys *k);   /* wipes */

/* hashes: BLAKE2b-256 (unkeyed, no label) of the two encrypted parts as uploaded. */
void opening_make(MemberOpening *ret, const MemberKeys *k, const Bytes32 part_hash[static 2]);
void commitment_make(Bytes32 *ret, const MemberOpening *o);
/* Its six fields, as commitment and transcript take them. */
void opening_digest(Digest *d, const MemberOpening *o);
/* True where the opening is what was committed to and its keys are usable (no low-order X). */
bool opening_matches(const MemberOpening *o, const Bytes32 *commitment);
