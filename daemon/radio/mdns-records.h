/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-records.h - reads the names and records of neighbours, writes ours */
#pragma once

#include "src/protocol/serial.h"

#include <avahi-common/address.h>
#include <avahi-common/strlst.h>
#include <netinet/in.h>

#define MDNS_SERVICE "_huddle._tcp"
#define MDNS_DOMAIN "local"

enum { MDNS_NAME_SIZE = 2 * TOKEN_SIZE + 1 };

void mdns_token_name(char ret[static MDNS_NAME_SIZE], const Token *token);
/* Accepts only what mdns_token_name writes, so that a neighbour has only one name. */
bool mdns_token_read(Token *ret, const char *name);

/* Writes a name in wire form (RFC 1035, 3.1). Labels are shorter than 64 bytes. Returns the
 * length. */
size_t mdns_wire_name(uint8_t *ret, const char *const *labels, size_t n);

/* The address at which the neighbour with these records accepts links. false: it accepts none, or
 * has another version. */
bool mdns_offer_read(struct sockaddr_storage *ret, AvahiIfIndex interface,
                     const AvahiAddress *address, uint16_t port, AvahiStringList *txt);
