/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cpace.h"
#include "cpace-suite.h"

#include <assert.h>
#include <string.h>

enum { AD_SIZE = 2 * sizeof(Bytes32), CI_SIZE = 2 * (1 + sizeof(Id)) };

typedef enum State {
        AWAITING_SHARE,
        AWAITING_TAG,
        ENDED, /* proven or refused */
} State;

typedef struct Side {
        Bytes32 share;
        uint8_t ad[AD_SIZE]; /* E || X */
} Side;

struct Cpace {
        State state;
        CpaceRole role;
        Bytes32 sid;
        Key scalar;    /* while AWAITING_SHARE */
        CpaceHash isk; /* while AWAITING_TAG */
        CpaceHash mac_key;
        Side self, peer;
};

static CpaceString cpace_sid(const Cpace *c)
{
        return (CpaceString){c->sid.b, sizeof c->sid.b};
}

static CpaceMessage cpace_side_message(const Side *s)
{
        return (CpaceMessage){&s->share, {s->ad, sizeof s->ad}};
}

static void cpace_side_set_ad(Side *s, const MemberOpening *o)
{
        memcpy(s->ad, o->sign_key.b, sizeof o->sign_key.b);
        memcpy(s->ad + sizeof o->sign_key.b, o->box_key.b, sizeof o->box_key.b);
}

/* lv_cat of the two ids; one byte of LEB128 holds their length. */
static void cpace_make_ci(uint8_t ret[static CI_SIZE], const Id *initiator, const Id *responder)
{
        const Id *ids[] = {initiator, responder};

        for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
                *ret++ = sizeof ids[i]->b;
                memcpy(ret, ids[i]->b, sizeof ids[i]->b);
                ret += sizeof ids[i]->b;
        }
}

static void cpace_make_generator(Key *ret, const Code *code, const uint8_t ci[static CI_SIZE],
                                 CpaceString sid)
{
        char text[CODE_TEXT_MAX];
        const char *words;

        code_format(code, text);
        words = strchr(text, ' ') + 1;
        cpace_generator(ret, (CpaceString){words, strlen(words)}, (CpaceString){ci, CI_SIZE}, sid);
        sodium_memzero(text, sizeof text);
}

static int cpace_make_share(Cpace *c, const Key *generator)
{
        Key share;

        crypto_core_ristretto255_scalar_random(c->scalar.b);
        if (cpace_scalar_mult(&share, &c->scalar, generator->b) < 0)
                return -EDOM; /* the hash hit the identity: one in 2^252 */
        memcpy(c->self.share.b, share.b, sizeof share.b);
        return 0;
}

/* Forgets everything that depends on words or key. */
static void cpace_end(Cpace *c)
{
        c->state = ENDED;
        key_done(&c->scalar);
        cpace_hash_done(&c->isk);
        cpace_hash_done(&c->mac_key);
}

Cpace *cpace_free(Cpace *c)
{
        secret_release(c);
        return NULL;
}

int cpace_new(Cpace **ret, CpaceRole role, const Code *code, const Bytes32 *transcript,
              const MemberOpening *self, const MemberOpening *peer)
{
        _cleanup_(cpace_freep) Cpace *c = secret_alloc(1, sizeof *c);
        _cleanup_key_ Key generator;
        uint8_t ci[CI_SIZE];
        int error;

        assert(code->n_words > 0);
        if (!c)
                return -ENOMEM;
        c->role = role;
        c->sid = *transcript;
        cpace_side_set_ad(&c->self, self);
        cpace_side_set_ad(&c->peer, peer);
        if (role == CPACE_INITIATOR)
                cpace_make_ci(ci, &self->id, &peer->id);
        else
                cpace_make_ci(ci, &peer->id, &self->id);
        cpace_make_generator(&generator, code, ci, cpace_sid(c));
        error = cpace_make_share(c, &generator);
        if (error < 0)
                return error;
        *ret = TAKE_PTR(c);
        return 0;
}

void cpace_share(const Cpace *c, Bytes32 *ret)
{
        *ret = c->self.share;
}

int cpace_receive_share(Cpace *c, const Bytes32 *share, CpaceTag *ret_tag)
{
        CpaceMessage self = cpace_side_message(&c->self), peer = cpace_side_message(&c->peer);
        bool first = c->role == CPACE_INITIATOR;
        _cleanup_key_ Key k;

        if (c->state != AWAITING_SHARE)
                return CPACE_E_OUT_OF_TURN;
        /* With our own share sent back we would accept our own tag. */
        if (bytes32_equal(share, &c->self.share) ||
            cpace_scalar_mult(&k, &c->scalar, share->b) < 0) {
                cpace_end(c);
                return CPACE_E_INVALID_SHARE;
        }
        key_done(&c->scalar);
        c->peer.share = *share;
        cpace_isk(&c->isk, cpace_sid(c), &k, first ? &self : &peer, first ? &peer : &self);
        cpace_mac_key(&c->mac_key, cpace_sid(c), &c->isk);
        cpace_mac(ret_tag->b, &c->mac_key, &self);
        c->state = AWAITING_TAG;
        return 0;
}

int cpace_receive_tag(Cpace *c, const CpaceTag *tag, Key *ret_key)
{
        CpaceMessage peer = cpace_side_message(&c->peer);
        CpaceTag expected;
        Bytes32 key;
        Digest d;
        bool proven;

        if (c->state != AWAITING_TAG)
                return CPACE_E_OUT_OF_TURN;
        cpace_mac(expected.b, &c->mac_key, &peer);
        proven = sodium_memcmp(expected.b, tag->b, sizeof tag->b) == 0;
        if (proven) {
                digest_begin(&d, "huddle v1 cpace");
                digest_field(&d, c->isk.b, sizeof c->isk.b);
                digest_end(&d, &key);
                memcpy(ret_key->b, key.b, sizeof key.b);
                sodium_memzero(&key, sizeof key);
                sodium_memzero(&d, sizeof d);
        }
        cpace_end(c);
        return proven ? 0 : CPACE_E_NOT_CONFIRMED;
}
