/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez-links.h - the links of one radio over Bluetooth LE, and the connections below them
 *
 * After a channel closes, the connection below it stays, since bluetoothd holds it as well; only
 * bluetoothd can end it. We keep connections until the radio stops. An exchange will ask again, a
 * new connection takes seconds, and an open one costs little compared to listening.
 */
#pragma once

#include "bluez-adapter.h"

#define BLUEZ_DEVICE "org.bluez.Device1"

enum { BLUEZ_DEVICE_PATH_SIZE = 64 }; /* "/org/bluez/hci0/dev_00_11_22_33_44_55" */

typedef struct BluezConnection BluezConnection;

typedef struct BluezLinks {
        sd_event *event; /* borrowed */
        BluezConnection *connections;
} BluezLinks;

/* A neighbour that accepts links, as it advertises. */
typedef struct BluezListener {
        const char *device; /* path of its object in bluetoothd */
        bool public;        /* its type of address; else random */
        uint8_t psm;
} BluezListener;

bool bluez_links_connected(const BluezLinks *b, const char *device);
/* whether we are connecting to it */
bool bluez_links_calling(const BluezLinks *b, const char *device);
/* Gives up connecting to that device. */
void bluez_links_give_up(BluezLinks *b, const char *device);
/* Call this when bluetoothd reports that the device has connected or disconnected. */
void bluez_links_set_connected(BluezLinks *b, const char *device, bool connected);

/* Accepts the next link at an adapter. -EAGAIN: none is waiting. */
int bluez_links_accept(BluezLinks *b, Link **ret, const Adapter *a, int listening);
/* Makes a link. -ENOTCONN: this adapter makes none. */
int bluez_links_call(BluezLinks *b, Link **ret, Adapter *a, const BluezListener *to);

/* Ends the connections through bluetoothd, and with them the links. NULL: bluetoothd has gone, and
 * the connections with it. */
void bluez_links_end(BluezLinks *b, Bluez *bluez);
