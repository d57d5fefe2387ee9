/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * succession.h - the text by which a cloud's identity names the one that follows it
 *
 *    0   1  SUCCESSION_SUITE (0x01)
 *    1  64  the identity until now: X25519 key, Ed25519 key
 *   65  64  the identity that follows it
 *  129   8  made, ms since 1970, little endian
 *  137   8  end of the overlap, ms since 1970, little endian
 *  145  64  signature by the key until now, over digest("huddle v1 succession", bytes 0..144)
 *  209  64  signature by the one that follows, over digest("huddle v1 successor", bytes 0..144)
 *
 * The first signature shows that the cloud that was pinned wants it. The second one shows that the
 * new key exists and agrees, so nobody can name a key of somebody else. protocol.md, "Rotation".
 */
#pragma once

#include "account-key.h"

enum {
        SUCCESSION_SUITE = 1,
        SUCCESSION_SIZE = 1 + 2 * 64 + 2 * 8 + 2 * 64,
        SUCCESSION_DAYS_MAX = 120, /* from made to the end of the overlap */
};
#define SUCCESSION_MS_MAX (SUCCESSION_DAYS_MAX * UINT64_C(86400000))

typedef struct Succession {
        CloudIdentity from, to;
        uint64_t made_ms, until_ms; /* since 1970, by the cloud's clock */
} Succession;

/* Keys as libsodium's long form, of the Ed25519 keys in from and to. */
void succession_sign(uint8_t ret[static SUCCESSION_SIZE], const Succession *s,
                     const uint8_t from_private[static 64], const uint8_t to_private[static 64]);
/* -EINVAL: of another size or suite, not signed by both, to itself, or with an overlap that is
 * empty or longer than SUCCESSION_MS_MAX. */
int succession_read(Succession *ret, const uint8_t *bytes, size_t len);

/* What a terminal believes a cloud by. */
typedef struct CloudPin {
        CloudIdentity identity;
        uint64_t since_ms; /* when the succession that led here was made; 0: none did */
        /* The identity that it led from; of no meaning where since_ms is 0. */
        CloudIdentity before;
        uint64_t before_until_ms; /* what its Ed25519 key signed counts until then; 0: no more */
} CloudPin;

typedef enum SuccessionStep {
        SUCCESSION_MOVED,   /* the pin is now that of the successor */
        SUCCESSION_KNOWN,   /* it led to our pin; the key before it counts until its end */
        SUCCESSION_EXPIRED, /* its overlap is over */
        SUCCESSION_OLDER,   /* it was made before the one that led to our pin */
        SUCCESSION_FOREIGN, /* it neither begins nor ends at our pin */
} SuccessionStep;

/* Takes one step of the pin, or none. follows: the pin may move. Where it may not, SUCCESSION_MOVED
 * says that it would have, and the pin stays as it was. */
SuccessionStep cloud_pin_step(CloudPin *pin, const Succession *s, bool follows, uint64_t now_ms);

/* The key before ours counts no more when its time is over. True: it did until now. */
bool cloud_pin_tidy(CloudPin *pin, uint64_t now_ms);
/* Whether these are the keys of this cloud, or those that it has replaced: old links name them. */
bool cloud_pin_names(const CloudPin *pin, const CloudIdentity *id);
/* The i-th key by which rosters and list heads count; NULL: there are no more. */
const Bytes32 *cloud_pin_signer(const CloudPin *pin, unsigned i);
