/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bus-values.h"

bool values_close(bool ok, DBusMessageIter *outer, DBusMessageIter *inner)
{
        if (ok)
                return dbus_message_iter_close_container(outer, inner);
        dbus_message_iter_abandon_container(outer, inner);
        return false;
}

static bool value_put(DBusMessageIter *dict, const char *key, int type, const void *value)
{
        const char signature[] = {(char)type, '\0'};
        DBusMessageIter entry, variant;
        bool ok;

        if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return false;
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, signature, &variant) &&
             values_close(dbus_message_iter_append_basic(&variant, type, value), &entry, &variant);
        return values_close(ok, dict, &entry);
}

bool value_text(DBusMessageIter *dict, const char *key, const char *text)
{
        return value_put(dict, key, DBUS_TYPE_STRING, &text);
}

static bool value_append_bytes(DBusMessageIter *at, const void *bytes, size_t len)
{
        DBusMessageIter array;

        return dbus_message_iter_open_container(at, DBUS_TYPE_ARRAY, DBUS_TYPE_BYTE_AS_STRING,
                                                &array) &&
               values_close(dbus_message_iter_append_fixed_array(&array, DBUS_TYPE_BYTE, &bytes,
                                                                 (int)len),
                            at, &array);
}

bool value_bytes(DBusMessageIter *dict, const char *key, const void *bytes, size_t len)
{
        DBusMessageIter entry, variant;
        bool ok;

        if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return false;
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &key) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "ay", &variant) &&
             values_close(value_append_bytes(&variant, bytes, len), &entry, &variant);
        return values_close(ok, dict, &entry);
}

bool value_path(DBusMessageIter *dict, const char *key, const char *path)
{
        return value_put(dict, key, DBUS_TYPE_OBJECT_PATH, &path);
}

bool value_bool(DBusMessageIter *dict, const char *key, bool value)
{
        dbus_bool_t b = value;

        return value_put(dict, key, DBUS_TYPE_BOOLEAN, &b);
}

bool value_u32(DBusMessageIter *dict, const char *key, uint32_t value)
{
        return value_put(dict, key, DBUS_TYPE_UINT32, &value);
}

bool value_u64(DBusMessageIter *dict, const char *key, uint64_t value)
{
        return value_put(dict, key, DBUS_TYPE_UINT64, &value);
}
