/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez-links.h - the links of one radio over Bluetooth LE, and the connections below them
 *
 * Closing a channel leaves the connection below it, since bluetoothd holds that, too; bluetoothd
 * has to end it. The connection stays until the radio is stopped: an exchange has more to ask,
 * making it again takes seconds, and while the radio listens anyway it costs little beside that.
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

/* Somebody who listens, as they advertise. */
typedef struct BluezListener {
        const char *device; /* path of bluetoothd's object */
        bool public;        /* its address */
        uint8_t psm;
} BluezListener;

bool bluez_links_connected(const BluezLinks *b, const char *device);
/* by a call of ours, not yet connected */
bool bluez_links_calling(const BluezLinks *b, const char *device);
/* Calls of ours to that device are at their end. */
void bluez_links_give_up(BluezLinks *b, const char *device);
/* bluetoothd tells of a connection to the device, or of its end. */
void bluez_links_set_connected(BluezLinks *b, const char *device, bool connected);

/* The next of those who call at an adapter. -EAGAIN: nobody waits. */
int bluez_links_accept(BluezLinks *b, Link **ret, const Adapter *a, int listening);
/* -ENOTCONN: this adapter makes no links. */
int bluez_links_call(BluezLinks *b, Link **ret, Adapter *a, const BluezListener *to);

/* The connections end, and with them the links: through bluetoothd; NULL: it has gone, and they
 * with it. */
void bluez_links_end(BluezLinks *b, Bluez *bluez);
