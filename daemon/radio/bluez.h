/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * bluez.h - bluetoothd as the system bus shows it: its objects come, change and go, and it calls
 * ours
 *
 * Nothing blocks, neither without a bus nor without bluetoothd, which is never started by this:
 * a machine on which it does not run has no Bluetooth that is meant to be used. What arrives was
 * sent by bluetoothd and nobody else, but tells what strangers advertise.
 */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>
#include <systemd/sd-event.h>

#define BLUEZ_NAME "org.bluez"
/* objects of ours that bluetoothd may call are here and below */
#define BLUEZ_ROOT "/org/huddle/ble"

typedef struct Bluez Bluez;

/* Within these nothing of Bluez is freed. */
typedef struct BluezEvents {
        /* An interface of an object has appeared, or properties of it have changed; those are
         * given, an iterator at their a{sv}. */
        void (*shown)(void *userdata, const char *path, const char *interface,
                      DBusMessageIter *properties);
        void (*gone)(void *userdata, const char *path, const char *interface);
        /* bluetoothd has answered for the first time, or has gone with all its objects. */
        void (*here)(void *userdata, bool here);
        /* The reply to bluetoothd's call, which is taken; NULL: there is no such method, or no
         * memory. */
        DBusMessage *(*called)(void *userdata, DBusMessage *call);
} BluezEvents;

/* Connects to the system bus at once, and again for as long as there is none. */
int bluez_new(Bluez **ret, sd_event *event, const BluezEvents *events, void *userdata);
/* Hangs up: bluetoothd takes back whatever it did for us. */
Bluez *bluez_free(Bluez *b);
DEFINE_CLEANUP(Bluez *, bluez_free);

/* Calls a method of bluetoothd. Takes call; NULL is -ENOMEM. done steals the reply from *ret and
 * clears it with bluez_call_cancel. Without done nobody looks at the reply. */
int bluez_call(Bluez *b, DBusMessage *call, DBusPendingCall **ret,
               DBusPendingCallNotifyFunction done, void *userdata);
DBusPendingCall *bluez_call_cancel(DBusPendingCall *pending); /* and unref; returns NULL */

/* The next entry of an a{sv}: its name, and *value at what is in the variant. false: there is
 * none. */
bool bluez_next_property(DBusMessageIter *properties, const char **ret_name,
                         DBusMessageIter *value);
