/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-show.h - publishes the records of radio-mdns.h through Avahi's entry groups */
#pragma once

#include "src/protocol/serial.h"
#include "lan-addresses.h"

#include <avahi-client/publish.h>

enum { MDNS_ADDRESSES_MAX = 16 }; /* shown; a machine has few */

typedef struct MdnsShow {
        Token token;
        uint16_t port; /* 0: we do not help */
        AvahiEntryGroup *name;
        AvahiEntryGroup *addresses; /* only if we help */
        LanAddress shown[MDNS_ADDRESSES_MAX];
        size_t n_shown;
} MdnsShow;

/* Publishes what is not yet published. Returns 0 or Avahi's (negative) error. changed: called by
 * the groups. */
int mdns_show(MdnsShow *s, AvahiClient *client, AvahiEntryGroupCallback changed, void *userdata);
/* Publishes our addresses again if they have changed. On each network TOKEN.local has the addresses
 * of that network; Avahi resolves to one of each family. */
void mdns_show_addresses(MdnsShow *s);
/* The client is freed, and with it the groups. */
void mdns_show_forget(MdnsShow *s);
