/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mdns-reach.h - makes a link to a neighbour whose token was heard: asks Avahi for its port,
 * version and all its addresses on all networks, and races them as they come (link-race.h)
 */
#pragma once

#include "src/protocol/serial.h"
#include "daemon/link/link.h"

#include <systemd/sd-event.h>

typedef struct MdnsReach MdnsReach;

/* Called once, from the loop; NULL: it does not help, or was not reached. The reach may be freed
 * from within. */
typedef void (*MdnsReached)(void *userdata, MdnsReach *r, Link *taken);

int mdns_reach_new(MdnsReach **ret, sd_event *event, const Token *token, MdnsReached done,
                   void *userdata);
MdnsReach *mdns_reach_free(MdnsReach *r); /* done is not called any more */
DEFINE_CLEANUP(MdnsReach *, mdns_reach_free);

const Token *mdns_reach_token(const MdnsReach *r);
