/* SPDX-License-Identifier: GPL-2.0-or-later */
/* notes-choice.h - what entries of address books tell of the exchange: GetNotes of Agent1 */
#pragma once

#include "choice-row.h"
#include "page.h"

#define NOTES_TYPE_CHOICE (notes_choice_get_type())
G_DECLARE_FINAL_TYPE(NotesChoice, notes_choice, NOTES, CHOICE, ChoiceRow)

/* Asks the agent. page: borrowed, it owns the row; it makes the calls and tells their errors. */
void notes_choice_refresh(NotesChoice *choice, HuddlePage *page);
