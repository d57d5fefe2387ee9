/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * radio-bluez.h - neighbours in reach of Bluetooth LE, through bluetoothd (BlueZ 5.66 or later)
 *
 * Between start and stop each powered controller that can, or the one that is configured, sends
 * a legacy advertisement with the service data of beacon.h and nothing else: no name, no list of
 * services. It invites no connection, and so the kernel gives it a random address that nobody
 * can resolve, a new one each time it is started: token and address come and go together.
 * docs/bluetooth.md has what was measured, and what it costs.
 *
 * Where connections are allowed, who helps invites them with a second advertisement
 * (bluez-adapter.h).
 */
#pragma once

#include "radio.h"

#include <systemd/sd-event.h>

typedef struct RadioBluezSettings { /* borrowed */
        const char *adapter;        /* "hci0" or the like, the only one to use; "": all */
        bool connections;           /* links are made; docs/bluetooth.md has what they show of us */
} RadioBluezSettings;

/* Several may run at a time, each with its token. While one is stopped it holds no connection to
 * the bus, and it ends the connections below its links. */
int radio_bluez_new(Radio **ret, sd_event *event, const RadioBluezSettings *settings);
