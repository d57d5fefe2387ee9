/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-l2cap.h - links over LE credit based channels (Bluetooth Core 5.3, vol 3, part A, 4.22)
 *
 * There is no pairing: everyone in reach may open a channel, and all contents are sealed. The links
 * are dear: an open one keeps the radio busy.
 */
#pragma once

#include "link-socket.h"

#include <bluetooth/bluetooth.h>

/* One end: one of our controllers, or a neighbour at the address it advertised from. */
typedef struct L2capEnd {
        bdaddr_t address;
        uint8_t type; /* BDADDR_LE_PUBLIC, BDADDR_LE_RANDOM */
} L2capEnd;

/* ended is called once, when the link is freed. */
typedef struct L2capWatch {
        void (*ended)(void *userdata, Link *l);
        void *userdata;
} L2capWatch;

/* "00:11:22:33:44:55" as bluetoothd writes it; type: its AddressType. */
int l2cap_end_read(L2capEnd *ret, const char *address, const char *type);

/* Listens at this controller, on a PSM that the kernel chooses. The caller owns *ret_fd. */
int l2cap_listen(int *ret_fd, uint8_t *ret_psm, const L2capEnd *own);
/* Accepts the next connection and tells its origin. -EAGAIN: none is waiting. */
int l2cap_accept(Link **ret, L2capEnd *ret_peer, sd_event *event, int listening,
                 const L2capWatch *watch);
int l2cap_connect(Link **ret, sd_event *event, const L2capEnd *own, const L2capEnd *peer,
                  uint8_t psm, const L2capWatch *watch);
/* Closes the link, with the closed event, as if the neighbour had done it. */
void l2cap_give_up(Link *l);
/* Never calls ended again. */
void l2cap_unwatch(Link *l);
