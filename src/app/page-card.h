/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-card.h - the own card: its fields, and the profiles that share parts of them. Argument:
 * "first" where it ends the first use, a card from elsewhere proposed (card-source.h) or "" */
#pragma once

#include "page.h"

#define HUDDLE_TYPE_PAGE_CARD (huddle_page_card_get_type())
G_DECLARE_FINAL_TYPE(HuddlePageCard, huddle_page_card, HUDDLE, PAGE_CARD, HuddlePage)
