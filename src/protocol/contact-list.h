/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list.h - the cloud's signed head over the contact list of a group (patent 0093-0094, 0111)
 *
 * Signed: Ed25519 over digest("huddle v1 list", the serialised ListHead of huddle.proto). The
 * digest of an entry is digest("huddle v1 list entry", id, H1, H2) with the hashes of the two
 * encrypted parts, as in the opening: the head covers every card without holding one, and names
 * also the receiver's own entry, which the list leaves out.
 */
#pragma once

#include "roster.h"

enum {
        _LIST_E_SUCCESS,
        LIST_E_MALFORMED, /* unsorted, doubled, sizes */
        LIST_E_SIGNATURE, /* not signed by the pinned cloud */
        LIST_E_OTHER,     /* of another record number, or with somebody who is not on the roster */
};

typedef struct ListEntry {
        Id id;
        Bytes32 digest;
} ListEntry;

typedef struct ListHead {
        uint32_t revision; /* grows as late members release */
        size_t n;
        ListEntry *entries; /* sorted by id */
        uint8_t *bytes;     /* exactly as signed */
        size_t n_bytes;
        uint8_t signature[64];
} ListHead;

ListHead *list_head_free(ListHead *h);
DEFINE_CLEANUP(ListHead *, list_head_free);

void list_entry_make(ListEntry *ret, const Id *id, const Bytes32 part_hash[static 2]);

/* Cloud: sorts, serialises and signs. */
int list_head_sign(ListHead **ret, const char *record_number, uint32_t revision,
                   const ListEntry *entries, size_t n, const uint8_t sign_private[static 64]);
/* Terminal: signature, order, and that it speaks of the group of this roster. */
int list_head_verify(ListHead **ret, const uint8_t *bytes, size_t n_bytes,
                     const uint8_t signature[static 64], const Bytes32 *cloud_sign_key,
                     const Roster *roster);
