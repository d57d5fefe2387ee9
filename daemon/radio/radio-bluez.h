/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-bluez.h - neighbours in reach of Bluetooth LE, through bluetoothd (BlueZ 5.66 or later)
 *
 * Between start and stop each usable, powered controller (or only the configured one) sends a
 * legacy advertisement with the service data of beacon.h and nothing else: no name, no list of
 * services. It accepts no connections, so the kernel gives it a random address that nobody can
 * resolve, a new one at each start. Token and address thus change together. docs/bluetooth.md has
 * measurements and costs.
 *
 * If connections are allowed and we help, a second advertisement invites them (bluez-adapter.h).
 */
#pragma once

#include "radio.h"

#include <systemd/sd-event.h>

typedef struct RadioBluezSettings { /* borrowed */
        const char *adapter;        /* the only one to use, such as "hci0"; "": all */
        bool connections;           /* make links; docs/bluetooth.md tells what they reveal of us */
        /* Of a radio that only finds helpers, or only is found as one. */
        bool silent; /* advertise no token */
        bool deaf;   /* do not listen */
} RadioBluezSettings;

/* Several may run at a time, each with its token. A stopped radio holds no connection to the
 * bus; to stop it ends the connections below its links. */
int radio_bluez_new(Radio **ret, sd_event *event, const RadioBluezSettings *settings);
