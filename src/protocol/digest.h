/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * digest.h - one unambiguous form for all hashes, tags and signed texts
 *
 * A digest is BLAKE2b-256 (crypto_generichash) over a sequence of fields; each field is preceded
 * by its length as 4 bytes little endian. The first field is an ASCII label of one use alone.
 * Signatures are made over the digest of the fields, so a signature can never be taken for
 * another.
 */
#pragma once

#include "src/base/secret.h"

typedef struct Digest {
        crypto_generichash_state state;
} Digest;

void digest_begin(Digest *d, const char *label);
/* Keyed: only holders of the key can make it. */
void digest_begin_keyed(Digest *d, const char *label, const Key *key);
void digest_field(Digest *d, const void *data, size_t len);
void digest_u64(Digest *d, uint64_t value); /* a field of 8 bytes, little endian */
void digest_end(Digest *d, Bytes32 *ret);
/* Label and one field. */
void digest_one(Bytes32 *ret, const char *label, const void *data, size_t len);
