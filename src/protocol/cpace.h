/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cpace.h - two members prove to each other that they know the same words, and get a shared key
 *
 * CPACE-RISTR255-SHA512 of draft-irtf-cfrg-cpace-21 in the initiator-responder setting, with the
 * explicit key confirmation of its section 10.4. The sponsor is the initiator, the joiner the
 * responder. Each sends a share, and after the other's share a tag. Without the words, a run tells
 * only whether one guess was right.
 *
 *   PRS  the normalised words, one space between them, without the route: "maple tiger"
 *   sid  the transcript TH
 *   CI   lv_cat(id of the initiator, id of the responder)
 *   AD   E || X of the sender. Not sent: every member has it from the opening, which TH covers.
 */
#pragma once

#include "code.h"
#include "commit.h"

typedef enum CpaceRole {
        CPACE_INITIATOR,
        CPACE_RESPONDER,
} CpaceRole;

enum {
        _CPACE_E_SUCCESS,
        CPACE_E_INVALID_SHARE, /* no point, the identity, or our own share sent back */
        CPACE_E_NOT_CONFIRMED, /* other words, or another view of group or members */
        CPACE_E_OUT_OF_TURN,   /* a second share, a tag without a share before it, a second tag */
};

typedef struct CpaceTag {
        uint8_t b[crypto_auth_hmacsha512_BYTES];
} CpaceTag;

/* One run. A refusal ends it; the next try is a new run with a fresh scalar. */
typedef struct Cpace Cpace;

/* Borrows its arguments and copies what it needs. code must have words. */
int cpace_new(Cpace **ret, CpaceRole role, const Code *code, const Bytes32 *transcript,
              const MemberOpening *self, const MemberOpening *peer);
Cpace *cpace_free(Cpace *c); /* NULL is fine; wipes */
DEFINE_CLEANUP(Cpace *, cpace_free);

/* The first message to send. */
void cpace_share(const Cpace *c, Bytes32 *ret);

/* Takes the other's share; on success writes the tag to send. */
int cpace_receive_share(Cpace *c, const Bytes32 *share, CpaceTag *ret_tag);

/* Takes the other's tag; 0 means proven. On success writes the shared key, digest("huddle v1
 * cpace", ISK). */
int cpace_receive_tag(Cpace *c, const CpaceTag *tag, Key *ret_key);
