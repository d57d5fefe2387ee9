/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "keying-private.h"

#include <assert.h>
#include <string.h>

enum {
        NEXT_RANK_MS = 3 * 1000,
        AGAIN_MS = 5 * 1000, /* until we repeat a lost run; doubles each time */
        AGAIN_MAX = 8,       /* doublings */
};

void keying_note_key(Keying *k)
{
        if (memcmp(k->key_id, k->group->key_id, sizeof k->key_id) == 0)
                return;
        memcpy(k->key_id, k->group->key_id, sizeof k->key_id);
        for (size_t i = 0; i < k->group->n; i++)
                k->members[i].offered = k->members[i].served = false;
}

/* ---- members that need our key ---- */

/* A member that shows a smaller key will bring it to us. With words the claim may be false, so we
 * offer a run anyway. */
static bool keying_is_better_off(const Group *g, const GroupMember *m)
{
        return !g->words && m->shows && memcmp(m->shown, g->key_id, sizeof g->key_id) < 0;
}

static bool keying_is_needed(const Keying *k, const GroupMember *m)
{
        const Group *g = k->group;
        const KeyingMember *own = keying_member(k, m);

        return group_is_present(g, m) && m->opened && !m->failed && !m->shares &&
               !keying_is_better_off(g, m) && !own->served && !own->offered &&
               (!g->words || proof_may_offer(&k->budget, m->near));
}

/* A member that got the key in a run but does not show it has lost it in a restart. */
static bool keying_was_lost(const Keying *k, const GroupMember *m)
{
        return k->group->words && keying_member(k, m)->served && !m->shares && !m->left &&
               !m->refused;
}

/* ---- rounds ---- */

static int keying_give(Keying *k, GroupMember *m)
{
        if (k->group->words)
                return keying_offer(k, m);
        keying_member(k, m)->served = true;
        return outbox_group_key(k->outbox, &m->opening, &k->group->key, k->group->key_run);
}

/* Near members first. */
static int keying_give_all(Keying *k)
{
        int r = 0;

        for (unsigned near = 2; near-- > 0;)
                for (size_t i = 0; r == 0 && i < k->group->n; i++) {
                        GroupMember *m = &k->group->members[i];

                        if (m->near == near && keying_is_needed(k, m))
                                r = keying_give(k, m);
                }
        return r;
}

/* With words each round has its own run number, used once. */
static int keying_begin_round(Keying *k)
{
        int r;

        keying_note_key(k);
        if (!k->group->words)
                return keying_give_all(k);
        for (size_t i = 0; i < k->group->n; i++)
                if (keying_was_lost(k, &k->group->members[i]))
                        k->members[i].served = false;
        if (k->offers == MESSAGE_RUN_MAX || k->burned)
                return 0;
        k->offers++;
        r = k->deps.save(k->deps.userdata);
        return r < 0 ? r : keying_give_all(k);
}

static void keying_on_service(void *userdata)
{
        Keying *k = userdata;

        k->service = timer_free(k->service);
        k->deps.event(k->deps.userdata, keying_begin_round(k));
}

static uint64_t keying_takes_ms(const Keying *k, uint64_t usual_ms)
{
        return cloud_client_allow_ms(k->deps.cloud, usual_ms);
}

/* The first holder in rank serves at once, each next one a little later. */
int keying_serve(Keying *k)
{
        const Group *g = k->group;
        bool wanted = false, again = false;
        uint64_t delay;

        assert(k->outbox && g->has_key);
        keying_note_key(k);
        for (size_t i = 0; i < g->n; i++) {
                wanted = wanted || keying_is_needed(k, &g->members[i]);
                again = again || keying_was_lost(k, &g->members[i]);
        }
        if (k->service || !(wanted || again) || (g->words && k->offers == MESSAGE_RUN_MAX))
                return 0;
        delay = wanted ? keying_takes_ms(k, NEXT_RANK_MS) * group_rank(g, true)
                       : keying_takes_ms(k, AGAIN_MS) << MIN(k->offers, (unsigned)AGAIN_MAX);
        return clock_restart(k->deps.clock, &k->service, delay, keying_on_service, k);
}

uint64_t keying_patience_ms(const Keying *k)
{
        return keying_takes_ms(k, NEXT_RANK_MS) * group_rank(k->group, false);
}

void keying_draw(Keying *k)
{
        _cleanup_key_ Key key;

        key_random(&key);
        (void)group_offer_key(k->group, &key);
}

/* ---- life ---- */

int keying_begin(Keying *k, Outbox *outbox)
{
        assert(k->group->fixed);
        k->outbox = outbox;
        return k->burned ? keying_burn(k) : 0;
}

bool keying_has_burned(const Keying *k)
{
        return k->burned;
}

void keying_state(const Keying *k, KeyingState *ret)
{
        *ret = (KeyingState){.offers = k->offers, .budget = k->budget, .burned = k->burned};
        for (size_t i = 0; i < k->group->n && ret->n_others < ARRAY_LEN(ret->others); i++) {
                const GroupMember *m = &k->group->members[i];
                unsigned answered = k->members[i].proof.answered_run;

                if ((m->failed && !group_is_apart(k->group, m)) || answered > 0)
                        ret->others[ret->n_others++] = (KeyingOther){m->id, m->failed, answered};
        }
}

static void keying_recall(Keying *k, const KeyingState *state)
{
        k->offers = state->offers;
        k->budget = state->budget;
        k->burned = state->burned;
        for (size_t i = 0; i < state->n_others; i++) {
                const KeyingOther *other = &state->others[i];
                GroupMember *m = group_find(k->group, &other->member);

                if (!m)
                        continue;
                m->unproven = m->failed = other->failed;
                keying_member(k, m)->proof.answered_run = other->answered_run;
        }
}

int keying_new(Keying **ret, const KeyingDeps *deps, const KeyingState *state)
{
        _cleanup_(keying_freep) Keying *k = secret_alloc(1, sizeof *k);

        assert(deps->group && deps->save && deps->event);
        if (!k)
                return -ENOMEM;
        k->deps = *deps;
        k->group = deps->group;
        k->members = secret_alloc(k->group->n, sizeof *k->members);
        if (!k->members)
                return -ENOMEM;
        memcpy(k->key_id, k->group->key_id, sizeof k->key_id);
        keying_recall(k, state);
        k->group->proof = keying_take;
        k->group->userdata = k;
        *ret = TAKE_PTR(k);
        return 0;
}

Keying *keying_free(Keying *k)
{
        if (!k)
                return NULL;
        timer_free(k->service);
        timer_free(k->answering);
        for (size_t i = 0; k->members && i < k->group->n; i++)
                proof_pair_done(&k->members[i].proof);
        secret_release(k->members);
        secret_release(k);
        return NULL;
}
