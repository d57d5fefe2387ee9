/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-lan.h - links over TCP that do not leave the local network
 *
 * The asking side bypasses gateways, so a neighbour that advertises a distant address cannot make
 * us connect to it. Both sides send with a hop limit of 255. The helper accepts only packets that
 * arrive with 255 (RFC 5082), so it serves no distant host.
 */
#pragma once

#include "link-socket.h"

#include <netinet/in.h>

/* Listens on all addresses, on a port that the kernel chooses. The caller owns *ret_fd. */
int lan_listen(int *ret_fd, uint16_t *ret_port);
/* Accepts the next connection. -EAGAIN: none is waiting. */
int lan_accept(Link **ret, sd_event *event, int listening);
/* Begins to connect; the caller owns *ret_fd and awaits the outcome. to: AF_INET or AF_INET6; a
 * link-local address has its scope. interface: the network to use; 0: any. */
int lan_connect(int *ret_fd, const struct sockaddr_storage *to, uint32_t interface);
/* Takes a connected descriptor, also on failure. */
int lan_link(Link **ret, sd_event *event, int fd, const struct sockaddr_storage *to);
