/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez-objects.h - the objects of ours that bluetoothd reads: what to advertise, what to listen
 * for
 *
 * org.bluez.LEAdvertisement1 and org.bluez.AdvertisementMonitor1, as BlueZ's
 * doc/advertising-api.txt and doc/advertisement-monitor-api.txt define them.
 */
#pragma once

#include "beacon.h"

#include <dbus/dbus.h>

/* The reply to a call of bluetoothd's; NULL: there is no such method or object, or no memory.
 * beacon: what the advertisement at this path shows; with a PSM it invites connections. */
DBusMessage *bluez_objects_answer(DBusMessage *call, const Beacon *beacon);

/* Where the monitor is, below BLUEZ_ROOT, which lists it. Any other path below is an
 * advertisement. */
#define BLUEZ_MONITOR_PATH "/org/huddle/ble/monitor"
#define BLUEZ_MONITOR "org.bluez.AdvertisementMonitor1"
#define BLUEZ_ADVERTISEMENT "org.bluez.LEAdvertisement1"
