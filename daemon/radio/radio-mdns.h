/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-mdns.h - neighbours on the same local network, by DNS-SD (RFC 6763) through the Avahi
 * daemon
 *
 * Between start and stop the network sees, and nothing else of us:
 *   _huddle._tcp.local        PTR  TOKEN._huddle._tcp.local
 *   TOKEN._huddle._tcp.local  SRV  0 0 PORT TOKEN.local      TXT "v=1"
 *   TOKEN.local               A, AAAA                        where we help
 * TOKEN is the press's token in 16 hexadecimal digits: random, and no host or user name beside
 * it. To be heard the name is enough; SRV and addresses are looked up when a link is wanted.
 * PORT is where we take links, 0: we help nobody, and TOKEN.local has no address. Its addresses
 * follow those of the machine. An Avahi that hangs is not waited for: it counts as gone
 * (avahi-ask.h).
 */
#pragma once

#include "radio.h"

#include <systemd/sd-event.h>

/* Several may run at a time, each with its token. While one is stopped it holds no connection. */
int radio_mdns_new(Radio **ret, sd_event *event);
