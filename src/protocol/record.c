/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "record.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

enum {
        AD_PREFIX = sizeof "huddle v1 record" - 1,
        AD_SIZE = AD_PREFIX + RECORD_NUMBER_SIZE - 1,
        NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
        /* enough for 60 unknown bits, and affordable on a small device */
        ARGON_OPS = 2,
        ARGON_BYTES = 64 << 20,
};

static const char alphabet[33] = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/* ---- the password ---- */

void record_password_done(RecordPassword *p)
{
        sodium_memzero(p, sizeof *p);
}

void record_half_draw(char ret[static RECORD_HALF_SIZE])
{
        for (unsigned i = 0; i < RECORD_CLOUD_SYMBOLS; i++)
                ret[i] = alphabet[randombytes_uniform(32)];
        ret[RECORD_CLOUD_SYMBOLS] = '\0';
}

bool record_half_valid(const char *half)
{
        return strspn(half, alphabet) == RECORD_CLOUD_SYMBOLS && half[RECORD_CLOUD_SYMBOLS] == '\0';
}

void record_password_make(RecordPassword *ret, const char *half, const Key *gk)
{
        _cleanup_key_ Key key = {};

        assert(strlen(half) >= RECORD_CLOUD_SYMBOLS);
        groupkey_record(&key, gk);
        memcpy(ret->symbols, half, RECORD_CLOUD_SYMBOLS);
        for (unsigned i = RECORD_CLOUD_SYMBOLS; i < RECORD_SYMBOLS; i++)
                ret->symbols[i] = alphabet[key.b[i - RECORD_CLOUD_SYMBOLS] % 32];
        ret->symbols[RECORD_SYMBOLS] = '\0';
}

static bool record_is_separator(char c)
{
        return c == '-' || c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The symbol in upper case, or '\0'. */
static char record_symbol(char c)
{
        char upper = c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;

        return upper && strchr(alphabet, upper) ? upper : '\0';
}

int record_password_parse(RecordPassword *ret, const char *text, unsigned *ret_at)
{
        _cleanup_record_password_ RecordPassword p = {};
        size_t n = 0;

        for (const char *c = text; *c; c++) {
                if (record_is_separator(*c))
                        continue;
                if (n == RECORD_SYMBOLS)
                        return RECORD_E_LENGTH;
                p.symbols[n] = record_symbol(*c);
                if (!p.symbols[n++]) {
                        *ret_at = (unsigned)(c - text) + 1;
                        return RECORD_E_SYMBOL;
                }
        }
        if (n < RECORD_SYMBOLS)
                return RECORD_E_LENGTH;
        *ret = p;
        return 0;
}

void record_password_format(char ret[static RECORD_PASSWORD_TEXT], const RecordPassword *p)
{
        const char *s = p->symbols;

        (void)snprintf(ret, RECORD_PASSWORD_TEXT, "%.4s-%.4s-%.4s-%.4s", s, s + 4, s + 8, s + 12);
}

bool record_number_parse(char ret[static RECORD_NUMBER_SIZE], const char *text)
{
        char number[RECORD_NUMBER_SIZE] = {};
        size_t n = 0;

        for (; *text; text++) {
                if (record_is_separator(*text))
                        continue;
                if (n == sizeof number - 1)
                        return false;
                number[n++] = *text;
        }
        if (!record_number_valid(number))
                return false;
        memcpy(ret, number, sizeof number);
        return true;
}

/* ---- what is derived from it ---- */

void record_keys_done(RecordKeys *k)
{
        sodium_memzero(k, sizeof *k);
}

int record_keys_derive(RecordKeys *ret, const char *number, const RecordPassword *p)
{
        _cleanup_record_keys_ RecordKeys k;
        Bytes32 salt;

        _Static_assert(sizeof k == 64, "token and escrow key, nothing between");
        digest_one(&salt, "huddle v1 record salt", number, strlen(number));
        if (crypto_pwhash((uint8_t *)&k, sizeof k, p->symbols, RECORD_SYMBOLS, salt.b, ARGON_OPS,
                          ARGON_BYTES, crypto_pwhash_ALG_ARGON2ID13) < 0)
                return -ENOMEM;
        *ret = k;
        return 0;
}

void record_token_hash(Bytes32 *ret, const char *number, const uint8_t token[static 32])
{
        Digest d;

        digest_begin(&d, "huddle v1 record token");
        digest_field(&d, number, strlen(number));
        digest_field(&d, token, 32);
        digest_end(&d, ret);
}

/* ---- the escrow ---- */

static void record_escrow_ad(uint8_t ret[static AD_SIZE], const char *number)
{
        memcpy(ret, "huddle v1 record", AD_PREFIX);
        memcpy(ret + AD_PREFIX, number, RECORD_NUMBER_SIZE - 1);
}

static void record_escrow_nonce(uint8_t ret[static NONCE], const RecordKeys *k, const char *number,
                                const Key *gk, const Bytes32 *transcript)
{
        Bytes32 digest;
        Digest d;

        digest_begin_keyed(&d, "huddle v1 nonce", &k->escrow);
        digest_field(&d, gk->b, sizeof *gk);
        digest_field(&d, transcript->b, sizeof *transcript);
        digest_field(&d, number, strlen(number));
        digest_end(&d, &digest);
        memcpy(ret, digest.b, NONCE);
}

void record_escrow_seal(uint8_t ret[static RECORD_ESCROW_SIZE], const RecordKeys *k,
                        const char *number, const Key *gk, const Bytes32 *transcript)
{
        uint8_t plain[sizeof *gk + sizeof *transcript], ad[AD_SIZE];

        memcpy(plain, gk->b, sizeof *gk);
        memcpy(plain + sizeof *gk, transcript->b, sizeof *transcript);
        record_escrow_ad(ad, number);
        record_escrow_nonce(ret, k, number, gk, transcript);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(ret + NONCE, NULL, plain, sizeof plain, ad,
                                                         sizeof ad, NULL, ret, k->escrow.b);
        sodium_memzero(plain, sizeof plain);
}

int record_escrow_open(Key *ret_gk, Bytes32 *ret_transcript, const uint8_t *escrow, size_t len,
                       const RecordKeys *k, const char *number)
{
        uint8_t plain[sizeof *ret_gk + sizeof *ret_transcript], ad[AD_SIZE];
        int r = RECORD_E_WRONG;

        if (len != RECORD_ESCROW_SIZE)
                return RECORD_E_WRONG;
        record_escrow_ad(ad, number);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(plain, NULL, NULL, escrow + NONCE,
                                                       len - NONCE, ad, sizeof ad, escrow,
                                                       k->escrow.b) == 0) {
                memcpy(ret_gk->b, plain, sizeof *ret_gk);
                memcpy(ret_transcript->b, plain + sizeof *ret_gk, sizeof *ret_transcript);
                r = 0;
        }
        sodium_memzero(plain, sizeof plain);
        return r;
}
