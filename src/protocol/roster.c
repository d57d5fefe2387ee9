/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "roster.h"

#include "unpack.h"
#include "wire-check.h"

#include <stdio.h>
#include <string.h>

static const char roster_label[] = "huddle v1 roster";
enum {
        RECORD_DIGITS = 10,
        ROSTER_ARENA_MAX = 512 * 1024, /* ROSTER_MAX entries need less than half of it */
};

/* ---- record numbers ---- */

/* ISO/IEC 7064, MOD 11,10: detects every wrong digit and nearly every transposition. */
static char record_check_digit(const char *digits)
{
        unsigned p = 10;

        for (int i = 0; i < RECORD_DIGITS; i++) {
                unsigned s = (p + (unsigned)(digits[i] - '0')) % 10;

                p = (s == 0 ? 10 : s) * 2 % 11;
        }
        return (char)('0' + (11 - p) % 10);
}

void record_number_draw(char ret[static RECORD_NUMBER_SIZE])
{
        for (int i = 0; i < RECORD_DIGITS; i++)
                ret[i] = (char)('0' + randombytes_uniform(10));
        ret[RECORD_DIGITS] = record_check_digit(ret);
        ret[RECORD_DIGITS + 1] = '\0';
}

bool record_number_valid(const char *s)
{
        return strspn(s, "0123456789") == RECORD_DIGITS + 1 && s[RECORD_DIGITS + 1] == '\0' &&
               s[RECORD_DIGITS] == record_check_digit(s);
}

/* ---- any roster ---- */

Roster *roster_free(Roster *r)
{
        if (r) {
                free(r->members);
                free(r->bytes);
        }
        free(r);
        return NULL;
}

static int roster_compare(const void *a, const void *b)
{
        return id_compare(&((const RosterMember *)a)->id, &((const RosterMember *)b)->id);
}

ssize_t roster_find(const Roster *r, const Id *id)
{
        RosterMember key = {.id = *id};
        const RosterMember *found = bsearch(&key, r->members, r->n, sizeof key, roster_compare);

        return found ? found - r->members : -1;
}

/* What the .proto and the patent demand of every roster. */
static bool roster_valid(const Roster *r)
{
        for (size_t i = 1; i < r->n; i++)
                if (id_compare(&r->members[i - 1].id, &r->members[i].id) >= 0)
                        return false;
        return r->n > 0 && r->n <= ROSTER_MAX && record_number_valid(r->record_number) &&
               roster_find(r, &r->opener) >= 0;
}

/* ---- made by the cloud ---- */

static int roster_serialise(Roster *r)
{
        _cleanup_free_ PbRosterEntry *entries = calloc(r->n, sizeof *entries);
        _cleanup_free_ PbRosterEntry **list = calloc(r->n, sizeof(void *));
        PbRoster w = PB_ROSTER_INIT;

        if (!entries || !list)
                return -ENOMEM;
        for (size_t i = 0; i < r->n; i++) {
                pb_roster_entry_init(&entries[i]);
                entries[i].member_id = (ProtobufCBinaryData){sizeof(Id), r->members[i].id.b};
                entries[i].commitment =
                        (ProtobufCBinaryData){sizeof(Bytes32), r->members[i].commitment.b};
                list[i] = &entries[i];
        }
        w.record_number = r->record_number;
        w.entries = list;
        w.n_entries = r->n;
        w.closed_at_ms = r->closed_at_ms;
        w.opener_id = (ProtobufCBinaryData){sizeof(Id), r->opener.b};
        r->n_bytes = pb_roster_get_packed_size(&w);
        r->bytes = malloc(r->n_bytes);
        if (!r->bytes)
                return -ENOMEM;
        (void)pb_roster_pack(&w, r->bytes);
        return 0;
}

int roster_sign(Roster **ret, const char *record_number, uint64_t closed_at_ms, const Id *opener,
                const RosterMember *members, size_t n, const uint8_t sign_private[static 64])
{
        _cleanup_(roster_freep) Roster *r = calloc(1, sizeof *r);
        Bytes32 digest;
        int k;

        if (!r)
                return -ENOMEM;
        r->members = calloc(MAX(n, (size_t)1), sizeof *members);
        if (!r->members)
                return -ENOMEM;
        if (n > 0)
                memcpy(r->members, members, n * sizeof *members);
        qsort(r->members, n, sizeof *members, roster_compare);
        r->n = n;
        r->closed_at_ms = closed_at_ms;
        r->opener = *opener;
        (void)snprintf(r->record_number, sizeof r->record_number, "%s", record_number);
        if (!roster_valid(r))
                return ROSTER_E_MALFORMED;
        k = roster_serialise(r);
        if (k < 0)
                return k;
        digest_one(&digest, roster_label, r->bytes, r->n_bytes);
        (void)crypto_sign_detached(r->signature, NULL, digest.b, sizeof digest, sign_private);
        *ret = TAKE_PTR(r);
        return 0;
}

/* ---- checked by the terminal ---- */

static int roster_read_entries(Roster *r, const PbRoster *w)
{
        r->members = calloc(w->n_entries, sizeof *r->members);
        if (!r->members)
                return -ENOMEM;
        for (size_t i = 0; i < w->n_entries; i++) {
                if (w->entries[i]->member_id.len != sizeof(Id) ||
                    w->entries[i]->commitment.len != sizeof(Bytes32))
                        return ROSTER_E_MALFORMED;
                memcpy(r->members[i].id.b, w->entries[i]->member_id.data, sizeof(Id));
                memcpy(r->members[i].commitment.b, w->entries[i]->commitment.data, sizeof(Bytes32));
        }
        r->n = w->n_entries;
        return 0;
}

static int roster_read(Roster *r, const PbRoster *w)
{
        int k;

        if (strlen(w->record_number) >= RECORD_NUMBER_SIZE || w->opener_id.len != sizeof(Id) ||
            w->n_entries == 0 || w->n_entries > ROSTER_MAX || w->closed_at_ms > WIRE_TIME_MAX_MS)
                return ROSTER_E_MALFORMED;
        k = roster_read_entries(r, w);
        if (k != 0)
                return k;
        memcpy(r->record_number, w->record_number, strlen(w->record_number) + 1);
        memcpy(r->opener.b, w->opener_id.data, sizeof(Id));
        r->closed_at_ms = w->closed_at_ms;
        return roster_valid(r) ? 0 : ROSTER_E_MALFORMED;
}

static int roster_parse(Roster *r)
{
        _cleanup_(arena_done) Arena a = arena_bounded(ROSTER_ARENA_MAX);
        ProtobufCMessage *w;
        int k = unpack_message(&w, &a, &pb_roster_descriptor, r->bytes, r->n_bytes);

        if (k != 0)
                return error_or(k, ROSTER_E_MALFORMED);
        return roster_read(r, (const PbRoster *)w);
}

static bool roster_lists(const Roster *r, const Id *own, const Bytes32 *own_commitment)
{
        ssize_t i = roster_find(r, own);

        return i >= 0 && bytes32_equal(&r->members[i].commitment, own_commitment);
}

int roster_verify_absent(Roster **ret, const uint8_t *bytes, size_t n_bytes,
                         const uint8_t signature[static 64], const Bytes32 *cloud_sign_key)
{
        _cleanup_(roster_freep) Roster *r = NULL;
        Bytes32 digest;
        int k;

        digest_one(&digest, roster_label, bytes, n_bytes);
        if (crypto_sign_verify_detached(signature, digest.b, sizeof digest, cloud_sign_key->b) < 0)
                return ROSTER_E_SIGNATURE;
        r = calloc(1, sizeof *r);
        if (!r)
                return -ENOMEM;
        r->bytes = malloc(MAX(n_bytes, (size_t)1));
        if (!r->bytes)
                return -ENOMEM;
        memcpy(r->bytes, bytes, n_bytes);
        r->n_bytes = n_bytes;
        memcpy(r->signature, signature, sizeof r->signature);
        k = roster_parse(r);
        if (k != 0)
                return k;
        *ret = TAKE_PTR(r);
        return 0;
}

int roster_verify(Roster **ret, const uint8_t *bytes, size_t n_bytes,
                  const uint8_t signature[static 64], const Bytes32 *cloud_sign_key, const Id *own,
                  const Bytes32 *own_commitment)
{
        _cleanup_(roster_freep) Roster *r = NULL;
        int k = roster_verify_absent(&r, bytes, n_bytes, signature, cloud_sign_key);

        if (k != 0)
                return k;
        if (!roster_lists(r, own, own_commitment))
                return ROSTER_E_NOT_LISTED;
        *ret = TAKE_PTR(r);
        return 0;
}
