/* SPDX-License-Identifier: GPL-2.0-or-later */
/* veto-choice.h - how long one can keep one's own card: VetoSeconds of Manager1 */
#pragma once

#include "choice-row.h"
#include "page.h"

#define VETO_TYPE_CHOICE (veto_choice_get_type())
G_DECLARE_FINAL_TYPE(VetoChoice, veto_choice, VETO, CHOICE, ChoiceRow)

/* Shows what is now. page: borrowed, it owns the row; it makes the calls and tells their errors. */
void veto_choice_refresh(VetoChoice *choice, HuddlePage *page);
