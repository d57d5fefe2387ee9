/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lan-addresses.h - the addresses at which neighbours on local networks reach this machine, and
 * their changes */
#pragma once

#include "src/base/util.h"

#include <sys/socket.h>

typedef struct LanAddress {
        uint32_t interface; /* its index */
        uint32_t family;    /* AF_INET, AF_INET6 */
        uint32_t prefix;    /* bits of its subnet */
        uint32_t bridge;    /* 1: its network is a bridge, such as of docker or libvirt */
        uint8_t bytes[16];  /* AF_INET: the first four */
} LanAddress;

/* The addresses on networks that are up and carry multicast, at most max, those of bridges last.
 * Returns their number. */
size_t lan_addresses(LanAddress *ret, size_t max);

/* Opens a descriptor, owned by the caller, that becomes readable when an address or the state of a
 * network may have changed (rtnetlink(7)). lan_addresses_seen resets it. */
int lan_addresses_watch(int *ret_fd);
void lan_addresses_seen(int fd);
