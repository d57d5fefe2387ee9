/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez.h - bluetoothd on the system bus: its objects appear, change and go, and it calls ours
 *
 * Nothing blocks, with or without a bus or bluetoothd. We never start bluetoothd: where it does not
 * run, Bluetooth is not meant to be used. All messages come from bluetoothd alone, but their
 * contents are what strangers advertise.
 */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>
#include <systemd/sd-event.h>

#define BLUEZ_NAME "org.bluez"
/* our objects, which bluetoothd may call, are at this path and below */
#define BLUEZ_ROOT "/org/huddle/ble"

typedef struct Bluez Bluez;

/* The Bluez is not freed from within these. */
typedef struct BluezEvents {
        /* An interface of an object has appeared, with all its properties, or some have changed,
         * with those. properties: at the elements of the a{sv}. */
        void (*shown)(void *userdata, const char *path, const char *interface,
                      DBusMessageIter *properties);
        void (*gone)(void *userdata, const char *path, const char *interface);
        /* bluetoothd has told its objects for the first time, or has gone with all of them. */
        void (*here)(void *userdata, bool here);
        /* bluetoothd calls us. Returns the reply, which bluez.c takes; NULL: no such method, or out
         * of memory. */
        DBusMessage *(*called)(void *userdata, DBusMessage *call);
} BluezEvents;

/* Connects to the system bus from the loop, and retries while there is none. */
int bluez_new(Bluez **ret, sd_event *event, const BluezEvents *events, void *userdata);
/* Disconnects. bluetoothd then ends all that it did for us. */
Bluez *bluez_free(Bluez *b);
DEFINE_CLEANUP(Bluez *, bluez_free);

/* Calls a method of bluetoothd. Takes call; NULL gives -ENOMEM. done steals the reply from *ret and
 * clears that with bluez_call_cancel. Without done we request no reply. */
int bluez_call(Bluez *b, DBusMessage *call, DBusPendingCall **ret,
               DBusPendingCallNotifyFunction done, void *userdata);
DBusPendingCall *bluez_call_cancel(DBusPendingCall *pending); /* also unrefs it; returns NULL */

/* Reads the next entry of an a{sv}: its name, and *value at the content of the variant. false:
 * there is no further entry. */
bool bluez_next_property(DBusMessageIter *properties, const char **ret_name,
                         DBusMessageIter *value);
