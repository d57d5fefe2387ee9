/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-peer.c - org.huddle.Peer1 */
#include "bus-tables.h"

#include <string.h>

const Peer *peer_object_get(const PeerObject *o)
{
        const Neighbourhood *n = exchange_neighbourhood(o->exchange);

        for (size_t i = 0; i < neighbourhood_count(n); i++)
                if (memcmp(&neighbourhood_get(n, i)->token, &o->token, sizeof o->token) == 0)
                        return neighbourhood_get(n, i);
        return NULL;
}

/* A peer that has made room for another one is about to disappear from the bus too. */
static Peer peer_of(const void *data)
{
        const Peer *p = peer_object_get(data);

        return p ? *p : (Peer){0};
}

static bool get_transports(DBusMessageIter *to, void *data, uint32_t uid)
{
        unsigned bits = peer_of(data).transports;
        const char *names[2];
        size_t n = 0;

        if (bits & 1U << SIGHTING_MDNS)
                names[n++] = "mdns";
        if (bits & 1U << SIGHTING_BLE)
                names[n++] = "ble";
        return bus_append_strings(to, names, n);
}

static bool get_rssi(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_int16_t rssi = (dbus_int16_t)peer_of(data).rssi_dbm;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_INT16, &rssi);
}

static bool get_first_seen(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_uint64_t at = peer_of(data).first_seen_ms;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &at);
}

static bool get_last_seen(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_uint64_t at = peer_of(data).last_seen_ms;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &at);
}

static bool get_mutual(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_bool_t mutual = peer_of(data).mutual;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &mutual);
}

static const BusMethod methods[] = {{0}};

static const BusProperty properties[] = {
        {"Transports", "as", get_transports, BUS_ANNOUNCED},
        {"Rssi", "n", get_rssi, BUS_SILENT},
        {"FirstSeen", "t", get_first_seen, BUS_SILENT},
        {"LastSeen", "t", get_last_seen, BUS_SILENT},
        {"Mutual", "b", get_mutual, BUS_ANNOUNCED},
        {0},
};

const BusInterface bus_peer_interface = {
        .name = "org.huddle.Peer1",
        .xml = bus_xml_Peer1,
        .methods = methods,
        .properties = properties,
};
