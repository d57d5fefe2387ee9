/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-show.h - publishes the records of radio-mdns.h through Avahi's entry groups; its calls wait
 * for Avahi (avahi-thread.h) */
#pragma once

#include "src/protocol/serial.h"
#include "daemon/link/lan-addresses.h"

#include <avahi-client/publish.h>

enum { MDNS_ADDRESSES_MAX = 16 }; /* shown; a machine has few */

typedef struct MdnsAddresses {
        size_t n;
        LanAddress list[MDNS_ADDRESSES_MAX];
} MdnsAddresses;

/* The groups are freed with their client. */
typedef struct MdnsShow {
        Token token;
        uint16_t port;          /* 0: we do not help */
        AvahiEntryGroup *name;  /* NULL: not yet */
        AvahiEntryGroup *hosts; /* only if we help */
        MdnsAddresses shown;
} MdnsShow;

/* Both return 0 or Avahi's (negative) error. */
/* Publishes the name, if it is not yet published. changed: called by the groups. */
int mdns_show(MdnsShow *s, AvahiClient *client, AvahiEntryGroupCallback changed, void *userdata);
/* Publishes these addresses instead of those before. On each network TOKEN.local has the addresses
 * of that network. */
int mdns_show_addresses(MdnsShow *s, const MdnsAddresses *now);
/* Waits until Avahi answers. */
void mdns_show_wait(MdnsShow *s);
