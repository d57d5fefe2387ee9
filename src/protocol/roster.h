/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * roster.h - the members of a closed group: the signed list of (id, commitment)
 *
 * Signed by the cloud: Ed25519 over digest("huddle v1 roster", the serialised Roster of
 * huddle.proto). We keep the bytes as they came, because the transcript covers them.
 */
#pragma once

#include "commit.h"

enum { ROSTER_MAX = 1000, RECORD_NUMBER_SIZE = 12 };

enum {
        _ROSTER_E_SUCCESS,
        ROSTER_E_MALFORMED,  /* unsorted, doubled, empty, sizes */
        ROSTER_E_SIGNATURE,  /* not signed by the pinned cloud */
        ROSTER_E_NOT_LISTED, /* our own id or commitment is not in it */
};

typedef struct RosterMember {
        Id id;
        Bytes32 commitment;
} RosterMember;

typedef struct Roster {
        char record_number[RECORD_NUMBER_SIZE];
        uint64_t closed_at_ms;
        Id opener;
        size_t n;
        RosterMember *members; /* sorted by id */
        uint8_t *bytes;        /* exactly as signed */
        size_t n_bytes;
        uint8_t signature[64];
} Roster;

Roster *roster_free(Roster *r);
DEFINE_CLEANUP(Roster *, roster_free);

/* Cloud: sorts members, serialises and signs. */
int roster_sign(Roster **ret, const char *record_number, uint64_t closed_at_ms, const Id *opener,
                const RosterMember *members, size_t n, const uint8_t sign_private[static 64]);
/* Terminal: checks the signature, the order and that own id with own commitment is listed. */
int roster_verify(Roster **ret, const uint8_t *bytes, size_t n_bytes,
                  const uint8_t signature[static 64], const Bytes32 *cloud_sign_key, const Id *own,
                  const Bytes32 *own_commitment);
/* The same for a person who was absent and so is not listed. */
int roster_verify_absent(Roster **ret, const uint8_t *bytes, size_t n_bytes,
                         const uint8_t signature[static 64], const Bytes32 *cloud_sign_key);
/* Index of a member, or -1. */
ssize_t roster_find(const Roster *r, const Id *id);

/* 10 random digits and a check digit (ISO/IEC 7064 MOD 11,10). */
void record_number_draw(char ret[static RECORD_NUMBER_SIZE]);
bool record_number_valid(const char *s);
