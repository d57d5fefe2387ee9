/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys.h - the cloud's own keys: one file, mode 0600, the same on all nodes of a cloud */
#pragma once

#include "src/protocol/account-key.h"

typedef struct CloudKeys {
        Key box_private;          /* X25519: sessions */
        uint8_t sign_private[64]; /* Ed25519: rosters and list heads */
        Key ticket;               /* tickets and confirmation codes */
        CloudIdentity identity;   /* the public halves */
} CloudKeys;

void cloud_keys_draw(CloudKeys *ret);
void cloud_keys_done(CloudKeys *k); /* wipes */

/* The file never exists half-written. -EEXIST: there is one, and it stays. */
int cloud_keys_create(const CloudKeys *k, const char *path);
/* -EINVAL: not a key file. -EPERM: others than the owner may read it. */
int cloud_keys_load(CloudKeys *ret, const char *path);
