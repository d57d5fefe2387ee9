/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mdns-records.h - reads the names and records of neighbours, writes ours */
#pragma once

#include "src/protocol/serial.h"

#include <netinet/in.h>

#define MDNS_SERVICE "_huddle._tcp"
#define MDNS_DOMAIN "local"

enum {
        MDNS_NAME_SIZE = 2 * TOKEN_SIZE + 1,
        MDNS_HOST_SIZE = MDNS_NAME_SIZE + sizeof "." MDNS_DOMAIN,
        MDNS_FULL_SIZE = MDNS_NAME_SIZE + sizeof "." MDNS_SERVICE "." MDNS_DOMAIN,
};

void mdns_token_name(char ret[static MDNS_NAME_SIZE], const Token *token);
/* TOKEN.local, which has the addresses; TOKEN._huddle._tcp.local, which has SRV and TXT. */
void mdns_host_name(char ret[static MDNS_HOST_SIZE], const Token *token);
void mdns_full_name(char ret[static MDNS_FULL_SIZE], const Token *token);
/* Accepts only what mdns_token_name writes, so that a neighbour has only one name. */
bool mdns_token_read(Token *ret, const char *name);

/* Writes a name in wire form (RFC 1035, 3.1). Labels are shorter than 64 bytes. Returns the
 * length. */
size_t mdns_wire_name(uint8_t *ret, const char *const *labels, size_t n);

/* What the records of a neighbour say; data is theirs in wire form. */
/* The port where it accepts links, at TOKEN.local and nowhere else; 0: none. */
uint16_t mdns_srv_read(const Token *token, const uint8_t *data, size_t len);
/* Whether it has our version: the first "v=" counts (RFC 6763, 6.4). */
bool mdns_txt_read(const uint8_t *data, size_t len);
/* An A or AAAA record that was heard on this interface. False: it cannot be a neighbour's. The port
 * stays 0. */
bool mdns_address_read(struct sockaddr_storage *ret, uint32_t interface, uint16_t type,
                       const uint8_t *data, size_t len);
