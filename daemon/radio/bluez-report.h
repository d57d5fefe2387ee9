/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bluez-report.h - what bluetoothd tells of a device: what it advertises, how strong, and whether
 * it is connected */
#pragma once

#include "bluez.h"

/* As bluetoothd passes it on, unchecked but for its types. */
typedef struct BluezReport {
        bool has_data;
        const uint8_t *data; /* ours, borrowed from the message; NULL: it has only others' */
        int n;
        int rssi_dbm;        /* 0: not told */
        bool public;         /* its address; told with the first report */
        bool joined, parted; /* a connection to it has begun, has ended */
} BluezReport;

/* properties: an a{sv} of org.bluez.Device1, all or those that have changed. */
void bluez_report_read(BluezReport *ret, DBusMessageIter *properties);
