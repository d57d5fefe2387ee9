/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "proof.h"

#include <string.h>

enum {
        KEY_NONCE = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES,
        KEY_AD = sizeof(Bytes32) + 2 * sizeof(Id),
};

static void proof_end(Cpace **run)
{
        *run = cpace_free(*run);
}

void proof_pair_done(ProofPair *p)
{
        proof_end(&p->offered);
        proof_end(&p->answered);
}

static void proof_ad(uint8_t ret[static KEY_AD], const ProofSelf *self, const Id *from,
                     const Id *to)
{
        memcpy(ret, self->transcript->b, sizeof(Bytes32));
        memcpy(ret + sizeof(Bytes32), from->b, sizeof *from);
        memcpy(ret + sizeof(Bytes32) + sizeof *from, to->b, sizeof *to);
}

/* Any failure means "not proven", whatever the other did wrong. */
static int proof_outcome(int r)
{
        return r > 0 ? PROOF_E_WRONG : r;
}

/* ---- as sponsor ---- */

int proof_offer(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
                uint8_t ret[static PROOF_SHARE_SIZE])
{
        Bytes32 share;
        Cpace *fresh;
        int r = cpace_new(&fresh, CPACE_INITIATOR, self->code, self->transcript, self->opening,
                          peer);

        if (r < 0)
                return r;
        proof_end(&p->offered);
        p->offered = fresh;
        p->offered_run = run;
        cpace_share(fresh, &share);
        memcpy(ret, share.b, sizeof share.b);
        return 0;
}

static int proof_check_answer(ProofPair *p, const uint8_t *answer, CpaceTag *ret_tag, Key *ret_key)
{
        Bytes32 share;
        CpaceTag tag;
        int r;

        memcpy(share.b, answer, sizeof share.b);
        memcpy(tag.b, answer + sizeof share.b, sizeof tag.b);
        r = cpace_receive_share(p->offered, &share, ret_tag);
        return r == 0 ? cpace_receive_tag(p->offered, &tag, ret_key) : r;
}

int proof_seal(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
               const uint8_t *answer, size_t len, const Key *gk, uint8_t ret[static PROOF_KEY_SIZE])
{
        _cleanup_key_ Key key = {};
        uint8_t ad[KEY_AD], *nonce = ret + sizeof(CpaceTag);
        CpaceTag own;
        int r;

        if (!p->offered || run != p->offered_run)
                return PROOF_E_STALE;
        r = len == PROOF_ANSWER_SIZE ? proof_check_answer(p, answer, &own, &key)
                                     : PROOF_E_MALFORMED;
        proof_end(&p->offered);
        if (r != 0)
                return proof_outcome(r);
        memcpy(ret, own.b, sizeof own.b);
        randombytes_buf(nonce, KEY_NONCE);
        proof_ad(ad, self, &self->opening->id, &peer->id);
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(
                nonce + KEY_NONCE, NULL, gk->b, sizeof gk->b, ad, sizeof ad, NULL, nonce, key.b);
        return 0;
}

/* ---- as joiner ---- */

int proof_answer(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
                 const uint8_t *share, size_t len, uint8_t ret[static PROOF_ANSWER_SIZE])
{
        _cleanup_(cpace_freep) Cpace *fresh = NULL;
        Bytes32 own, theirs;
        CpaceTag tag;
        int r;

        if (run <= p->answered_run)
                return PROOF_E_STALE;
        if (len != PROOF_SHARE_SIZE)
                return PROOF_E_MALFORMED;
        r = cpace_new(&fresh, CPACE_RESPONDER, self->code, self->transcript, self->opening, peer);
        if (r < 0)
                return r;
        memcpy(theirs.b, share, sizeof theirs.b);
        r = cpace_receive_share(fresh, &theirs, &tag);
        if (r != 0)
                return proof_outcome(r);
        cpace_share(fresh, &own);
        memcpy(ret, own.b, sizeof own.b);
        memcpy(ret + sizeof own.b, tag.b, sizeof tag.b);
        proof_end(&p->answered);
        p->answered = TAKE_PTR(fresh);
        p->answered_run = run;
        return 0;
}

int proof_open(ProofPair *p, const ProofSelf *self, const MemberOpening *peer, unsigned run,
               const uint8_t *body, size_t len, Key *ret)
{
        _cleanup_key_ Key key = {}, gk = {};
        const uint8_t *nonce = body + sizeof(CpaceTag);
        uint8_t ad[KEY_AD];
        CpaceTag tag;
        int r;

        if (!p->answered || run != p->answered_run)
                return PROOF_E_STALE;
        if (len != PROOF_KEY_SIZE)
                return PROOF_E_MALFORMED;
        memcpy(tag.b, body, sizeof tag.b);
        r = cpace_receive_tag(p->answered, &tag, &key);
        proof_end(&p->answered);
        if (r != 0)
                return proof_outcome(r);
        proof_ad(ad, self, &peer->id, &self->opening->id);
        if (crypto_aead_xchacha20poly1305_ietf_decrypt(gk.b, NULL, NULL, nonce + KEY_NONCE,
                                                       sizeof gk.b + 16, ad, sizeof ad, nonce,
                                                       key.b) < 0)
                return PROOF_E_WRONG;
        *ret = gk;
        return 0;
}
