/* SPDX-License-Identifier: GPL-2.0-or-later */
/* book-cards.h - reads what became of cards in the address books: ListCards of org.huddle.Agent1 */
#pragma once

#include <glib.h>

/* The "Card" of a card as GetContacts of its exchange has it. New. */
char *book_cards_id(const char *vcard);

/* Of one of the dictionaries. Borrowed; "" where it has no such text. */
const char *book_cards_text(GVariant *card, const char *key);
/* Whether it is in its book, or on its way there. */
gboolean book_cards_is_in(GVariant *card);
/* Whether it was taken out again. */
gboolean book_cards_is_out(GVariant *card);
