/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * avahi.h - the Avahi daemon over sd-bus, so that no call waits for one that hangs
 *
 * Names and numbers are those of Avahi's D-Bus interface. What belongs to a connection
 * (browsers) goes with it.
 */
#pragma once

#include "src/base/util.h"

#include <systemd/sd-bus.h>

#define AVAHI "org.freedesktop.Avahi"
#define AVAHI_SERVER AVAHI ".Server"
#define AVAHI_BROWSER AVAHI ".ServiceBrowser"
#define AVAHI_RECORDS AVAHI ".RecordBrowser"

enum {
        AVAHI_ANY = -1,             /* interface, and protocol */
        AVAHI_IPV4 = 0,             /* protocol */
        AVAHI_ANSWER_MS = 3 * 1000, /* then a call counts as failed */
};

/* DNS (RFC 1035, 3596, 2782) */
enum { DNS_IN = 1, DNS_A = 1, DNS_TXT = 16, DNS_AAAA = 28, DNS_SRV = 33 };

/* A connection of its own to the system bus, on the loop. End it with sd_bus_close_unref. */
int avahi_open(sd_bus **ret, sd_event *event, const char *description);

typedef struct AvahiSignal {
        const char *interface, *member;
        sd_bus_message_handler_t handler;
} AvahiSignal;
/* Signals of Avahi, whatever object they come from. */
int avahi_watch(sd_bus *bus, const AvahiSignal *signals, size_t n, void *userdata);
/* NameOwnerChanged (sss) whenever Avahi comes or goes. */
int avahi_watch_owner(sd_bus *bus, sd_bus_message_handler_t handler, void *userdata);
