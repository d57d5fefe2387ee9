/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cardseal.h - encrypts a part of a card for the members of the closed group
 *
 * nonce (24) ‖ XChaCha20-Poly1305 of the padded vCard text under ck, AD = "huddle v1 card" ‖ id
 * ‖ part (1 byte). Padding: ISO/IEC 7816-4 to the next power of two, at least 1024 bytes.
 */
#pragma once

#include "src/base/secret.h"

enum {
        CARD_PART_MAX = 128 * 1024, /* bytes of plain text in one part */
        CARD_SEALED_MAX = 2 * CARD_PART_MAX + 24 + 16,
};

enum { _CARDSEAL_E_SUCCESS, CARDSEAL_E_TOO_LARGE, CARDSEAL_E_WRONG };

/* part: 1 or 2 of a card, 0 of what the account keeps of its own. *ret is new and owned by the
 * caller (free). */
int card_seal(uint8_t **ret, size_t *ret_len, const char *text, size_t len, const Key *card_key,
              const Id *id, unsigned part);
/* *ret is NUL-terminated; the NUL does not count in *ret_len. Free with secret_free. */
int card_open(char **ret, size_t *ret_len, const uint8_t *sealed, size_t sealed_len,
              const Key *card_key, const Id *id, unsigned part);
void card_part_hash(Bytes32 *ret, const uint8_t *sealed, size_t len);
