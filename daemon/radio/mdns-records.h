/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-records.h - what the names and records of a neighbour say, and how ours are written */
#pragma once

#include "src/protocol/serial.h"

#include <avahi-common/address.h>
#include <avahi-common/strlst.h>
#include <netinet/in.h>

#define MDNS_SERVICE "_huddle._tcp"
#define MDNS_DOMAIN "local"

enum { MDNS_NAME_SIZE = 2 * TOKEN_SIZE + 1 };

void mdns_token_name(char ret[static MDNS_NAME_SIZE], const Token *token);
/* Takes exactly what mdns_token_name writes, so that a neighbour has one name only. */
bool mdns_token_read(Token *ret, const char *name);

/* A name in wire form (RFC 1035, 3.1); every label is shorter than 64 bytes. Returns its length. */
size_t mdns_wire_name(uint8_t *ret, const char *const *labels, size_t n);

/* Where the neighbour that shows this takes links. false: nowhere, or in another version than
 * ours. */
bool mdns_offer_read(struct sockaddr_storage *ret, AvahiIfIndex interface,
                     const AvahiAddress *address, uint16_t port, AvahiStringList *txt);
