/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-values.h - appends entries to an a{sv}; each returns false when out of memory */
#pragma once

#include "src/base/util.h"

#include <dbus/dbus.h>

/* Closes a container, or abandons it if not ok. Returns whether it was closed. */
bool values_close(bool ok, DBusMessageIter *outer, DBusMessageIter *inner);
bool value_text(DBusMessageIter *dict, const char *key, const char *text);
bool value_path(DBusMessageIter *dict, const char *key, const char *path);
bool value_bool(DBusMessageIter *dict, const char *key, bool value);
bool value_bytes(DBusMessageIter *dict, const char *key, const void *bytes, size_t len);
bool value_u32(DBusMessageIter *dict, const char *key, uint32_t value);
bool value_u64(DBusMessageIter *dict, const char *key, uint64_t value);
