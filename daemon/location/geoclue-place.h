/* SPDX-License-Identifier: GPL-2.0-or-later */
/* geoclue-place.h - reads a location of GeoClue (org.freedesktop.GeoClue2.Location) */
#pragma once

#include "src/protocol/serial.h"

#include <dbus/dbus.h>

/* reply: to GetAll. *ret_measured_ms: since 1970; 0: not told. false: not a place on earth. */
bool geoclue_place_read(Fix *ret, uint64_t *ret_measured_ms, DBusMessage *reply);
