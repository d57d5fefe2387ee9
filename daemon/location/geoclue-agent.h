/* SPDX-License-Identifier: GPL-2.0-or-later */
/* geoclue-agent.h - answers GeoClue's questions to the agent of our user
 * (org.freedesktop.GeoClue2.Agent) */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>

enum { GEOCLUE_EXACT = 8 }; /* GClueAccuracyLevel */

/* id: the only client that may know the place, at any accuracy; it outlives the connection. 0 or
 * -ENOMEM. */
int geoclue_agent_register(DBusConnection *connection, const char *id);
