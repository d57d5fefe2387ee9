/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * loop-dbus.h - a libdbus connection driven by an sd-event loop
 *
 * Each turn of the loop dispatches one message, so a caller that fills the queue starves nobody.
 */
#pragma once

#include "util.h"

#include <dbus/dbus.h>
#include <systemd/sd-event.h>

typedef struct LoopDBus LoopDBus;

/* Opens the system bus without blocking on Hello, as dbus_bus_get would; the caller sends Hello
 * first. NULL: there is no bus, or no memory. */
DBusConnection *loop_dbus_open_system_bus(void);

/* Refs both. The connection must not be attached to anything else. */
int loop_dbus_new(LoopDBus **ret, DBusConnection *connection, sd_event *event);
/* Detaches; the connection stays open. Not from within a message handler. */
LoopDBus *loop_dbus_free(LoopDBus *l);
DEFINE_CLEANUP(LoopDBus *, loop_dbus_free);
