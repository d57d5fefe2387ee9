/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "contact-list.h"

#include "unpack.h"

#include <string.h>

static const char list_label[] = "huddle v1 list";
enum { LIST_ARENA_MAX = 512 * 1024 /* ROSTER_MAX entries need less than half of it */ };

ContactList *contact_list_free(ContactList *h)
{
        if (h) {
                free(h->entries);
                free(h->bytes);
        }
        free(h);
        return NULL;
}

void contact_list_entry_make(ContactListEntry *ret, const Id *id, const Bytes32 part_hash[static 2])
{
        Digest d;

        ret->id = *id;
        digest_begin(&d, "huddle v1 list entry");
        digest_field(&d, id->b, sizeof *id);
        digest_field(&d, part_hash[0].b, sizeof part_hash[0]);
        digest_field(&d, part_hash[1].b, sizeof part_hash[1]);
        digest_end(&d, &ret->digest);
}

static int contact_list_compare(const void *a, const void *b)
{
        return id_compare(&((const ContactListEntry *)a)->id, &((const ContactListEntry *)b)->id);
}

static bool contact_list_sorted(const ContactList *h)
{
        for (size_t i = 1; i < h->n; i++)
                if (contact_list_compare(&h->entries[i - 1], &h->entries[i]) >= 0)
                        return false;
        return true;
}

static int contact_list_serialise(ContactList *h, const char *record_number)
{
        _cleanup_free_ PbListDigest *entries = calloc(MAX(h->n, (size_t)1), sizeof *entries);
        _cleanup_free_ PbListDigest **list = calloc(MAX(h->n, (size_t)1), sizeof(void *));
        PbListHead w = PB_LIST_HEAD_INIT;

        if (!entries || !list)
                return -ENOMEM;
        for (size_t i = 0; i < h->n; i++) {
                pb_list_digest_init(&entries[i]);
                entries[i].member_id = (ProtobufCBinaryData){sizeof(Id), h->entries[i].id.b};
                entries[i].digest = (ProtobufCBinaryData){sizeof(Bytes32), h->entries[i].digest.b};
                list[i] = &entries[i];
        }
        w.record_number = (char *)record_number;
        w.revision = h->revision;
        w.entries = list;
        w.n_entries = h->n;
        h->n_bytes = pb_list_head_get_packed_size(&w);
        h->bytes = malloc(MAX(h->n_bytes, (size_t)1));
        if (!h->bytes)
                return -ENOMEM;
        (void)pb_list_head_pack(&w, h->bytes);
        return 0;
}

int contact_list_sign(ContactList **ret, const char *record_number, uint32_t revision,
                      const ContactListEntry *entries, size_t n,
                      const uint8_t sign_private[static 64])
{
        _cleanup_(contact_list_freep) ContactList *h = calloc(1, sizeof *h);
        Bytes32 digest;
        int r;

        if (!h)
                return -ENOMEM;
        h->entries = calloc(MAX(n, (size_t)1), sizeof *entries);
        if (!h->entries)
                return -ENOMEM;
        if (n > 0)
                memcpy(h->entries, entries, n * sizeof *entries);
        qsort(h->entries, n, sizeof *entries, contact_list_compare);
        h->n = n;
        h->revision = revision;
        if (n > ROSTER_MAX || !contact_list_sorted(h))
                return CONTACT_LIST_E_MALFORMED;
        r = contact_list_serialise(h, record_number);
        if (r < 0)
                return r;
        digest_one(&digest, list_label, h->bytes, h->n_bytes);
        (void)crypto_sign_detached(h->signature, NULL, digest.b, sizeof digest, sign_private);
        *ret = TAKE_PTR(h);
        return 0;
}

static int contact_list_read_entries(ContactList *h, const PbListHead *w)
{
        if (w->n_entries > ROSTER_MAX)
                return CONTACT_LIST_E_MALFORMED;
        h->entries = calloc(MAX(w->n_entries, (size_t)1), sizeof *h->entries);
        if (!h->entries)
                return -ENOMEM;
        for (size_t i = 0; i < w->n_entries; i++) {
                if (w->entries[i]->member_id.len != sizeof(Id) ||
                    w->entries[i]->digest.len != sizeof(Bytes32))
                        return CONTACT_LIST_E_MALFORMED;
                memcpy(h->entries[i].id.b, w->entries[i]->member_id.data, sizeof(Id));
                memcpy(h->entries[i].digest.b, w->entries[i]->digest.data, sizeof(Bytes32));
        }
        h->n = w->n_entries;
        h->revision = w->revision;
        return contact_list_sorted(h) ? 0 : CONTACT_LIST_E_MALFORMED;
}

static bool contact_list_is_of_roster(const ContactList *h, const char *record_number,
                                      const Roster *roster)
{
        for (size_t i = 0; i < h->n; i++)
                if (roster_find(roster, &h->entries[i].id) < 0)
                        return false;
        return strcmp(record_number, roster->record_number) == 0;
}

static int contact_list_parse(ContactList *h, const Roster *roster)
{
        _cleanup_(arena_done) Arena a = arena_bounded(LIST_ARENA_MAX);
        const PbListHead *w;
        ProtobufCMessage *message;
        int r = unpack_message(&message, &a, &pb_list_head_descriptor, h->bytes, h->n_bytes);

        if (r != 0)
                return error_or(r, CONTACT_LIST_E_MALFORMED);
        w = (const PbListHead *)message;
        r = contact_list_read_entries(h, w);
        if (r != 0)
                return r;
        return contact_list_is_of_roster(h, w->record_number, roster) ? 0 : CONTACT_LIST_E_OTHER;
}

int contact_list_verify(ContactList **ret, const uint8_t *bytes, size_t n_bytes,
                        const uint8_t signature[static 64], const Bytes32 *cloud_sign_key,
                        const Roster *roster)
{
        _cleanup_(contact_list_freep) ContactList *h = NULL;
        Bytes32 digest;
        int r;

        digest_one(&digest, list_label, bytes, n_bytes);
        if (crypto_sign_verify_detached(signature, digest.b, sizeof digest, cloud_sign_key->b) < 0)
                return CONTACT_LIST_E_SIGNATURE;
        h = calloc(1, sizeof *h);
        if (!h)
                return -ENOMEM;
        h->bytes = malloc(MAX(n_bytes, (size_t)1));
        if (!h->bytes)
                return -ENOMEM;
        memcpy(h->bytes, bytes, n_bytes);
        h->n_bytes = n_bytes;
        memcpy(h->signature, signature, sizeof h->signature);
        r = contact_list_parse(h, roster);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(h);
        return 0;
}
