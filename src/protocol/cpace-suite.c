/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpace-suite.h"

#include <string.h>

enum {
        SHA512_BLOCK = 128, /* H.s_in_bytes */
        LENGTH_MAX = 10,    /* bytes of a size_t in LEB128 */
};

#define STRING(literal)                                                                            \
        {                                                                                          \
                (literal), sizeof(literal) - 1                                                     \
        }

static const CpaceString dsi = STRING("CPaceRistretto255"),
                         dsi_isk = STRING("CPaceRistretto255_ISK");

static size_t cpace_leb128(uint8_t ret[static LENGTH_MAX], size_t value)
{
        size_t n = 0;

        for (; value >= 0x80; value >>= 7)
                ret[n++] = (uint8_t)(value | 0x80);
        ret[n++] = (uint8_t)value;
        return n;
}

/* len(prepend_len(s)) */
static size_t cpace_prepended_length(CpaceString s)
{
        uint8_t length[LENGTH_MAX];

        return cpace_leb128(length, s.length) + s.length;
}

static CpaceString cpace_share_string(const Bytes32 *share)
{
        return (CpaceString){share->b, sizeof share->b};
}

void cpace_hash_done(CpaceHash *h)
{
        sodium_memzero(h, sizeof *h);
}

void cpace_prepend_len(crypto_hash_sha512_state *state, CpaceString s)
{
        uint8_t length[LENGTH_MAX];

        (void)crypto_hash_sha512_update(state, length, cpace_leb128(length, s.length));
        (void)crypto_hash_sha512_update(state, s.data, s.length);
}

void cpace_generator(Key *ret, CpaceString prs, CpaceString ci, CpaceString sid)
{
        static const uint8_t zeros[SHA512_BLOCK];
        size_t used = cpace_prepended_length(dsi) + cpace_prepended_length(prs) + 1;
        CpaceString padding = {zeros, used < SHA512_BLOCK ? SHA512_BLOCK - used : 0};
        _cleanup_cpace_hash_ CpaceHash hash;
        crypto_hash_sha512_state state;

        (void)crypto_hash_sha512_init(&state);
        cpace_prepend_len(&state, dsi);
        cpace_prepend_len(&state, prs);
        cpace_prepend_len(&state, padding);
        cpace_prepend_len(&state, ci);
        cpace_prepend_len(&state, sid);
        (void)crypto_hash_sha512_final(&state, hash.b);
        (void)crypto_core_ristretto255_from_hash(ret->b, hash.b);
        sodium_memzero(&state, sizeof state);
}

int cpace_scalar_mult(Key *ret, const Key *scalar, const uint8_t point[static 32])
{
        return crypto_scalarmult_ristretto255(ret->b, scalar->b, point);
}

void cpace_isk(CpaceHash *ret, CpaceString sid, const Key *k, const CpaceMessage *initiator,
               const CpaceMessage *responder)
{
        crypto_hash_sha512_state state;

        (void)crypto_hash_sha512_init(&state);
        cpace_prepend_len(&state, dsi_isk);
        cpace_prepend_len(&state, sid);
        cpace_prepend_len(&state, (CpaceString){k->b, sizeof k->b});
        cpace_prepend_len(&state, cpace_share_string(initiator->share));
        cpace_prepend_len(&state, initiator->ad);
        cpace_prepend_len(&state, cpace_share_string(responder->share));
        cpace_prepend_len(&state, responder->ad);
        (void)crypto_hash_sha512_final(&state, ret->b);
        sodium_memzero(&state, sizeof state);
}

void cpace_mac_key(CpaceHash *ret, CpaceString sid, const CpaceHash *isk)
{
        crypto_hash_sha512_state state;

        (void)crypto_hash_sha512_init(&state);
        (void)crypto_hash_sha512_update(&state, (const uint8_t *)"CPaceMac", 8);
        (void)crypto_hash_sha512_update(&state, sid.data, sid.length);
        (void)crypto_hash_sha512_update(&state, isk->b, sizeof isk->b);
        (void)crypto_hash_sha512_final(&state, ret->b);
        sodium_memzero(&state, sizeof state);
}

static void cpace_mac_prepend_len(crypto_auth_hmacsha512_state *state, CpaceString s)
{
        uint8_t length[LENGTH_MAX];

        (void)crypto_auth_hmacsha512_update(state, length, cpace_leb128(length, s.length));
        (void)crypto_auth_hmacsha512_update(state, s.data, s.length);
}

void cpace_mac(uint8_t ret[static CPACE_HASH_SIZE], const CpaceHash *mac_key,
               const CpaceMessage *sent)
{
        crypto_auth_hmacsha512_state state;

        (void)crypto_auth_hmacsha512_init(&state, mac_key->b, sizeof mac_key->b);
        cpace_mac_prepend_len(&state, cpace_share_string(sent->share));
        cpace_mac_prepend_len(&state, sent->ad);
        (void)crypto_auth_hmacsha512_final(&state, ret);
        sodium_memzero(&state, sizeof state);
}
