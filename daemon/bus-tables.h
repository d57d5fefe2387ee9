/* SPDX-License-Identifier: GPL-2.0-or-later */
/* bus-tables.h - our interfaces; bus-xml.c, made from the .xml files, holds their documents */
#pragma once

#include "bus.h"

extern const char bus_xml_Manager1[];
extern const char bus_xml_Exchange1[];
extern const char bus_xml_Peer1[];

extern const BusInterface bus_manager_interface;  /* data: Manager */
extern const BusInterface bus_exchange_interface; /* data: ExchangeObject */
extern const BusInterface bus_peer_interface;     /* data: PeerObject */
