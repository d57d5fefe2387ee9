/* SPDX-License-Identifier: GPL-2.0-or-later */
/* peer-object.h - org.huddle.Peer1: the neighbours of a running exchange on D-Bus */
#pragma once

#include "daemon/bus/bus.h"
#include "daemon/exchange/exchange.h"

typedef struct PeerObject PeerObject;

/* Makes the list the present neighbours of a running exchange; an exchange that has ended has
 * none. -errno: one of them is missing. */
int peer_objects_update(PeerObject **list, Bus *bus, Exchange *exchange);
void peer_objects_clear(PeerObject **list);
