/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "vector-refused.h"

#include "src/proto/names.h"
#include "vector-out.h"

#include <string.h>

typedef struct Signer {
        const Bytes32 *public_key;
        const uint8_t *private_key;
} Signer;

/* ---- requests: sealed with the right key over padding that is not the one there is ---- */

static int refused_request(const Session *s, const char *what, size_t mark, size_t padded)
{
        enum { HEAD = ENVELOPE_REQUEST_HEAD, MAX_PADDED = 1024 };
        uint8_t sealed[HEAD + MAX_PADDED + ENVELOPE_TAG] = {ENVELOPE_SUITE}, *opened = NULL,
                                           nonce[ENVELOPE_NONCE];
        size_t len;

        memcpy(sealed + 1, s->public_key.b, 32);
        randombytes_buf(sealed + 33, ENVELOPE_NONCE);
        if (mark < padded)
                sealed[HEAD + mark] = 0x80;
        (void)crypto_aead_xchacha20poly1305_ietf_encrypt(sealed + HEAD, NULL, sealed + HEAD, padded,
                                                         sealed, 33, NULL, sealed + 33,
                                                         s->to_cloud.b);
        out_begin(NULL);
        out_text("what", what);
        out_hex("sealed_request", sealed, HEAD + padded + ENVELOPE_TAG);
        out_end();
        return envelope_open_request(&opened, &len, nonce, s, sealed,
                                     HEAD + padded + ENVELOPE_TAG) == ENVELOPE_E_MALFORMED
                       ? 0
                       : -EBADMSG;
}

static int refused_requests(const Session *s)
{
        int r;

        out_list_begin("refused_requests");
        r = refused_request(s, "padding without its mark", 512, 512);
        r |= refused_request(s, "padded more than needed", 5, 1024);
        r |= refused_request(s, "padded to no power of two", 5, 768);
        out_list_end();
        return r;
}

/* ---- rosters: signed by the cloud ---- */

typedef struct RosterDraft {
        const char *what;
        const char *number;
        size_t order[2]; /* of the roster's first members */
        size_t opener;
} RosterDraft;

static int refused_roster(const Group *g, const Signer *cloud, const RosterDraft *draft)
{
        const RosterMember *m = g->roster->members;
        PbRoster w = PB_ROSTER_INIT;
        PbRosterEntry entries[2], *list[2] = {&entries[0], &entries[1]};
        uint8_t bytes[256], signature[64];
        Roster *taken = NULL;
        Bytes32 digest;
        size_t len;

        for (size_t i = 0; i < 2; i++) {
                const RosterMember *at = &m[draft->order[i]];

                pb_roster_entry_init(&entries[i]);
                entries[i].member_id = (ProtobufCBinaryData){16, (uint8_t *)at->id.b};
                entries[i].commitment = (ProtobufCBinaryData){32, (uint8_t *)at->commitment.b};
        }
        w.record_number = (char *)draft->number;
        w.entries = list;
        w.n_entries = 2;
        w.closed_at_ms = g->roster->closed_at_ms;
        w.opener_id = (ProtobufCBinaryData){16, (uint8_t *)m[draft->opener].id.b};
        len = pb_roster_pack(&w, bytes);
        digest_one(&digest, "huddle v1 roster", bytes, len);
        (void)crypto_sign_detached(signature, NULL, digest.b, sizeof digest, cloud->private_key);
        out_begin(NULL);
        out_text("what", draft->what);
        out_hex("bytes", bytes, len);
        out_hex("signature", signature, sizeof signature);
        out_end();
        return roster_verify(&taken, bytes, len, signature, cloud->public_key, &m[0].id,
                             &m[0].commitment) == ROSTER_E_MALFORMED
                       ? 0
                       : -EBADMSG;
}

static int refused_rosters(const Group *g, const Signer *cloud)
{
        static const RosterDraft drafts[] = {
                {"members out of order", "12345678903", {1, 0}, 0},
                {"a member twice", "12345678903", {0, 0}, 0},
                {"an opener who is no member", "12345678903", {0, 1}, 2},
                {"a wrong check digit", "12345678904", {0, 1}, 0},
                {"a record number of ten digits", "1234567890", {0, 1}, 0},
        };
        int r = 0;

        out_list_begin("refused_rosters");
        for (size_t i = 0; i < ARRAY_LEN(drafts); i++)
                r |= refused_roster(g, cloud, &drafts[i]);
        out_list_end();
        return r;
}

/* ---- openings: committed to, with an X that no secret can be shared with ---- */

static int refused_opening(const Group *g, const char *what, const char *box_key)
{
        MemberOpening o = g->openings[0];
        Bytes32 commitment;

        (void)sodium_hex2bin(o.box_key.b, sizeof o.box_key.b, box_key, strlen(box_key), NULL, NULL,
                             NULL);
        commitment_make(&commitment, &o);
        out_begin(NULL);
        out_text("what", what);
        out_bytes("id", o.id);
        out_bytes("box_key", o.box_key);
        out_bytes("sign_key", o.sign_key);
        out_bytes("hash1", o.part_hash[0]);
        out_bytes("hash2", o.part_hash[1]);
        out_bytes("nonce", o.nonce);
        out_bytes("commitment", commitment);
        out_end();
        return opening_matches(&o, &commitment) ? -EBADMSG : 0;
}

static int refused_openings(const Group *g)
{
        int r;

        out_list_begin("refused_openings");
        r = refused_opening(g, "X is zero",
                            "0000000000000000000000000000000000000000000000000000000000000000");
        r |= refused_opening(g, "X has order 8",
                             "5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157");
        out_list_end();
        return r;
}

int refused_write(const Session *s, const Group *g, const Bytes32 *cloud_sign_key,
                  const uint8_t cloud_sign_private[static 64])
{
        const Signer cloud = {cloud_sign_key, cloud_sign_private};
        int r = refused_requests(s);

        r |= refused_rosters(g, &cloud);
        return r | refused_openings(g);
}
