/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bluez-report.h - what bluetoothd reports about a device: its service data, its strength, and
 * whether it is connected */
#pragma once

#include "bluez.h"

/* Hostile input: what a device sent. Only the types are checked. */
typedef struct BluezReport {
        bool has_data;
        const uint8_t *data; /* of our UUID, borrowed from the message; NULL: only of other UUIDs */
        int n;
        int rssi_dbm;        /* 0: not told */
        bool public;         /* its type of address; only in the first report */
        bool joined, parted; /* it has connected, disconnected */
} BluezReport;

/* properties: an a{sv} of org.bluez.Device1, all or only the changed ones. */
void bluez_report_read(BluezReport *ret, DBusMessageIter *properties);
