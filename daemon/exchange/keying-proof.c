/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keying-proof.c - runs of the proof of the secret words, as sponsor and as joiner */
#include "keying-private.h"

#include <assert.h>
#include <string.h>

enum { ANSWER_MS = 3 * 1000 }; /* to wait for the key before we answer another sponsor */

static ProofSelf keying_self(const Keying *k)
{
        assert(k->group->words);
        return (ProofSelf){k->group->words, &k->group->transcript, k->deps.opening};
}

/* ---- as sponsor ---- */

int keying_offer(Keying *k, GroupMember *m)
{
        uint8_t share[PROOF_SHARE_SIZE];
        ProofSelf self = keying_self(k);
        KeyingMember *own = keying_member(k, m);
        int r = proof_offer(&own->proof, &self, &m->opening, k->offers, share);

        if (r < 0)
                return r;
        own->offered = true;
        return outbox_put(k->outbox, &m->id, PB_MESSAGE_PROOF_A, k->offers, share, sizeof share,
                          k->group->key_id);
}

static int keying_post_verdict(Keying *k, PbMessageKind kind, unsigned run, const Id *about)
{
        const Group *g = k->group;
        uint8_t body[sizeof(Id) + sizeof(Bytes32)];
        size_t n = kind == PB_MESSAGE_UNPROVEN ? sizeof *about : 0;
        Bytes32 tag;

        groupkey_verdict(&tag, &g->key, &g->transcript, kind, &g->own->id, about);
        memcpy(body, about->b, n);
        memcpy(body + n, tag.b, sizeof tag);
        return outbox_put(k->outbox, NULL, kind, run, body, n + sizeof tag, g->key_id);
}

int keying_burn(Keying *k)
{
        int r;

        k->burned = true;
        r = k->deps.save(k->deps.userdata);
        return r < 0 ? r : keying_post_verdict(k, PB_MESSAGE_BURN, 0, &k->group->own->id);
}

static int keying_take_failure(Keying *k, GroupMember *m)
{
        ProofBudget *b = &k->budget;
        unsigned nth;
        int r;

        m->unproven = m->failed = true;
        b->failed[m->near]++;
        nth = b->failed[false] + b->failed[true];
        r = k->deps.save(k->deps.userdata);
        if (r == 0)
                r = keying_post_verdict(k, PB_MESSAGE_UNPROVEN, nth, &m->id);
        return r == 0 && !k->burned && proof_burned(b, k->group->any_near) ? keying_burn(k) : r;
}

static int keying_take_answer(Keying *k, GroupMember *m, const PbMemberMessage *w)
{
        uint8_t body[PROOF_KEY_SIZE];
        ProofSelf self = keying_self(k);
        KeyingMember *own = keying_member(k, m);
        int r;

        if (!k->group->has_key || k->burned || !proof_may_offer(&k->budget, m->near))
                return 0;
        r = proof_seal(&own->proof, &self, &m->opening, w->run, w->body.data, w->body.len,
                       &k->group->key, body);
        if (r == PROOF_E_STALE)
                return 0;
        if (r != 0)
                return r < 0 ? r : keying_take_failure(k, m);
        own->offered = false;
        own->served = true;
        return outbox_put(k->outbox, &m->id, PB_MESSAGE_GROUP_KEY, w->run, body, sizeof body,
                          k->group->key_id);
}

/* ---- as joiner ---- */

static bool keying_would_improve(const Group *g, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        return !g->has_key || memcmp(key_id, g->key_id, sizeof g->key_id) < 0;
}

/* We answer after taking all messages that came along: of several runs only the last is alive. */
static void keying_take_offer(Keying *k, GroupMember *m, const PbMemberMessage *w)
{
        KeyingMember *own = keying_member(k, m);

        if (w->body.len != sizeof own->asks_share || w->run <= own->proof.answered_run)
                return;
        own->asks_run = w->run;
        own->asks_order = ++k->n_asks;
        memcpy(own->asks_share, w->body.data, sizeof own->asks_share);
        memcpy(own->asks_key, w->key_id.data, sizeof own->asks_key);
}

static int keying_answer_one(Keying *k, GroupMember *m)
{
        uint8_t body[PROOF_ANSWER_SIZE];
        ProofSelf self = keying_self(k);
        KeyingMember *own = keying_member(k, m);
        unsigned run = own->asks_run;
        int r;

        own->asks_run = 0;
        r = proof_answer(&own->proof, &self, &m->opening, run, own->asks_share,
                         sizeof own->asks_share, body);
        if (r != 0)
                return MIN(r, 0); /* not a valid share: nothing to answer */
        k->budget.unfinished[m->near]++;
        r = k->deps.save(k->deps.userdata);
        if (r < 0)
                return r;
        return outbox_put(k->outbox, &m->id, PB_MESSAGE_PROOF_B, run, body, sizeof body, NULL);
}

static void keying_on_answer_time(void *userdata)
{
        Keying *k = userdata;

        k->answering = timer_free(k->answering);
        k->deps.event(k->deps.userdata, 0);
}

static bool keying_may_answer(const Keying *k, const GroupMember *m)
{
        const KeyingMember *own = keying_member(k, m);

        return own->asks_run > 0 && !m->left && !m->refused &&
               keying_would_improve(k->group, own->asks_key) &&
               group_key_counts(k->group, own->asks_key) && proof_may_answer(&k->budget, m->near);
}

/* The newest first: its sponsor is most likely still there, and once the key has come the rest
 * need no answer. */
int keying_answer(Keying *k)
{
        GroupMember *newest = NULL;
        int r;

        if (k->answering || k->burned)
                return 0;
        for (size_t i = 0; i < k->group->n; i++) {
                GroupMember *m = &k->group->members[i];

                if (keying_may_answer(k, m) &&
                    (!newest || k->members[i].asks_order > keying_member(k, newest)->asks_order))
                        newest = m;
        }
        if (!newest)
                return 0;
        r = keying_answer_one(k, newest);
        if (r < 0)
                return r;
        return clock_restart(k->deps.clock, &k->answering, ANSWER_MS, keying_on_answer_time, k);
}

static int keying_take_key(Keying *k, GroupMember *m, const PbMemberMessage *w)
{
        _cleanup_key_ Key key = {};
        uint8_t id[GROUPKEY_ID_SIZE];
        ProofSelf self = keying_self(k);
        int r = proof_open(&keying_member(k, m)->proof, &self, &m->opening, w->run, w->body.data,
                           w->body.len, &key);

        if (r == PROOF_E_STALE || r < 0)
                return MIN(r, 0);
        if (r > 0)
                return 0; /* other words, or an answer to our run from before a restart */
        groupkey_id(id, &key);
        if (memcmp(id, w->key_id.data, sizeof id) != 0)
                return 0;
        k->answering = timer_free(k->answering);
        if (k->budget.unfinished[m->near] > 0) /* the cloud may have changed its view of near */
                k->budget.unfinished[m->near]--;
        m->unproven = m->failed = false;
        group_take_key(m, &key, id);
        return 0;
}

int keying_take(void *userdata, GroupMember *m, const PbMemberMessage *w)
{
        Keying *k = userdata;

        keying_note_key(k);
        switch (w->kind) {
        case PB_MESSAGE_PROOF_A:
                keying_take_offer(k, m, w);
                return 0;
        case PB_MESSAGE_PROOF_B:
                return keying_take_answer(k, m, w);
        default:
                return keying_take_key(k, m, w);
        }
}
