/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp.h - connections that get through bad networks
 *
 * Some swallow large packets without telling so (VPN, PPPoE): smaller segments pass. The usual size
 * fits into 1280 bytes, which every network with IPv6 carries; the small one is what each host of
 * IPv4 takes (RFC 9293, 3.7.1), but twice the packets get lost twice as often. Where much is lost,
 * Linux doubles the time between its tries up to minutes; for what we send it then keeps it
 * (tcp(7), TCP_THIN_LINEAR_TIMEOUTS).
 */
#pragma once

enum {
        TCP_SEGMENT_SMALL = 536,
        TCP_SEGMENT_USUAL = 1220,
};

/* Before connect or listen: what is accepted is the same. Whatever the kernel refuses only makes it
 * slower. */
void tcp_prepare(int fd, int segment);
