/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-show.h - the records by which we are heard and reached, as radio-mdns.h has them, in Avahi's entry
 * groups */
#pragma once

#include "../src/serial.h"
#include "lan-addresses.h"

#include <avahi-client/publish.h>

/* Both commit the group, and return 0 or Avahi's (negative) error. */
/* PTR, SRV, TXT; port 0: we help nobody. */
int mdns_show_token(AvahiEntryGroup *g, const Token *token, uint16_t port);
/* TOKEN.local: on each network the addresses of this network; Avahi takes one of each family. */
int mdns_show_addresses(AvahiEntryGroup *g, const Token *token, const LanAddress *addresses, size_t n);
