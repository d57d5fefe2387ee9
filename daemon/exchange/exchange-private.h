/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange-private.h - the one struct of an exchange, and what the files around its story share
 *
 * exchange.c tells the story; exchange-cloud.c runs beside it and brings the news; sponsor.c
 * gives out the group key and prove.c proves the words; exchange-late.c sees to those who come
 * late; exchange-user.c is what the user says and sees. Nobody else includes this.
 *
 * A step answers 0, a negative errno, or the ExchangeError that ends the exchange; every event
 * ends in exchange_event_done, which draws the consequence.
 */
#pragma once

#include "deposit.h"
#include "exchange.h"
#include "fetch.h"
#include "group.h"
#include "outbox.h"
#include "snapshot.h"

struct Exchange {
        ExchangeSettings settings;
        uint64_t number;
        uint32_t uid;
        Snapshot s; /* what outlives the process */
        ExchangeState state;
        ExchangeError error;
        MemberOpening opening; /* our own, and the commitment to it */
        Bytes32 commitment;
        bool radios_on;
        Neighbourhood *neighbourhood;

        Timer *timer;         /* the deadline of this state */
        uint64_t deadline_ms; /* of this state, as shown */
        Timer *life;          /* of the whole exchange */
        Timer *linger;
        Timer *amend_timer;
        /* the serial was made: neighbours, or a place, that it does not tell of */
        bool heard_since;
        Timer *service;
        Timer *proof_time;
        Timer *answering; /* a run that was begun with us: the key is awaited */

        uint64_t join_until_ms;
        CloudCall *join, *watch, *amend, *open, *close;
        Deposit *deposit;
        Fetch *fetch;
        Outbox *outbox;

        bool asked;  /* the cloud may have the serial */
        bool joined; /* it has */
        bool deposited_again;
        uint64_t seen_revision;
        uint64_t answered_ms; /* when the last watch was answered */
        uint64_t waited_ms;   /* in this state, while the cloud answers */
        uint64_t polled_ms;   /* what its answers have cost, as a time: see poll_delay */
        Timer *pause;         /* before the next watch */
        uint32_t member_count;
        Group *group;       /* from the close on */
        uint32_t n_fetched; /* openings there were when the list was last asked for */
        bool names_over;    /* NAMES_MS have passed */
        bool patient;       /* waited once more for those who have a key already */
        bool counting;      /* the veto countdown runs */
        bool overdue;       /* CARDS_MS have passed */

        ExchangeDone close_done;
        void *close_userdata;
        ExchangeMember *members;
};

static inline Clock *exchange_clock(const Exchange *x)
{
        return x->settings.clock;
}

/* ---- exchange-context.c ---- */
/* One line of the log, with the fields of this exchange. */
void exchange_note(const Exchange *x, int priority, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
int exchange_save(Exchange *x);
void exchange_recall_proofs(Exchange *x); /* guesses and runs of before a restart, into the group */
void exchange_enter(Exchange *x, ExchangeState state); /* without a deadline at first */
int exchange_set_deadline(Exchange *x, uint64_t delay_ms, TimerFunc func);
void exchange_radios_on(Exchange *x);
void exchange_radios_off(Exchange *x);
/* Stops all calls and timers; what is in the store stays resumable. */
void exchange_hang_up(Exchange *x);
/* And erases what was secret; what may be shown of it stays. */
void exchange_wipe(Exchange *x);

/* ---- exchange.c ---- */
void exchange_event_done(Exchange *x, int r);
/* Turns a refusal (any positive r) into the end of the exchange, unless our own card key is out
 * already: then what does not fit is only not taken. */
int exchange_refusal(const Exchange *x, int r);
/* Every ending passes through here, once. */
void exchange_finish(Exchange *x, ExchangeState state, ExchangeError error);
/* The step that news of the close brings about. */
int exchange_open(Exchange *x, const PbSigned *roster);

/* ---- exchange-cards.c ---- */
/* Stores the cards that can be opened. Fair: none is opened before our own is released. */
/* -E2BIG: a part is larger than CARD_PART_MAX */
int exchange_seal_card(Exchange *x, const Card *card);
int exchange_take_cards(Exchange *x);
int exchange_recall_cards(Exchange *x); /* those stored before a restart count */

/* ---- exchange-cloud.c ---- */
void exchange_evidence_changed(Exchange *x);
int exchange_keep_watching(Exchange *x);
/* EXCHANGE_E_STALLED where this state has lasted too long, although the cloud answers. */
int exchange_check_patience(const Exchange *x);
int exchange_keep_fetching(Exchange *x);

/* ---- exchange-late.c: of a delivered exchange ---- */
int exchange_record(Exchange *x);              /* writes down what it has to show */
void exchange_see_off(Exchange *x, bool news); /* records news; settles it when nobody is missing */
int exchange_linger(Exchange *x);              /* the time until it rests */
void exchange_settle(Exchange *x);             /* for good */

/* ---- sponsor.c ---- */
uint64_t sponsor_patience_ms(const Exchange *x); /* until it is our turn to draw the group key */
void sponsor_draw_key(Exchange *x);
int sponsor_plan_service(Exchange *x);

/* ---- prove.c ---- */
int prove_offer(Exchange *x, GroupMember *m); /* begins run x->s.offers */
int prove_answer_offers(Exchange *x);
int prove_burn(Exchange *x);
/* GroupProofFunc */
int prove_take(void *userdata, GroupMember *m, const PbMemberMessage *w);
