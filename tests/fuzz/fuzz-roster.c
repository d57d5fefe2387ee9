/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Rosters and list heads that a lying cloud has signed all the same. */
#include "fuzz.h"

#include "src/protocol/contact-list.h"

#include <assert.h>

static Bytes32 cloud_public;
static uint8_t cloud_private[64];

static void sign(uint8_t ret[static 64], const char *label, const uint8_t *data, size_t size)
{
        Bytes32 digest;

        digest_one(&digest, label, data, size);
        (void)crypto_sign_detached(ret, NULL, digest.b, sizeof digest, cloud_private);
}

static void try_roster(const uint8_t *data, size_t size)
{
        _cleanup_(roster_freep) Roster *r = NULL;
        const RosterMember own = {}; /* the corpus lists it */
        uint8_t signature[64];

        sign(signature, "huddle v1 roster", data, size);
        if (roster_verify(&r, data, size, signature, &cloud_public, &own.id, &own.commitment) == 0)
                assert(r->n > 0 && r->n <= ROSTER_MAX && roster_find(r, &r->opener) >= 0 &&
                       record_number_valid(r->record_number));
}

static void try_list(const uint8_t *data, size_t size)
{
        _cleanup_(contact_list_freep) ContactList *h = NULL;
        RosterMember members[2] = {{.id = {{0}}}, {.id = {{1}}}};
        const Roster roster = {.record_number = "00000000001", .n = 2, .members = members};
        uint8_t signature[64];

        sign(signature, "huddle v1 list", data, size);
        if (contact_list_verify(&h, data, size, signature, &cloud_public, &roster) == 0)
                assert(h->n <= 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        static const uint8_t seed[crypto_sign_SEEDBYTES];

        (void)crypto_sign_seed_keypair(cloud_public.b, cloud_private, seed);
        try_roster(data, size);
        try_list(data, size);
        return 0;
}
