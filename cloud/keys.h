/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keys.h - the cloud's own keys: one file, mode 0600, the same on all nodes of a cloud
 *
 * Keys are replaced with an overlap (protocol.md, "Rotation"). Ticket keys: the newest whose time
 * has come seals, all of them open. The identity (X25519 and Ed25519 key) has at most one successor
 * at a time. Which key does what is decided by the file and the clock alone, so all nodes agree as
 * soon as they have the same file.
 */
#pragma once

#include "src/protocol/succession.h"

enum {
        CLOUD_TICKET_KEYS_MAX = 8,
        CLOUD_SESSION_DAY_MS = 24 * 60 * 60 * 1000, /* no ticket is valid longer */
        /* From the making of a key to its use: the time to bring the file to all nodes. */
        CLOUD_KEYS_SPREAD_MS = 10 * 60 * 1000,
};

typedef struct TicketKey {
        uint64_t from_ms;  /* it seals from then on; 0: always */
        uint64_t until_ms; /* every ticket that it sealed has expired; 0: it is the newest */
        Key key;
} TicketKey;

typedef struct NextIdentity {
        Key box_private;
        uint8_t sign_private[64];
        CloudIdentity identity;
        uint64_t made_ms;
        uint64_t told_ms;  /* terminals are told from then on */
        uint64_t signs_ms; /* it signs from then on, and new terminals pin it */
        uint64_t until_ms; /* the identity before it is gone from then on */
        uint8_t succession[SUCCESSION_SIZE];
} NextIdentity;

typedef struct CloudKeys {
        Key box_private;                          /* X25519: sessions */
        uint8_t sign_private[64];                 /* Ed25519: rosters and list heads */
        CloudIdentity identity;                   /* the public halves */
        unsigned n_tickets;                       /* at least 1 */
        TicketKey tickets[CLOUD_TICKET_KEYS_MAX]; /* oldest first */
        bool has_next;
        NextIdentity next;
} CloudKeys;

void cloud_keys_draw(CloudKeys *ret);
void cloud_keys_done(CloudKeys *k); /* wipes */

/* ---- what does what, at a time ---- */

/* Seals tickets, and keys the hashes of confirmation codes. */
const Key *cloud_keys_ticket(const CloudKeys *k, uint64_t now_ms);
/* Signs, and is given to terminals that pin on first use. */
const uint8_t *cloud_keys_sign_private(const CloudKeys *k, uint64_t now_ms);
const CloudIdentity *cloud_keys_identity(const CloudKeys *k, uint64_t now_ms);
/* SUCCESSION_SIZE bytes to tell terminals; NULL: none. */
const uint8_t *cloud_keys_succession(const CloudKeys *k, uint64_t now_ms);
/* The i-th X25519 key pair that sessions may use; false: there are no more. */
bool cloud_keys_box(const CloudKeys *k, unsigned i, uint64_t now_ms, const Bytes32 **ret_public,
                    const Key **ret_private);

/* ---- rotation ---- */

enum {
        _CLOUD_KEYS_E_SUCCESS,
        CLOUD_KEYS_E_OVERLAP, /* the identity has a successor already, or too many ticket keys */
};

typedef struct KeyOverlap {
        uint64_t overlap_ms; /* of an identity, from its making: at most SUCCESSION_MS_MAX */
        uint64_t stored_ms;  /* how long a roster can be asked for after it was signed */
} KeyOverlap;

int cloud_keys_rotate_ticket(CloudKeys *k, uint64_t now_ms);
/* The key is stolen: no ticket opens any more, and every terminal opens a session again. */
void cloud_keys_drop_tickets(CloudKeys *k);
/* A key that is not replaced is part of the next identity, too. */
int cloud_keys_rotate_identity(CloudKeys *k, bool box, bool signing, const KeyOverlap *o,
                               uint64_t now_ms);
/* Wipes what is over. True: something was. */
bool cloud_keys_prune(CloudKeys *k, uint64_t now_ms);
/* When prune next has something to do, or another identity begins to sign; 0: never. */
uint64_t cloud_keys_next_change(const CloudKeys *k, uint64_t now_ms);

/* ---- the file ---- */

/* The file never exists half-written. -EEXIST: there is one, and it stays. */
int cloud_keys_create(const CloudKeys *k, const char *path);
/* Puts the keys in the place of those in the file, with the same owner. Readers see the one or the
 * other. Only while cloud_keys_lock is held. */
int cloud_keys_replace(const CloudKeys *k, const char *path);
/* -EINVAL: not a key file. -EPERM: others than the owner may read it. */
int cloud_keys_load(CloudKeys *ret, const char *path);
/* A descriptor that keeps others from replacing the file until it is closed. */
int cloud_keys_lock(const char *path);
