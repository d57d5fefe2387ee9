/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keying-private.h - the layout of Keying, for keying.c and keying-proof.c */
#pragma once

#include "keying.h"

typedef struct KeyingMember {
        bool offered; /* we began a run; no answer yet */
        bool served;  /* we have sent it the group key */
        ProofPair proof;
        unsigned asks_order; /* of its latest run, among all runs begun with us */
        unsigned asks_run;   /* its run that we have not answered yet; 0 = none */
        uint8_t asks_share[PROOF_SHARE_SIZE], asks_key[GROUPKEY_ID_SIZE];
} KeyingMember;

struct Keying {
        KeyingDeps deps;
        Group *group;
        Outbox *outbox; /* NULL before the openings are final */
        unsigned offers;
        ProofBudget budget;
        bool burned;
        KeyingMember *members;            /* as in the group */
        uint8_t key_id[GROUPKEY_ID_SIZE]; /* of the key that offered and served are about */
        unsigned n_asks;
        Timer *service;
        Timer *answering; /* we answered a run and wait for the key */
};

static inline KeyingMember *keying_member(const Keying *k, const GroupMember *m)
{
        return &k->members[m - k->group->members];
}

/* After a better key came, nobody has been offered or given ours yet. */
void keying_note_key(Keying *k);

/* ---- keying-proof.c ---- */
int keying_offer(Keying *k, GroupMember *m); /* begins run k->offers */
int keying_burn(Keying *k);
/* GroupProofFunc */
int keying_take(void *userdata, GroupMember *m, const PbMemberMessage *w);
