/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "bluez-report.h"
#include "beacon.h"

#include <string.h>
#include <strings.h>

enum {
        RSSI_MIN = -127, /* dBm: Bluetooth Core 5.3, vol 4, part E, 7.7.65.2 */
        RSSI_MAX = 20,
};

/* *at stands at ServiceData, an a{sv} of UUIDs and bytes. */
static void report_read_service_data(BluezReport *ret, DBusMessageIter *at)
{
        DBusMessageIter entries, value, bytes;
        const char *uuid;

        if (dbus_message_iter_get_arg_type(at) != DBUS_TYPE_ARRAY ||
            dbus_message_iter_get_element_type(at) != DBUS_TYPE_DICT_ENTRY)
                return;
        ret->has_data = true;
        dbus_message_iter_recurse(at, &entries);
        while (bluez_next_property(&entries, &uuid, &value)) {
                if (strcasecmp(uuid, BEACON_UUID) != 0 ||
                    dbus_message_iter_get_arg_type(&value) != DBUS_TYPE_ARRAY ||
                    dbus_message_iter_get_element_type(&value) != DBUS_TYPE_BYTE)
                        continue;
                dbus_message_iter_recurse(&value, &bytes);
                dbus_message_iter_get_fixed_array(&bytes, &ret->data, &ret->n);
        }
}

void bluez_report_read(BluezReport *ret, DBusMessageIter *properties)
{
        DBusMessageIter value;
        dbus_int16_t rssi;
        dbus_bool_t connected;
        const char *name, *type;

        *ret = (BluezReport){0};
        while (bluez_next_property(properties, &name, &value))
                if (strcmp(name, "ServiceData") == 0)
                        report_read_service_data(ret, &value);
                else if (strcmp(name, "RSSI") == 0 &&
                         dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_INT16) {
                        dbus_message_iter_get_basic(&value, &rssi);
                        ret->rssi_dbm = rssi >= RSSI_MIN && rssi <= RSSI_MAX ? rssi : 0;
                } else if (strcmp(name, "AddressType") == 0 &&
                           dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_STRING) {
                        dbus_message_iter_get_basic(&value, &type);
                        ret->public = strcmp(type, "public") == 0;
                } else if (strcmp(name, "Connected") == 0 &&
                           dbus_message_iter_get_arg_type(&value) == DBUS_TYPE_BOOLEAN) {
                        dbus_message_iter_get_basic(&value, &connected);
                        ret->joined = connected;
                        ret->parted = !connected;
                }
}
