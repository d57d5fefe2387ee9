/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * contact-list.h - the cloud's signed head over the contact list of a group (patent 0093-0094,
 * 0111)
 *
 * Signed: Ed25519 over digest("huddle v1 list", the serialised ListHead of huddle.proto). The
 * digest of an entry is digest("huddle v1 list entry", id, H1, H2) with the hashes of the two
 * encrypted parts, as in the opening. So the head covers every card without holding one. It also
 * has the receiver's own entry, which the list leaves out.
 */
#pragma once

#include "roster.h"

enum {
        _CONTACT_LIST_E_SUCCESS,
        CONTACT_LIST_E_MALFORMED, /* unsorted, doubled, sizes */
        CONTACT_LIST_E_SIGNATURE, /* not signed by the pinned cloud */
        CONTACT_LIST_E_OTHER,     /* of another record number, or with a member not on the roster */
};

typedef struct ContactListEntry {
        Id id;
        Bytes32 digest;
} ContactListEntry;

typedef struct ContactList {
        uint32_t revision; /* grows as late members release */
        size_t n;
        ContactListEntry *entries; /* sorted by id */
        uint8_t *bytes;            /* exactly as signed */
        size_t n_bytes;
        uint8_t signature[64];
} ContactList;

ContactList *contact_list_free(ContactList *h);
DEFINE_CLEANUP(ContactList *, contact_list_free);

void contact_list_entry_make(ContactListEntry *ret, const Id *id,
                             const Bytes32 part_hash[static 2]);

/* Cloud: sorts, serialises and signs. */
int contact_list_sign(ContactList **ret, const char *record_number, uint32_t revision,
                      const ContactListEntry *entries, size_t n,
                      const uint8_t sign_private[static 64]);
/* Terminal: checks signature, order, and that it is the list of this roster's group. */
int contact_list_verify(ContactList **ret, const uint8_t *bytes, size_t n_bytes,
                        const uint8_t signature[static 64], const Bytes32 *cloud_sign_key,
                        const Roster *roster);
