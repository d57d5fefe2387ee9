/* SPDX-License-Identifier: GPL-2.0-or-later */
/* card-source.h - cards of the user's from elsewhere: a file, or a contact of an address book */
#pragma once

#include "src/card/card.h"
#include "page.h"

/* Whether the argument of a page names such a card: "contact:ID" (FindContacts takes the id), or
 * the URI of a file. */
gboolean card_source_is(const char *argument);

/* card: taken by the callee; NULL: there is none, and trouble says why, translated. */
typedef void (*CardSourceDone)(HuddlePage *page, Card *card, const char *trouble);
/* Reads it; done is called unless the page is gone by then. */
void card_source_read(HuddlePage *page, const char *argument, CardSourceDone done);
