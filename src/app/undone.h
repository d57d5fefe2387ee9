/* SPDX-License-Identifier: GPL-2.0-or-later */
/* undone.h - which exchanges of the history were taken out of the address books again */
#pragma once

#include "page.h"

/* Asks the agent now, and tells it to the items (HuddlePast) that the store has then. */
void undone_ask(HuddlePage *page, GListStore *store);
/* Asks whenever the agent says that something has changed, as long as the store lives. */
void undone_follow(HuddlePage *page, GListStore *store);
