/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "commit.h"

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

/* X25519 with a point of small order gives zero whatever the scalar, and libsodium then fails. */
static bool box_key_usable(const Bytes32 *key)
{
        static const Key any = {{1}};
        Key shared;

        return crypto_scalarmult(shared.b, any.b, key->b) == 0;
}

bool opening_matches(const MemberOpening *o, const Bytes32 *commitment)
{
        Bytes32 c;

        commitment_make(&c, o);
        return bytes32_equal(&c, commitment) && box_key_usable(&o->box_key);
}
