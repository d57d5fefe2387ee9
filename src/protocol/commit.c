/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "commit.h"

#include <string.h>

void member_keys_draw(MemberKeys *ret)
{
        id_random(&ret->id);
        (void)crypto_box_keypair(ret->box_public.b, ret->box_private.b);
        (void)crypto_sign_keypair(ret->sign_public.b, ret->sign_private);
        key_random(&ret->card_keys[0]);
        key_random(&ret->card_keys[1]);
        randombytes_buf(ret->nonce.b, sizeof ret->nonce);
}

void member_keys_done(MemberKeys *k)
{
        sodium_memzero(k, sizeof *k);
}

void opening_make(MemberOpening *ret, const MemberKeys *k, const Bytes32 part_hash[static 2])
{
        *ret = (MemberOpening){
                .id = k->id,
                .box_key = k->box_public,
                .sign_key = k->sign_public,
                .part_hash = {part_hash[0], part_hash[1]},
                .nonce = k->nonce,
        };
}

void opening_digest(Digest *d, const MemberOpening *o)
{
        digest_field(d, o->id.b, sizeof o->id);
        digest_field(d, o->box_key.b, sizeof o->box_key);
        digest_field(d, o->sign_key.b, sizeof o->sign_key);
        digest_field(d, o->part_hash[0].b, sizeof o->part_hash[0]);
        digest_field(d, o->part_hash[1].b, sizeof o->part_hash[1]);
        digest_field(d, o->nonce.b, sizeof o->nonce);
}

void commitment_make(Bytes32 *ret, const MemberOpening *o)
{
        Digest d;

        digest_begin(&d, "huddle v1 commit");
        opening_digest(&d, o);
        digest_end(&d, ret);
}

/* With a point of small order X25519 gives zero for any scalar. The curve and its twist have five
 * such u, and two have a second encoding (RFC 7748, 5: the last bit is ignored, values from p on
 * are reduced). Comparing is much cheaper than a multiplication, and every member checks every
 * opening. */
static const Bytes32 small_order[] = {
        {{0}},
        {{1}},
        {{0xe0, 0xeb, 0x7a, 0x7c, 0x3b, 0x41, 0xb8, 0xae, 0x16, 0x56, 0xe3,
          0xfa, 0xf1, 0x9f, 0xc4, 0x6a, 0xda, 0x09, 0x8d, 0xeb, 0x9c, 0x32,
          0xb1, 0xfd, 0x86, 0x62, 0x05, 0x16, 0x5f, 0x49, 0xb8, 0x00}},
        {{0x5f, 0x9c, 0x95, 0xbc, 0xa3, 0x50, 0x8c, 0x24, 0xb1, 0xd0, 0xb1,
          0x55, 0x9c, 0x83, 0xef, 0x5b, 0x04, 0x44, 0x5c, 0xc4, 0x58, 0x1c,
          0x8e, 0x86, 0xd8, 0x22, 0x4e, 0xdd, 0xd0, 0x9f, 0x11, 0x57}},
        {{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
        {{0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
        {{0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
          0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f}},
};

static bool box_key_usable(const Bytes32 *key)
{
        Bytes32 u = *key;

        u.b[sizeof u.b - 1] &= 0x7f;
        for (size_t i = 0; i < ARRAY_LEN(small_order); i++)
                if (memcmp(u.b, small_order[i].b, sizeof u.b) == 0)
                        return false;
        return true;
}

bool opening_matches(const MemberOpening *o, const Bytes32 *commitment)
{
        Bytes32 c;

        commitment_make(&c, o);
        return bytes32_equal(&c, commitment) && box_key_usable(&o->box_key);
}
