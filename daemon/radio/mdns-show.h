/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-show.h - publishes the records of radio-mdns.h through Avahi's entry groups */
#pragma once

#include "src/protocol/serial.h"
#include "daemon/link/lan-addresses.h"

#include <systemd/sd-bus.h>

enum { MDNS_ADDRESSES_MAX = 16 }; /* shown; a machine has few */

typedef struct MdnsShow MdnsShow;

typedef struct MdnsGroup {
        MdnsShow *show;
        sd_bus_slot *call;
        char *path; /* NULL: there is none yet */
} MdnsGroup;

struct MdnsShow {
        Token token;
        uint16_t port; /* 0: we do not help */
        /* Avahi has taken the name, or refuses something (why), or somebody else has it. */
        void (*shown)(void *userdata);
        void (*refused)(void *userdata, const char *why);
        void (*taken)(void *userdata);
        void *userdata;
        sd_bus *bus; /* borrowed; NULL: nothing is shown */
        MdnsGroup name;
        MdnsGroup addresses;               /* only if we help */
        LanAddress of[MDNS_ADDRESSES_MAX]; /* those that are shown */
        size_t n_of;
};

/* Publishes on this connection. Calls back later, never from within. */
int mdns_show(MdnsShow *s, sd_bus *bus);
/* Publishes our addresses again if they have changed. On each network TOKEN.local has the addresses
 * of that network. */
void mdns_show_addresses(MdnsShow *s);
/* The connection is about to be closed, and the groups go with it. */
void mdns_show_forget(MdnsShow *s);
