/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-offer.h - what a helper tells of the cloud that it helps to (protocol.md, "A cloud heard by
 * Bluetooth")
 *
 *   0   32  X25519 key of the cloud
 *   32  32  its Ed25519 key
 *   64  1   length of the name, 1 to 63
 *   65  …   the name, then the URL to the end, as cloud_url_normalise writes it
 *
 * Anybody near can offer anything, as with an announcement (cloud-announce.h).
 */
#pragma once

#include "cloud-announce.h"

enum {
        CLOUD_OFFER_HEAD = 65,
        CLOUD_OFFER_MIN = CLOUD_OFFER_HEAD + 1 + (int)sizeof "http://a" - 1,
        CLOUD_OFFER_MAX = CLOUD_OFFER_HEAD + CLOUD_NAME_SIZE - 1 + CLOUD_URL_SIZE - 1,
};

typedef struct CloudOffer {
        CloudIdentity identity;
        char name[CLOUD_NAME_SIZE]; /* fit for a screen */
        char url[CLOUD_URL_SIZE];
} CloudOffer;

/* Of a cloud that is called so, or (name NULL) as its host is. A URL that means this machine
 * itself, as that of a host without a network, becomes a name that no network has. False: the URL
 * or the name cannot be offered. */
bool cloud_offer_make(CloudOffer *ret, const CloudIdentity *identity, const char *name,
                      const char *url);

size_t cloud_offer_write(uint8_t ret[static CLOUD_OFFER_MAX], const CloudOffer *offer);
/* False: not well-formed, or at an address that no neighbour can have (cloud_announce_url). */
bool cloud_offer_read(CloudOffer *ret, const uint8_t *bytes, size_t len);
