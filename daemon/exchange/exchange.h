/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * exchange.h - one press, from code to cards: the spine of the daemon
 *
 * An Exchange owns its timers, calls and secrets. It gets clock, cloud client, radios and store
 * from its caller and knows nothing of D-Bus. It saves itself before each step that other terminals
 * can see, so a killed daemon continues where it stopped (exchange_resume).
 */
#pragma once

#include "src/card/card.h"
#include "src/protocol/code.h"
#include "src/protocol/guests.h"
#include "daemon/cloud-link/cloud-client.h"
#include "neighbourhood.h"
#include "daemon/store/store.h"

typedef struct Exchange Exchange;

typedef enum ExchangeState {
        EXCHANGE_LISTENING, /* radios on, gathering first evidence */
        EXCHANGE_GATHERING, /* the cloud has the serial; the window is open */
        EXCHANGE_OPENING,   /* closed: roster checked, opening posted */
        /* openings are final; waits for the group key (secret words are proven here) */
        EXCHANGE_PROVING,
        EXCHANGE_RELEASING, /* names, veto countdown, cards */
        EXCHANGE_DELIVERED,
        EXCHANGE_FAILED,
        EXCHANGE_LEFT,
} ExchangeState;

typedef enum ExchangeError {
        EXCHANGE_E_NONE,
        EXCHANGE_E_ALONE,
        EXCHANGE_E_NOT_HEARD,  /* a group with its code has closed, and nobody of it hears us */
        EXCHANGE_E_MISSED,     /* a group with its code has just closed near us */
        EXCHANGE_E_OTHER_CODE, /* nobody has its code, but somebody near has another */
        EXCHANGE_E_AMBIGUOUS,
        EXCHANGE_E_TOO_LATE,
        EXCHANGE_E_NO_NETWORK,
        EXCHANGE_E_NETWORK_LOGIN,
        EXCHANGE_E_UNREACHABLE,
        EXCHANGE_E_TLS,
        EXCHANGE_E_OTHER_KEY,
        EXCHANGE_E_CLOUD_REFUSED,
        EXCHANGE_E_GROUP_REFUSED, /* contradictory data from the cloud; nothing was released */
        EXCHANGE_E_NO_GUESTS,   /* a guest's: none may come; or only guests were there, likewise */
        EXCHANGE_E_NOT_PROVEN,  /* no other member proved the same words */
        EXCHANGE_E_CODE_BURNED, /* too many wrong guesses; nothing was released */
        EXCHANGE_E_PHRASE_DIFFERS, /* the others say so, and have left */
        EXCHANGE_E_STALLED,        /* no progress for too long */
        EXCHANGE_E_NOT_SAVED,      /* the disk is full, or cannot be written */
        EXCHANGE_E_INTERNAL,
} ExchangeError;

/* What a member that is alone is told of the others. */
typedef enum ExchangeElsewhere {
        ELSEWHERE_NOTHING,
        ELSEWHERE_CLOSED, /* a group with our code has closed, and nobody of it hears us */
        ELSEWHERE_MISSED, /* the same, but one of it and we hear each other */
        ELSEWHERE_CODE,   /* somebody has another code, and we hear each other */
} ExchangeElsewhere;

typedef enum MemberProgress {
        MEMBER_WAITING,
        MEMBER_PROVEN,
        MEMBER_NAMED,
        MEMBER_CARDED,
        MEMBER_LEFT,
        /* wrong words, or no proof in time; it gets nothing, but may still prove them */
        MEMBER_UNPROVEN,
        MEMBER_APART,    /* a guest where guests take no part, or to a guest all others there */
        MEMBER_DISPUTES, /* it says that its phrase is another, and has left */
        MEMBER_REFUSED,  /* its data did not match its commitment */
} MemberProgress;

typedef struct ExchangeMember { /* another member, never ourselves */
        Id id;
        MemberProgress progress;
        bool guest;
        const char *name; /* "" until released; borrowed */
} ExchangeMember;

typedef struct ExchangeOther { /* a group with our code that is not heard nearby */
        Id opener;
        const char *word; /* on its screens; one of words_get */
        uint32_t members;
        bool admitted;  /* our group has said yes */
        bool admits;    /* it has said yes to ours */
        bool same_word; /* another group or ours has the word too: it cannot be admitted */
} ExchangeOther;

typedef enum ExchangeLevel { LEVEL_UNCHECKED, LEVEL_PROVEN, LEVEL_COMPARED } ExchangeLevel;

typedef enum PhraseStatus {
        PHRASE_EARLY,    /* the openings are not final yet */
        PHRASE_COMPLETE, /* covers everybody on the roster */
        /* The openings of some members came too late to count. A phrase without them would prove
         * nothing, since the cloud could have chosen a member to leave out. So there is none. */
        PHRASE_INCOMPLETE,
} PhraseStatus;

typedef struct ExchangeOptions {
        uint32_t window_s; /* 0 = the cloud's */
        uint32_t veto_ms;  /* countdown before the card is released */
        Fix fix;           /* place, if it was known at the press */
        GuestMark mark;    /* a guest, or what it wants of guests */
        bool has_screen;   /* a guest's: it has read this on a member's screen */
        Token screen;
} ExchangeOptions;

/* The default of ListenMs: mDNS neighbours hear each other in about a second. */
#define EXCHANGE_LISTEN_MS 1200

enum {
        EXCHANGE_JOIN_MS = 20 * 1000,
        EXCHANGE_JOIN_DEAR_MS =
                50 * 1000, /* with help over Bluetooth: a helper serves one caller at a time */
};

typedef struct ExchangeSettings { /* all borrowed; must outlive the exchange */
        Clock *clock;
        CloudClient *cloud;
        const CloudPin *cloud_pin;
        DaemonStore *store;
        uint32_t listen_ms; /* from press to join, to collect evidence; EXCHANGE_LISTEN_MS */
        /* how long after the press we retry the join; EXCHANGE_JOIN_MS */
        uint32_t join_ms;
        /* Something that D-Bus shows has changed, perhaps the exchange has ended. Must not free the
         * exchange. */
        void (*changed)(void *userdata, Exchange *x);
        /* We need the radios with this token from the press to the close. The callee may keep them
         * on longer, for links to neighbours. */
        int (*radios_on)(void *userdata, Exchange *x, const Token *token);
        void (*radios_off)(void *userdata, Exchange *x);
        void *userdata;
} ExchangeSettings;

/* Starts an exchange. card: only what the user chose to share. number: unique, from the store.
 * -E2BIG: a part of the card is larger than CARD_PART_MAX. */
int exchange_new(Exchange **ret, const ExchangeSettings *settings, uint32_t uid, uint64_t number,
                 const Code *code, const Card *card, const ExchangeOptions *options);
/* Continues an unfinished exchange from the store. -EBADMSG: its snapshot is damaged. */
int exchange_resume(Exchange **ret, const ExchangeSettings *settings, uint64_t number);
Exchange *exchange_free(Exchange *x); /* stays resumable unless it has ended */
DEFINE_CLEANUP(Exchange *, exchange_free);

Neighbourhood *exchange_neighbourhood(Exchange *x); /* fed by the manager from the radios */

/* A first or better fix; goes into the serial or an amendment. Must be known and already rounded
 * for sending. */
void exchange_set_fix(Exchange *x, const Fix *fix);

/* Called once, with the cloud's answer or an error; possibly before the function returns. */
typedef void (*ExchangeDone)(void *userdata, int result); /* 0 or EXCHANGE_R_… */
enum {
        _EXCHANGE_R_SUCCESS,
        EXCHANGE_R_WRONG_STATE,
        EXCHANGE_R_NOT_OPENER,
        EXCHANGE_R_UNREACHABLE,
        EXCHANGE_R_NO_OTHER,  /* no other group has this word */
        EXCHANGE_R_SAME_WORD, /* two groups have it */
};
void exchange_close(Exchange *x, ExchangeDone done, void *userdata);
/* While a party gathers: admits the other group with this word on its screens, or, with no, hides
 * it until it changes. The two become one group when both have said yes. */
void exchange_admit(Exchange *x, const char *word, bool yes, ExchangeDone done, void *userdata);
int exchange_leave(Exchange *x); /* 0 or EXCHANGE_R_WRONG_STATE */
int exchange_veto(Exchange *x);
/* Stops the countdown, or starts it anew. WRONG_STATE once the card is out. */
int exchange_hold(Exchange *x, bool hold);
/* Until the delivery a different phrase is told to all, and the exchange is left. */
/* same: WRONG_STATE also if the phrase does not cover the whole roster; the level stays. */
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
uint32_t exchange_guest_count(const Exchange *x); /* of them, without ourselves */
/* While it gathers, guests may come and our user welcomes them: what our screen shows them. */
bool exchange_screen(const Exchange *x, Token *ret);
bool exchange_opener(const Exchange *x);
const char *exchange_phrase(const Exchange *x); /* "" unless PHRASE_COMPLETE */
PhraseStatus exchange_phrase_status(const Exchange *x);
/* Our card key may be with the others: it is too late to keep the card. */
bool exchange_card_released(const Exchange *x);
/* The countdown waits: the user holds it, or a member says that its phrase differs. */
bool exchange_held(const Exchange *x);
void exchange_code(const Exchange *x, char ret[static CODE_TEXT_MAX]); /* "" when over */
/* Borrowed until the next event, earliest first. */
size_t exchange_others(const Exchange *x, const ExchangeOther **ret);
ExchangeElsewhere exchange_elsewhere(const Exchange *x);
const char *exchange_own_word(const Exchange *x); /* on our group's screens; "" without others */
/* Borrowed until the next event. */
size_t exchange_members(const Exchange *x, const ExchangeMember **ret);
