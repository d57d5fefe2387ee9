/* SPDX-License-Identifier: GPL-2.0-or-later */
/* geoclue-agent.h - what GeoClue asks the agent of a user (org.freedesktop.GeoClue2.Agent),
 * answered for ourselves */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>

enum { GEOCLUE_EXACT = 8 }; /* GClueAccuracyLevel */

/* id: the one client that may know the place, at any accuracy; outlives the connection. -ENOMEM */
int geoclue_agent_register(DBusConnection *connection, const char *id);
