/* SPDX-License-Identifier: GPL-2.0-or-later */
/* interfaces.h - the tables of our interfaces, and their documents, which bus-xml.c has from the
 * .xml files */
#pragma once

#include "daemon/bus/bus.h"

extern const char bus_xml_Manager1[];
extern const char bus_xml_Exchange1[];
extern const char bus_xml_Peer1[];

extern const BusInterface manager_interface;  /* data: ManagerObject */
extern const BusInterface exchange_interface; /* data: ExchangeObject */
extern const BusInterface peer_interface;     /* data: PeerObject */
