/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * tcp.h - connections that get through bad networks
 *
 * Some swallow large packets without telling so (VPN, PPPoE): smaller segments pass. The usual size
 * fits into 1280 bytes, which every network with IPv6 carries; the small one is what each host of
 * IPv4 takes (RFC 9293, 3.7.1), but twice the packets get lost twice as often. Where much is lost,
 * Linux doubles the time between its tries up to minutes; for what we send it then keeps it
 * (tcp(7), TCP_THIN_LINEAR_TIMEOUTS). But where the queue of a slow line is full, what seems lost
 * only waits, and each copy of it makes all wait longer: there the time between tries doubles.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

enum {
        TCP_SEGMENT_SMALL = 536,
        TCP_SEGMENT_USUAL = 1220,
        TCP_AT_ONCE_FEW = 2 * TCP_SEGMENT_USUAL,
        TCP_AT_ONCE_ALL = 65535,
};

/* Before connect or listen: what is accepted is the same. Whatever the kernel refuses only makes it
 * slower. */
void tcp_prepare(int fd, int segment);

/* What TCP knows of a connection, in milliseconds. */
typedef struct TcpState {
        uint32_t round_trip_ms, variation_ms; /* RFC 6298 */
        uint32_t least_ms;                    /* the shortest round trip of all */
        uint32_t quiet_ms;                    /* since the other side has said anything */
} TcpState;

/* False: it is not connected. */
bool tcp_measure(int fd, TcpState *ret);
/* How long the other side may take to confirm something, as RFC 6298 has it. */
uint32_t tcp_takes_ms(const TcpState *s);
/* Even the smallest packets took long once. Of a way where they did not, long times tell of packets
 * that got lost. */
bool tcp_is_far(const TcpState *s);
/* And what is sent waits in a queue on the way, for half a second. A way is not slow that is only
 * long. */
bool tcp_is_slow(const TcpState *s);
/* The way of this connection is slow. Between tries the time doubles, and where there is a limit to
 * what the other side may leave unconfirmed, it is half a minute. */
void tcp_be_patient(int fd);
/* Of what the other side sends, no more than that is on its way at once. Before connect, then only
 * more: what was allowed stays so. */
void tcp_take_at_once(int fd, int bytes);
