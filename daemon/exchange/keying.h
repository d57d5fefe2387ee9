/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keying.h - how the group key gets to every member
 *
 * The opener draws the key if it has opened, else the first of the others. If nothing comes, the
 * next in rank draws one a little later. So there may be several keys for a while: the one with
 * the smaller id counts, and its holders give it to members that show another key or none. In a
 * party the key is sealed to each member. With words it is given in a run of the proof
 * (proof.h). Runs live in this process only: after a restart the sponsor begins new ones.
 */
#pragma once

#include "group.h"
#include "outbox.h"
#include "src/base/clock.h"

typedef struct Keying Keying;

enum { KEYING_OTHERS_MAX = 32 }; /* the budgets allow fewer failed and answered members */

/* Runs of the proof with one member. */
typedef struct KeyingOther {
        Id member;
        bool failed;           /* it proved wrong words: no further run */
        unsigned answered_run; /* its latest run that we answered; we answer no older one */
} KeyingOther;

/* What survives a restart. Guesses are counted, and saved before anybody can gain from one. */
typedef struct KeyingState {
        unsigned offers; /* number of the last run we began as sponsor */
        ProofBudget budget;
        bool burned; /* too many wrong answers: we tell the others */
        KeyingOther others[KEYING_OTHERS_MAX];
        size_t n_others;
} KeyingState;

typedef struct KeyingDeps { /* pointers are borrowed */
        Clock *clock;
        const CloudClient *cloud; /* tells how slow its way is */
        Group *group;
        const MemberOpening *opening;         /* our own */
        int (*save)(void *userdata);          /* makes keying_state durable */
        void (*event)(void *userdata, int r); /* a timer has fired; r as from the step it ran */
        void *userdata;
} KeyingDeps;

/* Takes the members' messages of the proof from the group. */
int keying_new(Keying **ret, const KeyingDeps *deps, const KeyingState *state);
Keying *keying_free(Keying *k); /* wipes */
DEFINE_CLEANUP(Keying *, keying_free);
void keying_state(const Keying *k, KeyingState *ret);
bool keying_has_burned(const Keying *k); /* by us */

/* The openings are final: messages may go out. Borrows outbox. Repeats a burn after a restart. */
int keying_begin(Keying *k, Outbox *outbox);
uint64_t keying_patience_ms(const Keying *k); /* until it is our turn to draw a key */
void keying_draw(Keying *k);
/* Answers the newest run that was begun with us, one at a time. */
int keying_answer(Keying *k);
/* Plans the next round of giving our key away, if any member needs it. */
int keying_serve(Keying *k);
