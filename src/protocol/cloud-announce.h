/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-announce.h - how a cloud announces itself on the local network, and what a terminal makes
 * of it (protocol.md, "Clouds of the local network")
 *
 * An announcement is a service _huddle-cloud._tcp of mDNS. Anybody there can announce anything. The
 * digest is that of cloud-words.h: it gives the words that people see, and a terminal takes no keys
 * from the cloud that have another one.
 */
#pragma once

#include "cloud-url.h"
#include "cloud-words.h"

#define CLOUD_SERVICE "_huddle-cloud._tcp"

enum {
        CLOUD_NAME_SIZE = 64,        /* with the NUL */
        CLOUD_DIGEST_TEXT_SIZE = 44, /* base64url without padding, with the NUL */
        CLOUD_ANNOUNCE_MAX = 512,    /* bytes of a TXT record that are read at most */
        CLOUD_ANNOUNCE_SIZE = 128,   /* of what is written: v, n and d, each with its length */
};

typedef struct CloudAnnounce {
        char name[CLOUD_NAME_SIZE]; /* for people, such as "zoe-laptop"; fit for a screen */
        Bytes32 digest;
} CloudAnnounce;

/* A cloud that was found. */
typedef struct FoundCloud {
        CloudAnnounce announce;
        char url[CLOUD_URL_SIZE]; /* as cloud_url_normalise writes it */
        bool by_bluetooth;        /* a neighbour offers it (cloud-offer.h) */
} FoundCloud;

/* Whether it may name a cloud: 1 to 63 bytes of UTF-8 that is safe on a screen, not only spaces. */
bool cloud_name_valid(const char *name, size_t len);

void cloud_digest_format(char ret[static CLOUD_DIGEST_TEXT_SIZE], const Bytes32 *digest);
/* False: not what cloud_digest_format writes. */
bool cloud_digest_parse(Bytes32 *ret, const char *text, size_t len);

/* Writes the data of the TXT record; returns their length. */
size_t cloud_announce_write(uint8_t ret[static CLOUD_ANNOUNCE_SIZE], const CloudAnnounce *a);
/* False: no cloud, one of another version, or not well-formed. */
bool cloud_announce_read(CloudAnnounce *ret, const uint8_t *txt, size_t len);

/* The URL of a cloud at a numeric address. False: not an address that a neighbour can have, or one
 * that means nothing without its network card (fe80::/10). */
bool cloud_announce_url(char ret[static CLOUD_URL_SIZE], const char *address, unsigned port);
