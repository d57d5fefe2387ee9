/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-manager.c - org.huddle.Manager1: decode, call, encode */
#include "bus-tables.h"
#include "config.h"

static void handle_not_supported(BusCall *call, void *data)
{
        bus_fail(call, OUTCOME_NOT_SUPPORTED);
}

static bool get_version(DBusMessageIter *to, void *data, uint32_t uid)
{
        const char *version = PACKAGE_VERSION;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_STRING, &version);
}

static const BusMethod methods[] = {
        {"Fetch", "ss", "o", handle_not_supported},
        {0},
};

static const BusProperty properties[] = {
        {"Version", "s", get_version, BUS_SILENT},
        {0},
};

const BusInterface bus_manager_interface = {
        .name = "org.huddle.Manager1",
        .xml = bus_xml_Manager1,
        .methods = methods,
        .properties = properties,
};
