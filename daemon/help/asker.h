/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * asker.h - asks the helpers that a radio hears which cloud each helps to
 *
 * Each neighbour is asked until it has answered once. What it says is a stranger's word
 * (src/protocol/cloud-offer.h).
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/radio/radio.h"

enum {
        ASKER_OFFERS_MAX = 16, /* clouds that are told of */
        ASKER_TOKENS_MAX = 64, /* neighbours that are asked */
        ASKER_AT_A_TIME = 2,   /* neighbours */
        ASKER_LATER_MS = 1000, /* until one that is busy is asked again */
};

typedef struct Asker Asker;

typedef struct AskerDeps { /* borrowed; outlive the asker */
        Clock *clock;
        /* A neighbour has answered, or does not answer. The asker may be changed from within, but
         * not freed. */
        void (*news)(void *userdata);
        void *userdata;
} AskerDeps;

int asker_new(Asker **ret, const AskerDeps *deps);
Asker *asker_free(Asker *a);
DEFINE_CLEANUP(Asker *, asker_free);

/* From now on neighbours are asked, and what was told before is forgotten; or nobody is. */
void asker_start(Asker *a);
void asker_stop(Asker *a);

/* What the radio says, also while nobody is asked; see carrier-relay.h. */
void asker_heard(Asker *a, Radio *radio, const Token *token);
void asker_gone(Asker *a, const Radio *radio, const Token *token);
void asker_linked(Asker *a, const Radio *radio, const Token *token, Link *taken);
void asker_forget(Asker *a, const Radio *radio);
/* Whether the radio makes a link to this neighbour for the asker. */
bool asker_awaits(const Asker *a, const Radio *radio, const Token *token);

/* Whether a neighbour is being reached, or has been asked and may still answer. */
bool asker_busy(const Asker *a);
/* What was offered, each cloud once. Borrowed until the next start. */
size_t asker_offers(const Asker *a, const CloudOffer **ret);
/* The neighbours that the radio hears. */
void asker_walk(const Asker *a, void (*func)(void *userdata, Radio *radio, const Token *token),
                void *userdata);
