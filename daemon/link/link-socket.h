/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-socket.h - a link over a connected socket: TCP, or SOCK_SEQPACKET such as LE L2CAP
 *
 * A frame is sent in pieces of at most piece_max bytes and reassembled by the receiver, so a packet
 * socket can carry frames larger than its packets. A link closes if it is not connected, or cannot
 * write its pending bytes, within LINK_STALL_MS.
 */
#pragma once

#include "link.h"

#include <systemd/sd-event.h>

enum {
        LINK_STALL_MS = 10 * 1000,
        LINK_UNSENT_MAX = 2 * FRAME_ANSWER_MAX, /* kept for a slow reader */
        /* a packet socket receives no larger packet */
        LINK_PIECE_MAX = 65536,
};

/* Takes fd, also on failure. fd is non-blocking, and connected or connecting (EINPROGRESS). helper:
 * we give the help on this link. piece_max: the largest single send; 0: a stream, no limit. */
int link_socket_new(Link **ret, sd_event *event, int fd, bool helper, size_t piece_max,
                    const uint8_t peer[static LINK_PEER]);
