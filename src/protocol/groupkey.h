/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * groupkey.h - the key that all members share, and what is wrapped under it
 *
 * GK is drawn by one member, the sponsor. In party mode it reaches each member as
 *   nonce (24) ‖ crypto_box(GK ‖ TH)       from the sponsor's x to the member's X
 * so only a member on the roster can have sent it. Card keys travel as
 *   nonce (24) ‖ XChaCha20-Poly1305(ck, AD = TH ‖ id ‖ part) ‖ tag (32)
 * under kdf(GK, "wrap"); tag = keyed digest("huddle v1 confirm", TH, id, part) under kdf(GK,
 * "confirm"): it says "I hold the same key and saw the same group". A verdict (a member has not
 * proven the words; the code is burned) carries the keyed digest("huddle v1 verdict", TH, kind,
 * from, about) under kdf(GK, "verdict"): only a holder of the key can send it. Nonces are derived
 * from what is wrapped, so a member that posts again after a restart posts the same bytes.
 * Subkeys: crypto_kdf, context "huddleGK".
 */
#pragma once

#include "transcript.h"

enum {
        GROUPKEY_BOX_SIZE = 24 + 16 + 64,
        WRAPPED_KEY_SIZE = 24 + 16 + 32 + 32,
        GROUPKEY_ID_SIZE = 8,
        MEMBER_MESSAGE_BODY_MAX = 512,
        MESSAGE_RUN_MAX = 15,
        /* the only byte of a veto because the phrase differs; any other veto is empty */
        MESSAGE_VETO_DISPUTE = 1,
};

enum {
        _GROUPKEY_E_SUCCESS,
        GROUPKEY_E_MALFORMED,
        /* does not open, or is for another transcript: the sender saw another group */
        GROUPKEY_E_WRONG,
};

/* Public name of a key: the first 8 bytes of digest("huddle v1 key id", GK). Of several keys the
 * one with the smallest id counts. */
void groupkey_id(uint8_t ret[static GROUPKEY_ID_SIZE], const Key *gk);
/* The key from which the members' half of the record password is made (record.h). */
void groupkey_record(Key *ret, const Key *gk);

int groupkey_box(uint8_t ret[static GROUPKEY_BOX_SIZE], const Key *gk, const Bytes32 *transcript,
                 const MemberKeys *sponsor, const Bytes32 *to_box_key);
int groupkey_unbox(Key *ret, const uint8_t *boxed, size_t len, const Bytes32 *transcript,
                   const MemberKeys *own, const Bytes32 *sponsor_box_key);

/* part is 1 or 2. */
void cardkey_wrap(uint8_t ret[static WRAPPED_KEY_SIZE], const Key *card_key, const Key *gk,
                  const Bytes32 *transcript, const Id *id, unsigned part);
int cardkey_unwrap(Key *ret, const uint8_t *wrapped, size_t len, const Key *gk,
                   const Bytes32 *transcript, const Id *id, unsigned part);

/* about: the member concerned; the sender where the verdict is about the code. */
void groupkey_verdict(Bytes32 *ret, const Key *gk, const Bytes32 *transcript, unsigned kind,
                      const Id *from, const Id *about);

/* Signature of a member message: Ed25519 by E over digest("huddle v1 message", TH, from, to, kind
 * as u64, body, key_id, run as u64). to and key_id may be empty (length 0). */
typedef struct MessageFields {
        Id from;
        const Id *to;  /* NULL: to all */
        unsigned kind; /* MessageKind of huddle.proto */
        const uint8_t *body;
        size_t body_len;
        const uint8_t *key_id; /* GROUPKEY_ID_SIZE bytes or NULL */
        unsigned run;          /* at most MESSAGE_RUN_MAX */
} MessageFields;
void message_sign(uint8_t ret[static 64], const MessageFields *m, const Bytes32 *transcript,
                  const MemberKeys *own);
bool message_verify(const uint8_t signature[static 64], const MessageFields *m,
                    const Bytes32 *transcript, const Bytes32 *sender_sign_key);
