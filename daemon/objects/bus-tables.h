/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-tables.h - our interfaces, and what their objects are; bus-xml.c, made from the .xml files,
 * has their documents */
#pragma once

#include "daemon/bus/bus.h"
#include "daemon/exchange/exchange.h"

extern const char bus_xml_Manager1[];
extern const char bus_xml_Exchange1[];
extern const char bus_xml_Peer1[];

extern const BusInterface bus_manager_interface; /* data: Manager */

/* An exchange that runs or has just ended; or, with exchange NULL, one of the history. */
typedef struct ExchangeObject {
        DaemonStore *store;
        struct Records *records;
        Exchange *exchange;
        ExchangeSummary summary; /* of one of the history; the number is always there */
} ExchangeObject;
extern const BusInterface bus_exchange_interface;

typedef struct PeerObject PeerObject;
struct PeerObject {
        PeerObject *next;
        Token token;
        Exchange *exchange; /* whose neighbourhood knows more */
        BusObject *object;
};
extern const BusInterface bus_peer_interface;
const Peer *peer_object_get(const PeerObject *o); /* NULL: the neighbourhood has forgotten it */
