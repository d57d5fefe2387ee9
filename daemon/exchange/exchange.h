/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange.h - one press, from code to cards: the spine of the daemon
 *
 * An Exchange owns its timers, calls and secrets; it knows clock, cloud client, radios and store
 * through what is handed in, and nothing of D-Bus. It saves itself before every step that others
 * may see, so that a killed daemon goes on where it was (exchange_resume). Every ending passes
 * through one function.
 */
#pragma once

#include "src/card/card.h"
#include "src/protocol/code.h"
#include "daemon/cloud-link/cloud-client.h"
#include "neighbourhood.h"
#include "daemon/store/store.h"

typedef struct Exchange Exchange;

typedef enum ExchangeState {
        EXCHANGE_LISTENING, /* radios on, gathering first evidence */
        EXCHANGE_GATHERING, /* the cloud has the serial; the window is open */
        EXCHANGE_OPENING,   /* closed: roster checked, opening posted */
        /* openings final; the group key is awaited (secret words are proven here) */
        EXCHANGE_PROVING,
        EXCHANGE_RELEASING, /* names, veto countdown, cards */
        EXCHANGE_DELIVERED,
        EXCHANGE_FAILED,
        EXCHANGE_LEFT,
} ExchangeState;

typedef enum ExchangeError {
        EXCHANGE_E_NONE,
        EXCHANGE_E_ALONE,
        EXCHANGE_E_AMBIGUOUS,
        EXCHANGE_E_TOO_LATE,
        EXCHANGE_E_NO_NETWORK,
        EXCHANGE_E_UNREACHABLE,
        EXCHANGE_E_TLS,
        EXCHANGE_E_OTHER_KEY,
        EXCHANGE_E_CLOUD_REFUSED,
        EXCHANGE_E_GROUP_REFUSED, /* what came did not fit together: nothing was released */
        EXCHANGE_E_NOT_PROVEN,    /* nobody else has proven these words */
        EXCHANGE_E_CODE_BURNED,   /* other words were tried too often: nothing was released */
        EXCHANGE_E_STALLED,       /* neither the others nor the cloud went on */
        EXCHANGE_E_INTERNAL,
} ExchangeError;

typedef enum MemberProgress {
        MEMBER_WAITING,
        MEMBER_PROVEN,
        MEMBER_NAMED,
        MEMBER_CARDED,
        MEMBER_LEFT,
        MEMBER_UNPROVEN, /* other words, or none in time: it gets nothing, and may prove them yet */
        MEMBER_REFUSED,  /* what it sent was not what it had committed to */
} MemberProgress;

typedef struct ExchangeMember { /* the others; oneself is not among them */
        Id id;
        MemberProgress progress;
        const char *name; /* "" until released; borrowed */
} ExchangeMember;

typedef enum ExchangeLevel { LEVEL_UNCHECKED, LEVEL_PROVEN, LEVEL_COMPARED } ExchangeLevel;

typedef struct ExchangeOptions {
        uint32_t window_s; /* 0 = the cloud's */
        uint32_t veto_ms;  /* countdown before the card is released */
        Fix fix;           /* place, if known at the press */
} ExchangeOptions;

enum {
        EXCHANGE_LISTEN_MS = 1200, /* mDNS neighbours hear each other in about a second */
        EXCHANGE_JOIN_MS = 20 * 1000,
        EXCHANGE_JOIN_DEAR_MS =
                50 * 1000, /* with help over Bluetooth: callers are heard one after the other */
};

typedef struct ExchangeSettings { /* all borrowed, all outlive the exchange */
        Clock *clock;
        CloudClient *cloud;
        const CloudIdentity *cloud_identity;
        DaemonStore *store;
        uint32_t listen_ms; /* from the press to the join, for first evidence; EXCHANGE_LISTEN_MS */
        /* after the press the failure to join is the user's to know; EXCHANGE_JOIN_MS */
        uint32_t join_ms;
        /* anything that D-Bus shows has changed; the exchange may have ended, but is not freed from
         * within */
        void (*changed)(void *userdata, Exchange *x);
        /* radios: needed with this token from the press to the close or the end; whether they stay
         * on for a while, for links to neighbours, is theirs to know */
        int (*radios_on)(void *userdata, Exchange *x, const Token *token);
        void (*radios_off)(void *userdata, Exchange *x);
        void *userdata;
} ExchangeSettings;

/* Presses. card: what is shared, already reduced to what the user chose. number: the store's,
 * unique.
 * -E2BIG: a part of the card is larger than CARD_PART_MAX. */
int exchange_new(Exchange **ret, const ExchangeSettings *settings, uint32_t uid, uint64_t number,
                 const Code *code, const Card *card, const ExchangeOptions *options);
/* Takes up an exchange that the store holds unfinished. -EBADMSG: what it holds is damaged. */
int exchange_resume(Exchange **ret, const ExchangeSettings *settings, uint64_t number);
Exchange *exchange_free(Exchange *x); /* silently: stays resumable unless it has ended */
DEFINE_CLEANUP(Exchange *, exchange_free);

Neighbourhood *exchange_neighbourhood(Exchange *x); /* the manager feeds it from the radios */

/* The place has become known, or known better: the serial, or what amends it, tells it. Borrowed;
 * known, and rounded as it may leave the terminal. */
void exchange_set_fix(Exchange *x, const Fix *fix);

/* done is called once, when the cloud has answered or with an error; it may be called from
 * within. */
typedef void (*ExchangeDone)(void *userdata, int result); /* 0 or EXCHANGE_R_… */
enum { _EXCHANGE_R_SUCCESS, EXCHANGE_R_WRONG_STATE, EXCHANGE_R_NOT_OPENER, EXCHANGE_R_UNREACHABLE };
void exchange_close(Exchange *x, ExchangeDone done, void *userdata);
int exchange_leave(Exchange *x); /* 0 or EXCHANGE_R_WRONG_STATE */
int exchange_veto(Exchange *x);
/* Same: WRONG_STATE too where somebody on the roster is not in the phrase; the level stays. */
int exchange_confirm_phrase(Exchange *x, bool same);

uint64_t exchange_number(const Exchange *x);
uint32_t exchange_uid(const Exchange *x);
ExchangeState exchange_state(const Exchange *x);
bool exchange_ended(const Exchange *x); /* delivered, failed or left */
ExchangeError exchange_error(const Exchange *x);
const char *exchange_state_name(ExchangeState s); /* as on D-Bus */
ExchangeLevel exchange_level(const Exchange *x);
uint64_t exchange_deadline(const Exchange *x); /* clock_now; 0 = none */
uint32_t exchange_member_count(const Exchange *x);
bool exchange_opener(const Exchange *x);
const char *exchange_phrase(const Exchange *x);                        /* "" before the openings */
void exchange_code(const Exchange *x, char ret[static CODE_TEXT_MAX]); /* "" when over */
/* borrowed until the next event */
size_t exchange_members(const Exchange *x, const ExchangeMember **ret);
