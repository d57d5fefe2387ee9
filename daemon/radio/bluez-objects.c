/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-objects.h"
#include "bluez.h"

#include <stdio.h>
#include <string.h>

enum {
        AD_SERVICE_DATA_128 = 0x21, /* Bluetooth Assigned Numbers, 2.3 */
        UUID_SIZE = 16,
        /* Milliseconds. Heard in a listening time of 1.2 s, which Linux's own 1.28 s would not
         * allow. bluetoothd before 5.7x looks at these only with --experimental. */
        INTERVAL_MIN = 250,
        INTERVAL_MAX = 300,
};

/* ---- values; false: no memory ---- */

static bool close_container(bool ok, DBusMessageIter *outer, DBusMessageIter *inner)
{
        if (ok)
                return dbus_message_iter_close_container(outer, inner);
        dbus_message_iter_abandon_container(outer, inner);
        return false;
}

static bool append_bytes(DBusMessageIter *to, const uint8_t *data, size_t n)
{
        DBusMessageIter bytes;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "y", &bytes))
                return false;
        return close_container(
                dbus_message_iter_append_fixed_array(&bytes, DBUS_TYPE_BYTE, &data, (int)n), to,
                &bytes);
}

static bool append_service_data(DBusMessageIter *to, const void *value)
{
        const char *uuid = BEACON_UUID;
        uint8_t bytes[BEACON_SIZE];
        DBusMessageIter dict, entry, variant;
        bool ok;

        beacon_write(value, bytes);
        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        if (!dbus_message_iter_open_container(&dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return close_container(false, to, &dict);
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &uuid) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, "ay", &variant) &&
             close_container(append_bytes(&variant, bytes, sizeof bytes), &entry, &variant);
        return close_container(close_container(ok, &dict, &entry), to, &dict);
}

static bool append_string(DBusMessageIter *to, const void *value)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &value);
}

static bool append_u32(DBusMessageIter *to, const void *value)
{
        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT32, value);
}

/* An a(yyay) with the one pattern of our UUID at the head of service data, in the order of the air:
 * last byte first. */
static bool append_patterns(DBusMessageIter *to, const void *value)
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
                return close_container(false, to, &patterns);
        ok = dbus_message_iter_append_basic(&pattern, DBUS_TYPE_BYTE, &start) &&
             dbus_message_iter_append_basic(&pattern, DBUS_TYPE_BYTE, &type) &&
             append_bytes(&pattern, reversed, sizeof reversed);
        return close_container(close_container(ok, &patterns, &pattern), to, &patterns);
}

/* ---- properties ---- */

typedef struct Property {
        const char *name;
        const char *type;
        bool (*append)(DBusMessageIter *to, const void *value);
        const void *value;
} Property;

static bool append_property(DBusMessageIter *dict, const Property *p)
{
        DBusMessageIter entry, variant;
        bool ok;

        if (!dbus_message_iter_open_container(dict, DBUS_TYPE_DICT_ENTRY, NULL, &entry))
                return false;
        ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &p->name) &&
             dbus_message_iter_open_container(&entry, DBUS_TYPE_VARIANT, p->type, &variant) &&
             close_container(p->append(&variant, p->value), &entry, &variant);
        return close_container(ok, dict, &entry);
}

static bool append_properties(DBusMessageIter *to, const Property *properties, size_t n)
{
        DBusMessageIter dict;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{sv}", &dict))
                return false;
        for (size_t i = 0; ok && i < n; i++)
                ok = append_property(&dict, &properties[i]);
        return close_container(ok, to, &dict);
}

static bool append_advertisement(DBusMessageIter *to, const Beacon *beacon)
{
        static const uint32_t min = INTERVAL_MIN, max = INTERVAL_MAX;
        const Property properties[] = {
                {"Type", "s", append_string, beacon->psm ? "peripheral" : "broadcast"},
                {"ServiceData", "a{sv}", append_service_data, beacon},
                {"MinInterval", "u", append_u32, &min},
                {"MaxInterval", "u", append_u32, &max},
        };

        return append_properties(to, properties, ARRAY_LEN(properties));
}

static bool append_monitor(DBusMessageIter *to)
{
        static const Property properties[] = {
                {"Type", "s", append_string, "or_patterns"},
                {"Patterns", "a(yyay)", append_patterns, NULL},
        };

        return append_properties(to, properties, ARRAY_LEN(properties));
}

/* The a{oa{sa{sv}}} of GetManagedObjects: the monitor. */
static bool append_objects(DBusMessageIter *to)
{
        const char *path = BLUEZ_MONITOR_PATH, *interface = BLUEZ_MONITOR;
        DBusMessageIter objects, object, interfaces, entry;
        bool ok;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "{oa{sa{sv}}}", &objects))
                return false;
        if (!dbus_message_iter_open_container(&objects, DBUS_TYPE_DICT_ENTRY, NULL, &object))
                return close_container(false, to, &objects);
        ok = dbus_message_iter_append_basic(&object, DBUS_TYPE_OBJECT_PATH, &path) &&
             dbus_message_iter_open_container(&object, DBUS_TYPE_ARRAY, "{sa{sv}}", &interfaces);
        if (ok &&
            dbus_message_iter_open_container(&interfaces, DBUS_TYPE_DICT_ENTRY, NULL, &entry)) {
                ok = dbus_message_iter_append_basic(&entry, DBUS_TYPE_STRING, &interface) &&
                     append_monitor(&entry);
                ok = close_container(close_container(ok, &interfaces, &entry), &object,
                                     &interfaces);
        } else if (ok)
                ok = close_container(false, &object, &interfaces);
        return close_container(close_container(ok, &objects, &object), to, &objects);
}

/* ---- methods ---- */

/* Properties.GetAll of one interface. */
static bool is_get_all(DBusMessage *call, const char *interface)
{
        const char *asked;

        return dbus_message_is_method_call(call, DBUS_INTERFACE_PROPERTIES, "GetAll") &&
               dbus_message_get_args(call, NULL, DBUS_TYPE_STRING, &asked, DBUS_TYPE_INVALID) &&
               strcmp(asked, interface) == 0;
}

/* bluetoothd tells what it does with our objects; what it hears comes as devices. */
static bool is_notice(DBusMessage *call)
{
        const char *interface = dbus_message_get_interface(call);

        return interface && (strcmp(interface, BLUEZ_MONITOR) == 0 ||
                             strcmp(interface, BLUEZ_ADVERTISEMENT) == 0);
}

DBusMessage *bluez_objects_answer(DBusMessage *call, const Beacon *beacon)
{
        const char *path = dbus_message_get_path(call);
        bool root = strcmp(path, BLUEZ_ROOT) == 0, monitor = strcmp(path, BLUEZ_MONITOR_PATH) == 0;
        DBusMessage *reply;
        DBusMessageIter to;
        bool ok = true;

        reply = dbus_message_new_method_return(call);
        if (!reply)
                return NULL;
        dbus_message_iter_init_append(reply, &to);
        if (root && dbus_message_is_method_call(call, DBUS_INTERFACE_DBUS ".ObjectManager",
                                                "GetManagedObjects"))
                ok = append_objects(&to);
        else if (monitor && is_get_all(call, BLUEZ_MONITOR))
                ok = append_monitor(&to);
        else if (!root && !monitor && is_get_all(call, BLUEZ_ADVERTISEMENT))
                ok = append_advertisement(&to, beacon);
        else
                ok = is_notice(call);
        if (ok)
                return reply;
        dbus_message_unref(reply);
        return NULL;
}
