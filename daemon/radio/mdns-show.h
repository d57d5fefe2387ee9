/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-show.h - the records by which we are heard and reached, as radio-mdns.h has them, in Avahi's
 * entry groups */
#pragma once

#include "src/protocol/serial.h"
#include "lan-addresses.h"

#include <avahi-client/publish.h>

enum { MDNS_ADDRESSES_MAX = 16 }; /* that we show; a machine has few */

typedef struct MdnsShow {
        Token token;
        uint16_t port; /* 0: we help nobody */
        AvahiEntryGroup *name;
        AvahiEntryGroup *addresses; /* where we help */
        LanAddress shown[MDNS_ADDRESSES_MAX];
        size_t n_shown;
} MdnsShow;

/* Shows what is not yet shown. 0 or Avahi's (negative) error; changed: a group's callback. */
int mdns_show(MdnsShow *s, AvahiClient *client, AvahiEntryGroupCallback changed, void *userdata);
/* Shows our addresses anew where they have changed: TOKEN.local has on each network those of this
 * network, of which Avahi takes one of each family. */
void mdns_show_addresses(MdnsShow *s);
/* The client has gone, and its groups with it. */
void mdns_show_forget(MdnsShow *s);
