/* SPDX-License-Identifier: GPL-2.0-or-later */
/* agent.h - follows huddled: when cards have come, they go into the folder */
#pragma once

#include "folder.h"

#include <dbus/dbus.h>
#include <systemd/sd-event.h>

typedef struct Agent Agent;

/* Borrows folder, bus (where org.huddle is, attached to the loop by the caller) and event. The loop exits
 * with -ENOTCONN when the bus goes away. */
int agent_new(Agent **ret, sd_event *event, DBusConnection *bus, Folder *folder);
Agent *agent_free(Agent *a);
DEFINE_CLEANUP(Agent *, agent_free);
