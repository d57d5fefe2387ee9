/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * record.h - number and password of a closed exchange, and what they protect (patent 0095-0101)
 *
 * The password has 16 symbols of 2-9 and A-Z without I and O. The cloud draws four; every member's
 * terminal derives the other twelve from the group key (60 bits that the cloud never sees).
 * Argon2id of all sixteen, with a salt made of the number, gives a token, which the cloud gets to
 * see, and the escrow key, which it does not:
 *
 *   escrow = nonce (24) ‖ XChaCha20-Poly1305 of GK ‖ TH, AD = "huddle v1 record" ‖ number
 *
 * The nonce is derived too, so all members deposit the same bytes.
 */
#pragma once

#include "groupkey.h"

enum {
        RECORD_SYMBOLS = 16,
        RECORD_CLOUD_SYMBOLS = 4,
        RECORD_HALF_SIZE = RECORD_CLOUD_SYMBOLS + 1,
        RECORD_PASSWORD_TEXT = 20, /* "7K3F-9QXM-2WTD-HJ4P" */
        RECORD_ESCROW_SIZE = 24 + 64 + 16,
};

enum {
        _RECORD_E_SUCCESS,
        RECORD_E_LENGTH, /* too few or too many symbols */
        RECORD_E_SYMBOL, /* a character that no password has */
        RECORD_E_WRONG,  /* the escrow does not open */
};

typedef struct RecordPassword {
        char symbols[RECORD_SYMBOLS + 1];
} RecordPassword;

void record_password_done(RecordPassword *p); /* wipes */
#define _cleanup_record_password_ _cleanup_(record_password_done)

/* The cloud's half. */
void record_half_draw(char ret[static RECORD_HALF_SIZE]);
bool record_half_valid(const char *half);

void record_password_make(RecordPassword *ret, const char *half, const Key *gk);
/* Reads any case, with or without dashes and blanks. *ret_at is set on RECORD_E_SYMBOL: which
 * character, from 1. */
int record_password_parse(RecordPassword *ret, const char *text, unsigned *ret_at);
void record_password_format(char ret[static RECORD_PASSWORD_TEXT], const RecordPassword *p);

/* Reads digits with or without dashes and blanks. False: no record number (check digit). */
bool record_number_parse(char ret[static RECORD_NUMBER_SIZE], const char *text);

typedef struct RecordKeys {
        Key token;
        Key escrow;
} RecordKeys;
void record_keys_done(RecordKeys *k); /* wipes */
#define _cleanup_record_keys_ _cleanup_(record_keys_done)

/* Takes 64 MiB and about 60 ms. -ENOMEM: not enough memory. */
int record_keys_derive(RecordKeys *ret, const char *number, const RecordPassword *p);
/* The cloud stores this instead of the token. */
void record_token_hash(Bytes32 *ret, const char *number, const uint8_t token[static 32]);

void record_escrow_seal(uint8_t ret[static RECORD_ESCROW_SIZE], const RecordKeys *k,
                        const char *number, const Key *gk, const Bytes32 *transcript);
int record_escrow_open(Key *ret_gk, Bytes32 *ret_transcript, const uint8_t *escrow, size_t len,
                       const RecordKeys *k, const char *number);
