/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-link.h - the link by which others join an exchange */
#pragma once

#include "daemon/cloud-link/cloud-client.h"
#include "daemon/exchange/exchange.h"
#include "src/protocol/huddle-link.h"

/* That of the page for browsers while guests may come. "" when the exchange is over. Wipe it: it
 * has the code with its words. */
void exchange_link_write(char ret[static HUDDLE_LINK_SIZE], const Exchange *exchange,
                         const CloudAccess *cloud);
