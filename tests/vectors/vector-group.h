/* SPDX-License-Identifier: GPL-2.0-or-later */
/* vector-group.h - three members of a closed group with all that they hold and say, for vectors */
#pragma once

#include "src/protocol/code.h"
#include "src/protocol/groupkey.h"
#include "src/protocol/proof.h"

enum { GROUP_MEMBERS = 3, GROUP_SPONSOR = 0 /* and opener */ };

typedef struct SealedPart {
        uint8_t *bytes;
        size_t len;
} SealedPart;

/* One message with what it points at. */
typedef struct GroupMessage {
        Id to;
        uint8_t body[MEMBER_MESSAGE_BODY_MAX];
        MessageFields fields;
        uint8_t signature[64];
} GroupMessage;

/* A run of the proof between the sponsor and another member. */
typedef struct GroupProof {
        Key sponsor_scalar, joiner_scalar;
        GroupMessage offer, answer; /* what follows is the group key message */
} GroupProof;

typedef struct Group {
        Code words; /* n_words is 0: a party */
        MemberKeys keys[GROUP_MEMBERS];
        SealedPart parts[GROUP_MEMBERS][2];
        MemberOpening openings[GROUP_MEMBERS];
        Roster *roster;
        Bytes32 transcript;
        Key gk;
        uint8_t key_id[GROUPKEY_ID_SIZE];
        /* with words: of the sponsor with each other member */
        GroupProof proofs[GROUP_MEMBERS];
        GroupMessage key_messages[GROUP_MEMBERS];     /* of the sponsor, to each other member */
        GroupMessage card_messages[GROUP_MEMBERS][2]; /* of each, to all: name key, card key */
} Group;

/* 0, or a failure that makes the vectors worthless: each thing made is also opened by the
 * member it is for. Draws from libsodium's generator, which is fixed anew for each scalar of a
 * proof. words: NULL for a party. */
int group_make(Group *ret, const Bytes32 *cloud_sign_key,
               const uint8_t cloud_sign_private[static 64], const char *words);
void group_done(Group *g);
/* As parts of an object that has been begun. */
void group_write(const Group *g);
