/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-lan.h - links over TCP that do not leave the local network
 *
 * Who asks sends past no gateway, so that a neighbour that shows an address elsewhere gets no
 * connection made to it. Both ends send with a hop limit of 255, and who helps takes nothing
 * that arrives with less (RFC 5082), so that nobody from elsewhere is served.
 */
#pragma once

#include "link-socket.h"

#include <netinet/in.h>

/* Listens on a port that the kernel chooses, on all addresses. *ret_fd is the caller's. */
int lan_listen(int *ret_fd, uint16_t *ret_port);
/* The next of those who have come. -EAGAIN: nobody waits. */
int lan_accept(Link **ret, sd_event *event, int listening);
/* to: AF_INET or AF_INET6, of link-local addresses with its scope. */
int lan_connect(Link **ret, sd_event *event, const struct sockaddr_storage *to);
