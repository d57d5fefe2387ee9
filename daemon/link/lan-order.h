/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * lan-order.h - in which order the addresses of a neighbour are tried (RFC 8305, section 4)
 *
 * Near ones first, and the two families in turn. Those of bridges and of networks on which the
 * neighbour was not heard come last: docker and libvirt give the same address to many machines.
 */
#pragma once

#include "lan-addresses.h"

#include <netinet/in.h>

typedef enum LanNearness {
        LAN_HERE,       /* in a subnet of the network on which it was heard */
        LAN_LINK_LOCAL, /* on that network, without a subnet */
        LAN_FOREIGN,    /* in no subnet of ours: another subnet on the same cable */
        LAN_BRIDGE,     /* heard on a bridge of this machine */
        LAN_ELSEWHERE,  /* in a subnet of another of our networks */
        LAN_OURS,       /* an address of this machine: another user of it, or a bridge there */
} LanNearness;

typedef struct LanTarget {
        struct sockaddr_storage to; /* AF_INET or AF_INET6; a link-local address has its scope */
        uint32_t interface;         /* on which it was heard */
        LanNearness nearness;
} LanTarget;

/* ours: what lan_addresses tells. */
LanNearness lan_nearness(const struct sockaddr_storage *to, uint32_t interface,
                         const LanAddress *ours, size_t n);

/* The one to try next. family: of the one tried before; AF_UNSPEC: it is the first. NULL: n is
 * 0. */
const LanTarget *lan_order_next(const LanTarget *const *left, size_t n, sa_family_t family);
