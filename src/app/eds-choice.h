/* SPDX-License-Identifier: GPL-2.0-or-later */
/* eds-choice.h - which of the address books of Evolution Data Server gets the cards; there only
 * where there are several, and it is used at all */
#pragma once

#include "choice-row.h"
#include "page.h"

#define EDS_TYPE_CHOICE (eds_choice_get_type())
G_DECLARE_FINAL_TYPE(EdsChoice, eds_choice, EDS, CHOICE, ChoiceRow)

/* page: borrowed; it makes the calls and tells their errors. */
GtkWidget *eds_choice_new(HuddlePage *page);
/* book: of kind "eds", as ListBooks has it. Asks for the names of all of them. */
void eds_choice_show(EdsChoice *choice, GVariant *book);
