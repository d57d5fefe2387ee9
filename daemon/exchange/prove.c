/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prove.c - the proof of the secret words: runs with the others, as sponsor and as joiner
 *
 * Who has agreed on words takes the group key through a proof alone, and gives it so. Runs live
 * in this process only: after a restart the sponsor begins new ones. A run gives away one guess
 * at most. Guesses are counted, and the count is saved before anybody can gain from it.
 */
#include "exchange-private.h"

#include "src/base/log.h"

#include <string.h>

enum { ANSWER_MS = 3 * 1000 }; /* for the key to come, before another sponsor is answered */

static ProofSelf prove_self(const Exchange *x)
{
        return (ProofSelf){&x->s.code, &x->group->transcript, &x->opening};
}

/* ---- as sponsor ---- */

int prove_offer(Exchange *x, GroupMember *m)
{
        uint8_t share[PROOF_SHARE_SIZE];
        ProofSelf self = prove_self(x);
        int r = proof_offer(&m->proof, &self, &m->opening, x->s.offers, share);

        if (r < 0)
                return r;
        m->offered = true;
        return outbox_put(x->outbox, &m->id, PB_MESSAGE_PROOF_A, x->s.offers, share, sizeof share,
                          x->group->key_id);
}

static int prove_post_verdict(Exchange *x, PbMessageKind kind, unsigned run, const Id *about)
{
        uint8_t body[sizeof(Id) + sizeof(Bytes32)];
        size_t n = kind == PB_MESSAGE_UNPROVEN ? sizeof *about : 0;
        Bytes32 tag;

        groupkey_verdict(&tag, &x->group->key, &x->group->transcript, kind, &x->s.keys.id, about);
        memcpy(body, about->b, n);
        memcpy(body + n, tag.b, sizeof tag);
        return outbox_put(x->outbox, NULL, kind, run, body, n + sizeof tag, x->group->key_id);
}

int prove_burn(Exchange *x)
{
        int r;

        exchange_note(x, LOG_WARNING, "other words too often: the code is burned");
        x->s.burned = true;
        r = exchange_save(x);
        return r < 0 ? r : prove_post_verdict(x, PB_MESSAGE_BURN, 0, &x->s.keys.id);
}

static int prove_take_failure(Exchange *x, GroupMember *m)
{
        ProofBudget *b = &x->group->budget;
        unsigned nth;
        int r;

        m->unproven = m->failed = true;
        b->failed[m->near]++;
        nth = b->failed[false] + b->failed[true];
        r = exchange_save(x);
        if (r == 0)
                r = prove_post_verdict(x, PB_MESSAGE_UNPROVEN, nth, &m->id);
        return r == 0 && !x->s.burned && proof_burned(b, x->group->any_near) ? prove_burn(x) : r;
}

static int prove_take_answer(Exchange *x, GroupMember *m, const PbMemberMessage *w)
{
        uint8_t body[PROOF_KEY_SIZE];
        ProofSelf self = prove_self(x);
        int r;

        if (!x->group->has_key || x->s.burned || !proof_may_offer(&x->group->budget, m->near))
                return 0;
        r = proof_seal(&m->proof, &self, &m->opening, w->run, w->body.data, w->body.len,
                       &x->group->key, body);
        if (r == PROOF_E_STALE)
                return 0;
        if (r != 0)
                return r < 0 ? r : prove_take_failure(x, m);
        m->offered = false;
        m->served = true;
        return outbox_put(x->outbox, &m->id, PB_MESSAGE_GROUP_KEY, w->run, body, sizeof body,
                          x->group->key_id);
}

/* ---- as joiner ---- */

static bool prove_is_better(const Group *g, const uint8_t key_id[static GROUPKEY_ID_SIZE])
{
        return !g->has_key || memcmp(key_id, g->key_id, sizeof g->key_id) < 0;
}

/* It is answered when all that came with it has been taken: of several runs only the last is
 * alive. */
static void prove_take_offer(Group *g, GroupMember *m, const PbMemberMessage *w)
{
        if (w->body.len != sizeof m->asks_share || w->run <= m->proof.answered_run)
                return;
        m->asks_run = w->run;
        m->asks_order = ++g->n_asks;
        memcpy(m->asks_share, w->body.data, sizeof m->asks_share);
        memcpy(m->asks_key, w->key_id.data, sizeof m->asks_key);
}

static int prove_answer(Exchange *x, GroupMember *m)
{
        uint8_t body[PROOF_ANSWER_SIZE];
        ProofSelf self = prove_self(x);
        unsigned run = m->asks_run;
        int r;

        m->asks_run = 0;
        r = proof_answer(&m->proof, &self, &m->opening, run, m->asks_share, sizeof m->asks_share,
                         body);
        if (r != 0)
                return MIN(r, 0); /* no share at all: nothing to answer */
        x->group->budget.unfinished[m->near]++;
        r = exchange_save(x);
        if (r < 0)
                return r;
        return outbox_put(x->outbox, &m->id, PB_MESSAGE_PROOF_B, run, body, sizeof body, NULL);
}

static void prove_on_answer_time(void *userdata)
{
        Exchange *x = userdata;

        x->answering = timer_free(x->answering);
        exchange_event_done(x, 0);
}

static bool prove_may_answer(const Group *g, const GroupMember *m)
{
        return m->asks_run > 0 && !m->left && !m->refused && prove_is_better(g, m->asks_key) &&
               proof_may_answer(&g->budget, m->near);
}

/* One at a time, and the newest first: its sponsor is the likeliest to be there still, and once the
 * key has come the rest need no answer. */
int prove_answer_offers(Exchange *x)
{
        GroupMember *newest = NULL;
        int r;

        if (x->answering || x->s.burned)
                return 0;
        for (size_t i = 0; i < x->group->n; i++) {
                GroupMember *m = &x->group->members[i];

                if (prove_may_answer(x->group, m) &&
                    (!newest || m->asks_order > newest->asks_order))
                        newest = m;
        }
        if (!newest)
                return 0;
        r = prove_answer(x, newest);
        return r < 0 ? r
                     : clock_restart(exchange_clock(x), &x->answering, ANSWER_MS,
                                     prove_on_answer_time, x);
}

static int prove_take_key(Exchange *x, GroupMember *m, const PbMemberMessage *w)
{
        _cleanup_key_ Key key = {};
        uint8_t id[GROUPKEY_ID_SIZE];
        ProofSelf self = prove_self(x);
        int r = proof_open(&m->proof, &self, &m->opening, w->run, w->body.data, w->body.len, &key);

        if (r == PROOF_E_STALE || r < 0)
                return MIN(r, 0);
        if (r > 0)
                return 0; /* other words; or it answers what we said in this run before a restart */
        groupkey_id(id, &key);
        if (memcmp(id, w->key_id.data, sizeof id) != 0)
                return 0;
        x->answering = timer_free(x->answering);
        if (x->group->budget.unfinished[m->near] > 0) /* a cloud may say anew who is near */
                x->group->budget.unfinished[m->near]--;
        m->unproven = m->failed = false;
        m->shows = true;
        memcpy(m->shown, id, sizeof id);
        (void)group_offer_key(x->group, &key);
        m->shares = memcmp(id, x->group->key_id, sizeof id) == 0;
        return 0;
}

int prove_take(void *userdata, GroupMember *m, const PbMemberMessage *w)
{
        Exchange *x = userdata;

        switch (w->kind) {
        case PB_MESSAGE_PROOF_A:
                prove_take_offer(x->group, m, w);
                return 0;
        case PB_MESSAGE_PROOF_B:
                return prove_take_answer(x, m, w);
        default:
                return prove_take_key(x, m, w);
        }
}
