/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-mdns.h - neighbours on the same local network, by DNS-SD (RFC 6763) through the Avahi daemon
 *
 * Between start and stop the network sees, and nothing else of us:
 *   _huddle._tcp.local        PTR  TOKEN._huddle._tcp.local
 *   TOKEN._huddle._tcp.local  SRV  0 0 0 TOKEN.local         TXT "v=1"
 * TOKEN is the press's token in 16 hexadecimal digits: random, and no host or user name beside it. Nothing
 * is resolved: the name is all there is to hear. TOKEN.local has no address; nobody is meant to connect.
 */
#pragma once

#include "radio.h"

#include <systemd/sd-event.h>

/* Several may run at a time, each with its token. While one is stopped it holds no connection. */
int radio_mdns_new(Radio **ret, sd_event *event);
