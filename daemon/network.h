/* SPDX-License-Identifier: GPL-2.0-or-later */
/* network.h - what follows when this machine may be in another network: all requests under way,
 * ours and those of neighbours, begin anew at once, over new connections */
#pragma once

#include "daemon/account/accounts.h"
#include "daemon/help/relay.h"

typedef struct Network Network;

typedef struct NetworkDeps { /* borrowed; outlive it */
        sd_event *event;
        Clouds *clouds;
        Accounts *accounts;
        Relay *relay; /* NULL: neighbours are not helped */
} NetworkDeps;

int network_new(Network **ret, const NetworkDeps *deps);
Network *network_free(Network *n);
DEFINE_CLEANUP(Network *, network_free);
