/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-words.h - what the screen says about an exchange; it is true at that moment */
#pragma once

#include <glib.h>

typedef enum {
        PHASE_GATHER, /* people come; the code is shown */
        PHASE_CHECK,  /* closed: proof, phrase, names, countdown, cards */
        PHASE_DONE,   /* delivered */
        PHASE_ENDED,  /* failed or left */
} ExchangePhase;

/* Properties of Exchange1. */
typedef struct ExchangeFacts {
        const char *state, *elsewhere;
        gboolean opener, released, held;
        gboolean offline; /* its cloud does not answer now */
        guint members;
} ExchangeFacts;

/* Of a state that we do not know, PHASE_CHECK. */
ExchangePhase exchange_phase(const char *state);
/* One or two sentences: what is waited for. Translated. */
const char *exchange_headline(const ExchangeFacts *facts);
/* How an exchange ended that brought no cards: a title and a sentence. Translated. */
const char *exchange_end_title(const ExchangeFacts *facts);
const char *exchange_end_text(const ExchangeFacts *facts);
/* Of a member, by its state in Members. Translated. */
const char *exchange_member_text(const char *state);
/* Of Level: how well the members know that nobody else is among them. Translated; "" of a level
 * that we do not know. */
const char *exchange_level_text(const char *level);
