/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-start.h - from the wish of a user to the start of an exchange: code, card, options */
#pragma once

#include "daemon/exchange/exchange.h"
#include "daemon/location/location.h"
#include "daemon/objects/manager-object.h"
#include "settings.h"

typedef struct ExchangeStart ExchangeStart;

typedef struct ExchangeStartDeps { /* borrowed during exchange_start_new */
        DaemonStore *store;
        Location *location;
        const DaemonSettings *settings;
} ExchangeStartDeps;

/* account: NULL if the user has none. An outcome or -errno; *ret_word: with
 * OUTCOME_UNKNOWN_WORD. */
int exchange_start_new(ExchangeStart **ret, const ExchangeStartDeps *deps, const Account *account,
                       const ExchangeWish *wish, unsigned *ret_word);
ExchangeStart *exchange_start_free(ExchangeStart *s);
DEFINE_CLEANUP(ExchangeStart *, exchange_start_free);

/* Whether the code is drawn, with a route of our own so far. */
bool exchange_start_draws(const ExchangeStart *s);
/* Asks the cloud for a free route. ready is called once, never from within, also if none comes; it
 * may free s. */
int exchange_start_draw_route(ExchangeStart *s, Clock *clock, CloudClient *cloud,
                              void (*ready)(void *userdata), void *userdata);

/* Borrowed from s. */
const Code *exchange_start_code(const ExchangeStart *s);
const Card *exchange_start_card(const ExchangeStart *s);
const ExchangeOptions *exchange_start_options(const ExchangeStart *s);
unsigned exchange_start_off(const ExchangeStart *s); /* Preference: of the wish */
