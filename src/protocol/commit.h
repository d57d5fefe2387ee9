/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * commit.h - a member's one-time keys, the commitment to them, and the opening
 *
 * C = digest("huddle v1 commit", id, X, E, H1, H2, r). All members commit before the first opens,
 * so nobody, not even the cloud, can choose keys that depend on those of others.
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

/* What every member learns after the close. */
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
/* Adds its six fields, as commitment and transcript need them. */
void opening_digest(Digest *d, const MemberOpening *o);
/* Whether the opening fits the commitment and its keys are usable (X not of low order). */
bool opening_matches(const MemberOpening *o, const Bytes32 *commitment);
