/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * card-dialect.h - what address books call the anniversary, the spouse, the manager, the assistant,
 * the blog and the nickname of a person
 *
 * vCard 3.0 has no names for most of them, so each program has its own, and reads no other:
 * Evolution Data Server (e-contact.c), KContacts (vcardtool.cpp), Apple's programs (a label of
 * their own for X-ABDATE and X-ABRELATEDNAMES), Android (VCardBuilder.java). A Card has the names
 * of 4.0 where there are some: ANNIVERSARY, RELATED;TYPE=spouse, URL;TYPE=blog, NICKNAME; else
 * those that most programs know: X-MANAGER, X-ASSISTANT.
 */
#pragma once

#include "card.h"

typedef enum CardDialect { CARD_PLAIN, CARD_EVOLUTION, CARD_KCONTACTS } CardDialect;

/* Renames what is called by a name of one program. */
int card_take_dialects(Card *c);

/* What a property of an entry is, whichever program named it: "ANNIVERSARY", "SPOUSE", "MANAGER",
 * "ASSISTANT", "BLOG"; NULL: anything else. name is in capitals, head what stands before the value:
 * "RELATED;TYPE=SPOUSE:". */
const char *card_meaning(const char *name, const char *head);
/* What the program of a dialect calls that property, or NULL if it knows the present name. */
const char *card_dialect_name(CardDialect dialect, const char *name, const char *head);
