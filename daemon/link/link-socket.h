/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-socket.h - a link over a connected socket: TCP, or SOCK_SEQPACKET such as LE L2CAP
 *
 * A frame goes out in pieces of at most piece_max bytes and is put together again by who
 * receives, so that a packet socket carries what is larger than its packets. A link on which
 * something waits to be written for LINK_STALL_MS, or which is not connected by then, is closed.
 */
#pragma once

#include "link.h"

#include <systemd/sd-event.h>

enum {
        LINK_STALL_MS = 10 * 1000,
        LINK_UNSENT_MAX = 2 * FRAME_ANSWER_MAX, /* what is kept for a slow reader */
        /* of a packet socket: none is received that is larger */
        LINK_PIECE_MAX = 65536,
};

/* Takes fd (also when it fails), which is non-blocking and connected or about to be (EINPROGRESS).
 * helper: we are the one who was asked. piece_max: at most so much in one send, 0: a stream. */
int link_socket_new(Link **ret, sd_event *event, int fd, bool helper, size_t piece_max,
                    const uint8_t peer[static LINK_PEER]);
