/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez-objects.h - our objects that bluetoothd reads: what to advertise, and what to listen for
 *
 * org.bluez.LEAdvertisement1 and org.bluez.AdvertisementMonitor1, defined in BlueZ's
 * doc/advertising-api.txt and doc/advertisement-monitor-api.txt.
 */
#pragma once

#include "beacon.h"

#include <dbus/dbus.h>

/* The reply to a call by bluetoothd. NULL: no such method or object, or out of memory. beacon: the
 * content of the advertisement at this path; with a PSM it invites connections. */
DBusMessage *bluez_objects_answer(DBusMessage *call, const Beacon *beacon);

/* Each adapter has a folder below BLUEZ_ROOT, and in it a monitor, which the folder lists: when
 * bluetoothd releases it we know whose it was. All other paths below are advertisements. */
#define BLUEZ_MONITOR_NAME "/monitor"
enum { BLUEZ_OBJECT_PATH_SIZE = 64 };
#define BLUEZ_MONITOR "org.bluez.AdvertisementMonitor1"
#define BLUEZ_ADVERTISEMENT "org.bluez.LEAdvertisement1"
