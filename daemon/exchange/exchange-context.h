/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange-context.h - the layout of Exchange, and what its steps are made with
 *
 * For exchange.c, which has the steps, and exchange-user.c, which has the user's wishes and the
 * accessors. The parts an exchange drives (amending, watcher, keying, late, …) are opaque here and
 * do not know it.
 */
#pragma once

#include "closing.h"
#include "amending.h"
#include "exchange.h"
#include "fetch.h"
#include "group.h"
#include "joining.h"
#include "keying.h"
#include "late.h"
#include "others.h"
#include "outbox.h"
#include "snapshot.h"
#include "watcher.h"

struct Exchange {
        ExchangeSettings settings;
        uint64_t number;
        uint32_t uid;
        Snapshot s; /* what survives a restart */
        ExchangeState state;
        ExchangeError error;
        MemberOpening opening; /* our own, and the commitment to it */
        Bytes32 commitment;
        bool radios_on;
        uint64_t join_until_ms;
        uint32_t member_count, guest_count;
        bool asked; /* the cloud may have the serial */

        Neighbourhood *neighbourhood;
        Timer *life; /* of the whole exchange; NULL: over, settled or resting */
        Timer *timer;
        uint64_t deadline_ms; /* of this state, as shown */

        Joining *joining;
        Deposit *deposit;
        Amending *amending;
        Watcher *watcher; /* from the join on */
        Closing *closing;
        Others *others; /* NULL: over */

        Group *group; /* from the close on, as the following */
        ExchangeMember *members;
        Keying *keying;
        Fetch *fetch;
        Outbox *outbox; /* once the openings are final */
        Late *late;

        Timer *proof_time;
        bool names_over;        /* NAMES_MS have passed */
        bool patient;           /* we have waited once more for members that show a key */
        bool held;              /* the user stops the countdown */
        Timer *dispute;         /* we leave once the others know that our phrase differs */
        bool counting;          /* the veto countdown runs */
        uint64_t keyed_ms;      /* when we began to wait for others to share our group key */
        uint64_t proof_sign_ms; /* when something last came from a member that does not share it */
        uint64_t released_ms;   /* when our card key went out */
        uint64_t card_sign_ms;  /* when something last came from a member whose card is missing */
        bool overdue;           /* a card takes too long since both */
        Timer *room;            /* looks whether the disk takes more */
};

static inline Clock *exchange_clock(const Exchange *x)
{
        return x->settings.clock;
}

static inline bool exchange_is_guest(const Exchange *x)
{
        return opening_mark(&x->opening) == MARK_GUEST;
}

/* ---- exchange-context.c ---- */
/* Logs one line with the fields of this exchange. */
void exchange_note(const Exchange *x, int priority, const char *format, ...)
        __attribute__((format(printf, 3, 4)));
void exchange_note_contradiction(const Exchange *x);
int exchange_save(Exchange *x);
/* After this error: the ExchangeError that ends the exchange, or 0. Once our card is out we wait
 * for room on a full disk, for the cards of the others are lost otherwise. */
int exchange_failure(Exchange *x, int r);
void exchange_enter(Exchange *x, ExchangeState state); /* without a deadline at first */
int exchange_set_deadline(Exchange *x, uint64_t delay_ms, TimerFunc func);
void exchange_radios_on(Exchange *x);
void exchange_radios_off(Exchange *x);
int exchange_check_company(const Exchange *x);
int exchange_check_patience(const Exchange *x);
/* Nothing speaks against the countdown: nobody is comparing, and no phrase differs. */
bool exchange_may_count(const Exchange *x);
void exchange_stop_countdown(Exchange *x);
bool exchange_names_suffice(const Exchange *x);
void exchange_commit(Exchange *x); /* makes opening and commitment */
int exchange_make_amending(Exchange *x);
/* Stops all calls and timers; the snapshot stays in the store. */
void exchange_hang_up(Exchange *x);
/* Also erases all secrets; keeps what can still be shown. */
void exchange_wipe(Exchange *x);

/* ---- exchange-patience.c ---- */
/* What usually takes at most that long, on this way to the cloud. */
uint64_t exchange_takes_ms(const Exchange *x, uint64_t usual_ms);
/* Notes when something comes from a member that we wait for: before the group takes it. */
void exchange_note_signs(Exchange *x, const PbWatched *w);
/* From now on, for a while: others have to show that they hold our group key. */
int exchange_await_proofs(Exchange *x);
/* Our own card key is out: from now on, for a while, we wait for the cards of the others. */
int exchange_await_cards(Exchange *x);

/* ---- exchange.c ---- */
/* Ends an event: takes every step that is possible now. r: 0, negative errno, or the ExchangeError
 * that ends the exchange. */
void exchange_event_done(Exchange *x, int r);

/* ---- exchange-end.c ---- */
/* Ends the exchange; called once. */
void exchange_finish(Exchange *x, ExchangeState state, ExchangeError error);
/* The user leaves. Cards that have come stay, and an exchange in which ours went out is kept. */
void exchange_go(Exchange *x);
/* Ends it by an error, or as delivered if cards have come: those stay. */
void exchange_end_by(Exchange *x, ExchangeError error);
/* Of a delivered exchange: records news, and settles it once nothing is missing on either side. */
void exchange_see_off(Exchange *x, bool news);
void exchange_settle(Exchange *x); /* for good */
int exchange_make_late(Exchange *x);
/* Turns a refusal (any positive r) into an error. Once our card key is out, we only skip what does
 * not fit. */
int exchange_refusal(const Exchange *x, int r);
