/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lan-addresses.h - under which addresses neighbours on local networks reach this machine, and when
 * they change */
#pragma once

#include "src/base/util.h"

#include <sys/socket.h>

typedef struct LanAddress {
        uint32_t interface; /* its index */
        uint32_t family;    /* AF_INET, AF_INET6 */
        uint8_t bytes[16];  /* of AF_INET the first four */
} LanAddress;

/* Those of networks that are up and carry multicast, up to max. Returns their number. */
size_t lan_addresses(LanAddress *ret, size_t max);

/* A descriptor that becomes readable when an address or the state of a network may have changed
 * (rtnetlink(7)); the caller's. lan_addresses_seen makes it wait for the next change. */
int lan_addresses_watch(int *ret_fd);
void lan_addresses_seen(int fd);
