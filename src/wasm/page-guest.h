/* SPDX-License-Identifier: GPL-2.0-or-later */
/* page-guest.h - the one exchange of a page: page-guest.c drives it, page-guest-show.c shows it */
#pragma once

#include "src/protocol/guests.h"
#include "src/protocol/huddle-link.h"
#include "daemon/base/outcome.h"
#include "daemon/exchange/exchange.h"

typedef struct Guest {
        HuddleLink link;
        CloudPin pin;
        AccountKey account;
        CloudClient *stranger, *client;
        CloudCall *call;    /* before and after the exchange */
        char consent[4001]; /* what the cloud asks to agree to */
        uint32_t consent_version;
        Outcome refusal; /* why there is no exchange */
        Fix fix;
        Exchange *exchange;
} Guest;

extern Guest guest;
