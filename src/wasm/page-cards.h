/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-cards.h - the cards that a page shows, in the order in which they came */
#pragma once

#include "src/base/secret.h"
#include "src/card/card.h"

typedef struct PageCard {
        Id member;
        bool guest;
        char *vcard; /* 3.0 */
        Card *card;
} PageCard;

/* The card of the person at the page, for the script; it is not among the others. */
enum { PAGE_CARD_OWN = -1 };

/* Copies the text. A member's second card is passed over. -EBADMSG: it is none. */
int page_cards_add(const Id *member, const char *vcard);
size_t page_cards_count(void);
PageCard *page_cards_get(size_t i);
PageCard *page_cards_find(const Id *member); /* NULL: there is none */
/* Takes the card; NULL: there is none any more. */
void page_cards_set_own(Card *card);
Card *page_cards_own(void);
void page_cards_wipe(void);
