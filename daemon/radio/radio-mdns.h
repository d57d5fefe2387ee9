/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-mdns.h - neighbours on the same local network, by DNS-SD (RFC 6763) through the Avahi
 * daemon
 *
 * Between start and stop we publish these records and nothing else:
 *   _huddle._tcp.local        PTR  TOKEN._huddle._tcp.local
 *   TOKEN._huddle._tcp.local  SRV  0 0 PORT TOKEN.local      TXT "v=1"
 *   TOKEN.local               A, AAAA                        if we help
 * TOKEN is the token of the press in 16 hexadecimal digits: random, with no host or user name. The
 * name alone is enough to be heard; SRV and addresses are looked up to make a link. PORT is where
 * we accept links. 0: we do not help, and TOKEN.local has no address. Its addresses follow those of
 * the machine. No call waits for an Avahi that hangs (avahi-thread.h): it counts as gone.
 */
#pragma once

#include "radio.h"

#include <systemd/sd-event.h>

/* Several may run at a time, each with its token. A stopped radio holds nothing. */
int radio_mdns_new(Radio **ret, sd_event *event);
