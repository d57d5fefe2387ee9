/* SPDX-License-Identifier: GPL-2.0-or-later */
/* own-card.h - a user's own card, the same at every cloud; it needs no account */
#pragma once

#include "daemon/base/outcome.h"
#include "daemon/store/store.h"
#include "src/card/card.h"

/* Why a card is refused, for people, and in which line, or 0. */
typedef struct OwnCardFault {
        const char *why;
        unsigned line;
} OwnCardFault;

/* Stores the card; account_upload brings a copy to each cloud. *ret_fault: with
 * OUTCOME_CARD_INVALID. An outcome or -errno. */
int own_card_set(DaemonStore *s, uint32_t uid, const char *vcard, OwnCardFault *ret_fault);
/* As vCard 4.0, new: free it with secret_free. OUTCOME_NO_CARD */
int own_card_get(DaemonStore *s, uint32_t uid, char **ret);
