/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cards.h - seals our own card, and stores each card that comes once */
#pragma once

#include "daemon/store/store.h"
#include "deposit.h"
#include "group.h"
#include "src/card/card.h"

/* -E2BIG: a part is larger than CARD_PART_MAX. */
int cards_seal(DepositParts *ret, const MemberKeys *keys, const Card *card);
/* Stores all cards that can be opened, in one transaction. Only after our own card key is out. */
int cards_take(Group *g, DaemonStore *store, uint64_t number);
/* Marks the cards that were stored before a restart. */
int cards_recall(Group *g, DaemonStore *store, uint64_t number);
