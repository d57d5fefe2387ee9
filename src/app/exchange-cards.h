/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-cards.h - the cards of an exchange, and what the address books did with them */
#pragma once

#include "page.h"

typedef struct ExchangeCards ExchangeCards;
/* Something was read, or was read again. */
typedef void (*ExchangeCardsFunc)(HuddlePage *page);

/* Belongs to the page, which outlives it and reports what fails. path: of the exchange. */
ExchangeCards *exchange_cards_new(HuddlePage *page, const char *path, ExchangeCardsFunc on_loaded);
void exchange_cards_free(ExchangeCards *c);

/* Reads them all; again as soon as the exchange or the agent say that something has changed. */
void exchange_cards_load(ExchangeCards *c);

/* Borrowed, until the next on_loaded; NULL before the first one. */
BusExchange1 *exchange_cards_get_exchange(const ExchangeCards *c);
const char *const *exchange_cards_get_vcards(const ExchangeCards *c);

/* Calls func for what each book did with the card of this id (book-cards.h); NULL: with each card.
 * Without an agent there is nothing; Settings say what is the matter with it. */
typedef void (*ExchangeCardsBookFunc)(GVariant *card, gpointer userdata);
void exchange_cards_each_book(const ExchangeCards *c, const char *id, ExchangeCardsBookFunc func,
                              gpointer userdata);
