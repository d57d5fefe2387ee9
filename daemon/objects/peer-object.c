/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "peer-object.h"
#include "interfaces.h"

#include <string.h>

struct PeerObject {
        PeerObject *next;
        Token token;
        Exchange *exchange; /* its neighbourhood has the values */
        BusObject *object;
};

/* NULL: the neighbourhood has forgotten it. */
static const Peer *peer_object_get(const PeerObject *o)
{
        const Neighbourhood *n = exchange_neighbourhood(o->exchange);

        for (size_t i = 0; i < neighbourhood_count(n); i++)
                if (memcmp(&neighbourhood_get(n, i)->token, &o->token, sizeof o->token) == 0)
                        return neighbourhood_get(n, i);
        return NULL;
}

/* ---- properties ---- */

/* All 0 if the neighbourhood has forgotten the peer, which leaves the bus soon too. */
static Peer peer_of(const void *data)
{
        const Peer *p = peer_object_get(data);

        return p ? *p : (Peer){0};
}

static bool peer_get_transports(DBusMessageIter *to, void *data, uint32_t uid)
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

static bool peer_get_rssi(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_int16_t rssi = (dbus_int16_t)peer_of(data).rssi_dbm;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_INT16, &rssi);
}

static bool peer_get_first_seen(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_uint64_t at = peer_of(data).first_seen_ms;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &at);
}

static bool peer_get_last_seen(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_uint64_t at = peer_of(data).last_seen_ms;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_UINT64, &at);
}

static bool peer_get_mutual(DBusMessageIter *to, void *data, uint32_t uid)
{
        dbus_bool_t mutual = peer_of(data).mutual;

        return dbus_message_iter_append_basic(to, DBUS_TYPE_BOOLEAN, &mutual);
}

static const BusMethod peer_methods[] = {{0}};

static const BusProperty peer_properties[] = {
        {"Transports", "as", peer_get_transports, BUS_ANNOUNCED},
        {"Rssi", "n", peer_get_rssi, BUS_SILENT},
        {"FirstSeen", "t", peer_get_first_seen, BUS_SILENT},
        {"LastSeen", "t", peer_get_last_seen, BUS_SILENT},
        {"Mutual", "b", peer_get_mutual, BUS_ANNOUNCED},
        {0},
};

const BusInterface peer_interface = {
        .name = "org.huddle.Peer1",
        .xml = bus_xml_Peer1,
        .methods = peer_methods,
        .properties = peer_properties,
};

/* ---- the list ---- */

static PeerObject *peer_object_free(PeerObject *o)
{
        bus_object_free(o->object);
        free(o);
        return NULL;
}

static PeerObject *peer_objects_find(PeerObject *list, const Token *token)
{
        for (PeerObject *o = list; o; o = o->next)
                if (memcmp(&o->token, token, sizeof *token) == 0)
                        return o;
        return NULL;
}

static int peer_objects_add(PeerObject **list, Bus *bus, Exchange *exchange, const Peer *peer)
{
        char path[sizeof BUS_ROOT "/peer/" + 2 * TOKEN_SIZE] = BUS_ROOT "/peer/";
        PeerObject *o = calloc(1, sizeof *o);
        size_t n = strlen(path);
        int r;

        if (!o)
                return -ENOMEM;
        *o = (PeerObject){.token = peer->token, .exchange = exchange, .next = *list};
        (void)sodium_bin2hex(path + n, sizeof path - n, peer->token.b, sizeof peer->token.b);
        r = bus_object_new(&o->object, bus, path, &peer_interface, exchange_uid(exchange), o);
        if (r < 0) {
                free(o);
                return r;
        }
        *list = o;
        return 0;
}

static void peer_objects_drop_absent(PeerObject **list)
{
        for (PeerObject **i = list; *i;) {
                PeerObject *o = *i;
                const Peer *peer = peer_object_get(o);

                if (peer && peer->present) {
                        i = &o->next;
                        continue;
                }
                *i = o->next;
                peer_object_free(o);
        }
}

void peer_objects_clear(PeerObject **list)
{
        while (*list) {
                PeerObject *o = *list;

                *list = o->next;
                peer_object_free(o);
        }
}

int peer_objects_update(PeerObject **list, Bus *bus, Exchange *exchange)
{
        const Neighbourhood *n = exchange_neighbourhood(exchange);
        int r = 0;

        if (exchange_ended(exchange)) {
                peer_objects_clear(list);
                return 0;
        }
        peer_objects_drop_absent(list);
        for (size_t i = 0; r == 0 && i < neighbourhood_count(n); i++) {
                const Peer *peer = neighbourhood_get(n, i);
                PeerObject *o = peer_objects_find(*list, &peer->token);

                if (o)
                        bus_object_changed(o->object);
                else if (peer->present)
                        r = peer_objects_add(list, bus, exchange, peer);
        }
        return r;
}
