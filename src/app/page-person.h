/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-person.h - a card of an exchange: all of it, and what became of it in the address books */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_PERSON (huddle_page_person_get_type())
G_DECLARE_FINAL_TYPE(HuddlePagePerson, huddle_page_person, HUDDLE, PAGE_PERSON, HuddlePage)

/* The argument of the page for a card (its id: book-cards.h) of an exchange (its path). New. */
char *page_person_argument(const char *exchange, const char *id);
