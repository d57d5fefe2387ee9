/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-objects.h"
#include "bluez.h"

#include <stdio.h>
#include <string.h>

enum {
        AD_SERVICE_DATA_128 = 0x21, /* Bluetooth Assigned Numbers, 2.3 */
        UUID_SIZE = 16,
        /* Milliseconds. Short enough to be heard within a listening time of 1.2 s; Linux's default
         * is 1.28 s. bluetoothd before 5.7x uses these only with --experimental. */
        INTERVAL_MIN = 250,
        INTERVAL_MAX = 300,
};

/* ---- values; false: out of memory ---- */

static bool objects_close_container(bool ok, DBusMessageIter *outer, DBusMessageIter *inner)
{
        if (ok)
                return dbus_message_iter_close_container(outer, inner);
        dbus_message_iter_abandon_container(outer, inner);
        return false;
}

static bool objects_append_bytes(DBusMessageIter *to, const uint8_t *data, size_t n)
{
        DBusMessageIter bytes;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "y", &bytes))
                return false;
        return objects_close_container(
                dbus_message_iter_append_fixed_array(&bytes, DBUS_TYPE_BYTE, &data, (int)n), to,
                &bytes);
}

static bool objects_append_service_data(DBusMessageIter *to, const void *value)
{
        const char *uuid = BEACON_UUID;
        uint8_t bytes[BEACON_SIZE];
        DBusMessageIter dict, entry, variant;
        bool ok;

        beacon_write(value, bytes);
        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        if (!dbus_message_iter_open_container(&dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return objects_close_container(false, to, &dict);
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &uuid) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "ay", &variant) &&
             objects_close_container(objects_append_bytes(&variant, bytes, sizeof bytes), &entry,
                                     &variant);
        return objects_close_container(objects_close_container(ok, &dict, &entry), to, &dict);
}

static bool objects_append_string(DBusMessageIter *to, const void *value)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &value);
}

static bool objects_append_u32(DBusMessageIter *to, const void *value)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, value);
}

/* An a(yyay) with one pattern: service data that starts with our UUID, in over-the-air order, last
 * byte first. */
static bool objects_append_patterns(DBusMessageIter *to, const void *value)
{
        static const uint8_t start = 0, type = AD_SERVICE_DATA_128;
        uint8_t uuid[UUID_SIZE], reversed[UUID_SIZE];
        DBusMessageIter patterns, pattern;
        size_t n;
        bool ok;

        (void)sodium_hex2bin(uuid, sizeof uuid, BEACON_UUID, strlen(BEACON_UUID), "-", &n, NULL);
        for (size_t i = 0; i < sizeof uuid; i++)
                reversed[i] = uuid[sizeof uuid - 1 - i];
        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "(yyay)", &patterns))
                return false;
        if (!dbus_message_iter_open_container(&patterns, DBUS_TYPE_STRUCT, NULL, &pattern))
                return objects_close_container(false, to, &patterns);
        ok = dbus_message_iter_append_basic(&pattern, DBUS_TYPE_BYTE, &start) &&
             dbus_message_iter_append_basic(&pattern, DBUS_TYPE_BYTE, &type) &&
             objects_append_bytes(&pattern, reversed, sizeof reversed);
        return objects_close_container(objects_close_container(ok, &patterns, &pattern), to,
                                       &patterns);
}

/* ---- properties ---- */

typedef struct Property {
        const char *name;
        const char *type;
        bool (*append)(DBusMessageIter *to, const void *value);
        const void *value;
} Property;

static bool objects_append_property(DBusMessageIter *dict, const Property *p)
{
        DBusMessageIter entry, variant;
        bool ok;

        if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return false;
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &p->name) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, p->type, &variant) &&
             objects_close_container(p->append(&variant, p->value), &entry, &variant);
        return objects_close_container(ok, dict, &entry);
}

static bool objects_append_properties(DBusMessageIter *to, const Property *properties, size_t n)
{
        DBusMessageIter dict;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        for (size_t i = 0; ok && i < n; i++)
                ok = objects_append_property(&dict, &properties[i]);
        return objects_close_container(ok, to, &dict);
}

static bool objects_append_advertisement(DBusMessageIter *to, const Beacon *beacon)
{
        static const uint32_t min = INTERVAL_MIN, max = INTERVAL_MAX;
        const Property properties[] = {
                {"Type", "s", objects_append_string, beacon->psm ? "peripheral" : "broadcast"},
                {"ServiceData", "a{sv}", objects_append_service_data, beacon},
                {"MinInterval", "u", objects_append_u32, &min},
                {"MaxInterval", "u", objects_append_u32, &max},
        };

        return objects_append_properties(to, properties, ARRAY_LEN(properties));
}

static bool objects_append_monitor(DBusMessageIter *to)
{
        static const Property properties[] = {
                {"Type", "s", objects_append_string, "or_patterns"},
                {"Patterns", "a(yyay)", objects_append_patterns, NULL},
        };

        return objects_append_properties(to, properties, ARRAY_LEN(properties));
}

/* The a{oa{sa{sv}}} of GetManagedObjects: only the monitor of this folder. */
static bool bluez_append_objects(DBusMessageIter *to, const char *folder)
{
        char monitor[BLUEZ_OBJECT_PATH_SIZE];
        const char *path = monitor, *interface = BLUEZ_MONITOR;
        DBusMessageIter objects, object, interfaces, entry;
        bool ok;

        if (snprintf(monitor, sizeof monitor, "%s" BLUEZ_MONITOR_NAME, folder) >=
                    (int)sizeof monitor ||
            !dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{oa{sa{sv}}}", &objects))
                return false;
        if (!dbus_message_iter_open_container(&objects, DBUS_TYPE_DICT_ENTRY, NULL, &object))
                return objects_close_container(false, to, &objects);
        ok = dbus_message_iter_append_basic(&object, DBUS_TYPE_OBJECT_PATH, &path) &&
             dbus_message_iter_open_container(&object, DBUS_TYPE_ARRAY, "{sa{sv}}", &interfaces);
        if (ok &&
            dbus_message_iter_open_container(&interfaces, DBUS_TYPE_DICT_ENTRY, NULL, &entry)) {
                ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &interface) &&
                     objects_append_monitor(&entry);
                ok = objects_close_container(objects_close_container(ok, &interfaces, &entry),
                                             &object, &interfaces);
        } else if (ok)
                ok = objects_close_container(false, &object, &interfaces);
        return objects_close_container(objects_close_container(ok, &objects, &object), to,
                                       &objects);
}

/* ---- methods ---- */

/* Properties.GetAll of one interface. */
static bool bluez_is_get_all(DBusMessage *call, const char *interface)
{
        const char *asked;

        return dbus_message_is_method_call(call, DBUS_INTERFACE_PROPERTIES, "GetAll") &&
               dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &asked, DBUS_TYPE_INVALID) &&
               strcmp(asked, interface) == 0;
}

/* bluetoothd reports what it does with our objects. We need none of it: what the monitor hears also
 * appears as devices. */
static bool bluez_is_notice(DBusMessage *call)
{
        const char *interface = dbus_message_get_interface(call);

        return interface && (strcmp(interface, BLUEZ_MONITOR) == 0 ||
                             strcmp(interface, BLUEZ_ADVERTISEMENT) == 0);
}

DBusMessage *bluez_objects_answer(DBusMessage *call, const Beacon *beacon)
{
        const char *path = dbus_message_get_path(call), *name = strrchr(path, '/');
        bool monitor = strcmp(name, BLUEZ_MONITOR_NAME) == 0;
        DBusMessage *reply;
        DBusMessageIter to;
        bool ok = true;

        reply = dbus_message_new_method_return(call);
        if (!reply)
                return NULL;
        dbus_message_iter_init_append(reply, &to);
        if (dbus_message_is_method_call(call, DBUS_INTERFACE_DBUS ".ObjectManager",
                                        "GetManagedObjects"))
                ok = bluez_append_objects(&to, path);
        else if (monitor && bluez_is_get_all(call, BLUEZ_MONITOR))
                ok = objects_append_monitor(&to);
        else if (!monitor && bluez_is_get_all(call, BLUEZ_ADVERTISEMENT))
                ok = objects_append_advertisement(&to, beacon);
        else
                ok = bluez_is_notice(call);
        if (ok)
                return reply;
        dbus_message_unref(reply);
        return NULL;
}
