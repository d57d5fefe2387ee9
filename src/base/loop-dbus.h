/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop-dbus.h - a libdbus connection driven by an sd-event loop
 *
 * Messages are dispatched one a turn of the loop, so that a caller who fills the queue starves
 * nobody.
 */
#pragma once

#include "util.h"

#include <dbus/dbus.h>
#include <systemd/sd-event.h>

typedef struct LoopDBus LoopDBus;

/* The system bus, of whom Hello has to be asked first: dbus_bus_get would wait for the answer.
 * NULL: there is none, or no memory. */
DBusConnection *loop_dbus_open_system_bus(void);

/* Refs both. The connection must not be attached to anything else. */
int loop_dbus_new(LoopDBus **ret, DBusConnection *connection, sd_event *event);
/* Detaches; the connection stays open. Not from within a message handler. */
LoopDBus *loop_dbus_free(LoopDBus *l);
DEFINE_CLEANUP(LoopDBus *, loop_dbus_free);
