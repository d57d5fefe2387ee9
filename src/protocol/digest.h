/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest.h - every hash, tag and signed text of Huddle has the same unambiguous form
 *
 * A digest is BLAKE2b-256 (crypto_generichash) over a sequence of fields; each field is preceded
 * by its length as 4 bytes little endian. The first field is an ASCII label that no other use
 * has. Signatures are made over the digest of the fields, so one signature can never be read as
 * another.
 */
#pragma once

#include "src/base/secret.h"

typedef struct Digest {
        crypto_generichash_state state;
} Digest;

void digest_begin(Digest *d, const char *label);
/* Keyed: a tag that only holders of the key can make. */
void digest_begin_keyed(Digest *d, const char *label, const Key *key);
void digest_field(Digest *d, const void *data, size_t len);
void digest_u64(Digest *d, uint64_t value); /* a field of 8 bytes, little endian */
void digest_end(Digest *d, Bytes32 *ret);
/* Of one field beside the label. */
void digest_one(Bytes32 *ret, const char *label, const void *data, size_t len);
