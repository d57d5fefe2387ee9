/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-words.h - three words by which people recognise a cloud: "fir lens maple"
 *
 * They are made of a digest of the cloud's keys (protocol.md, "The cloud's identity"). An attacker
 * that tries 2^31 keys finds some with the same words, so they name a cloud and prove nothing: a
 * terminal pins the keys.
 */
#pragma once

#include "account-key.h"

enum { CLOUD_WORDS = 3, CLOUD_WORDS_SIZE = CLOUD_WORDS * 9 }; /* bytes, with the NUL */

/* The digest whose first bytes are the words. A cloud announces it (cloud-announce.h). */
void cloud_digest(Bytes32 *ret, const CloudIdentity *id);
void cloud_digest_words(char ret[static CLOUD_WORDS_SIZE], const Bytes32 *digest);
void cloud_words(char ret[static CLOUD_WORDS_SIZE], const CloudIdentity *id);
