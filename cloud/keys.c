/* SPDX-License-Identifier: GPL-2.0-or-later */
/* keys.c - which key does what at a time, and how keys follow each other; not the file */
#include "keys.h"

#include <assert.h>
#include <string.h>

void cloud_keys_draw(CloudKeys *ret)
{
        *ret = (CloudKeys){.n_tickets = 1};
        (void)crypto_box_keypair(ret->identity.box_key.b, ret->box_private.b);
        (void)crypto_sign_keypair(ret->identity.sign_key.b, ret->sign_private);
        key_random(&ret->tickets[0].key);
}

void cloud_keys_done(CloudKeys *k)
{
        sodium_memzero(k, sizeof *k);
}

/* ---- what does what, at a time ---- */

const Key *cloud_keys_ticket(const CloudKeys *k, uint64_t now_ms)
{
        unsigned i = k->n_tickets - 1;

        assert(k->n_tickets > 0);
        while (i > 0 && now_ms < k->tickets[i].from_ms)
                i--;
        return &k->tickets[i].key;
}

static bool keys_next_signs(const CloudKeys *k, uint64_t now_ms)
{
        return k->has_next && now_ms >= k->next.signs_ms;
}

const uint8_t *cloud_keys_sign_private(const CloudKeys *k, uint64_t now_ms)
{
        return keys_next_signs(k, now_ms) ? k->next.sign_private : k->sign_private;
}

const CloudIdentity *cloud_keys_identity(const CloudKeys *k, uint64_t now_ms)
{
        return keys_next_signs(k, now_ms) ? &k->next.identity : &k->identity;
}

const uint8_t *cloud_keys_succession(const CloudKeys *k, uint64_t now_ms)
{
        return k->has_next && now_ms >= k->next.told_ms && now_ms < k->next.until_ms
                       ? k->next.succession
                       : NULL;
}

bool cloud_keys_box(const CloudKeys *k, unsigned i, uint64_t now_ms, const Bytes32 **ret_public,
                    const Key **ret_private)
{
        bool first_over = k->has_next && now_ms >= k->next.until_ms;
        bool second = first_over || i == 1;
        bool same = k->has_next && bytes32_equal(&k->identity.box_key, &k->next.identity.box_key);

        if (i > 1 || (i == 1 && (!k->has_next || first_over || same)))
                return false;
        *ret_public = second ? &k->next.identity.box_key : &k->identity.box_key;
        *ret_private = second ? &k->next.box_private : &k->box_private;
        return true;
}

/* ---- rotation ---- */

int cloud_keys_rotate_ticket(CloudKeys *k, uint64_t now_ms)
{
        TicketKey *fresh;

        (void)cloud_keys_prune(k, now_ms);
        if (k->n_tickets == CLOUD_TICKET_KEYS_MAX)
                return CLOUD_KEYS_E_OVERLAP;
        fresh = &k->tickets[k->n_tickets];
        *fresh = (TicketKey){.from_ms = now_ms + CLOUD_KEYS_SPREAD_MS};
        key_random(&fresh->key);
        /* as much again, in case that the clock of a node is slow */
        k->tickets[k->n_tickets - 1].until_ms =
                fresh->from_ms + CLOUD_SESSION_DAY_MS + CLOUD_KEYS_SPREAD_MS;
        k->n_tickets++;
        return 0;
}

void cloud_keys_drop_tickets(CloudKeys *k)
{
        sodium_memzero(k->tickets, sizeof k->tickets);
        key_random(&k->tickets[0].key);
        k->n_tickets = 1;
}

/* The next identity signs when terminals have been told for more than a day, as late as what the
 * one before has signed is gone by the end of the overlap. */
static void keys_set_times(NextIdentity *n, const KeyOverlap *o, uint64_t now_ms)
{
        n->made_ms = now_ms;
        n->told_ms = now_ms + CLOUD_KEYS_SPREAD_MS;
        n->until_ms = now_ms + o->overlap_ms;
        n->signs_ms = n->until_ms - o->stored_ms;
}

static void keys_sign_succession(CloudKeys *k)
{
        Succession s = {
                .from = k->identity,
                .to = k->next.identity,
                .made_ms = k->next.made_ms,
                .until_ms = k->next.until_ms,
        };

        succession_sign(k->next.succession, &s, k->sign_private, k->next.sign_private);
}

int cloud_keys_rotate_identity(CloudKeys *k, bool box, bool signing, const KeyOverlap *o,
                               uint64_t now_ms)
{
        NextIdentity *n = &k->next;

        assert(box || signing);
        assert(o->overlap_ms > o->stored_ms && o->overlap_ms <= SUCCESSION_MS_MAX);
        (void)cloud_keys_prune(k, now_ms);
        if (k->has_next)
                return CLOUD_KEYS_E_OVERLAP;
        *n = (NextIdentity){.identity = k->identity, .box_private = k->box_private};
        memcpy(n->sign_private, k->sign_private, sizeof n->sign_private);
        if (box)
                (void)crypto_box_keypair(n->identity.box_key.b, n->box_private.b);
        if (signing)
                (void)crypto_sign_keypair(n->identity.sign_key.b, n->sign_private);
        keys_set_times(n, o, now_ms);
        k->has_next = true;
        keys_sign_succession(k);
        return 0;
}

static bool keys_prune_tickets(CloudKeys *k, uint64_t now_ms)
{
        unsigned over = 0;

        while (over < k->n_tickets - 1 && k->tickets[over].until_ms <= now_ms)
                over++;
        k->n_tickets -= over;
        memmove(k->tickets, k->tickets + over, k->n_tickets * sizeof *k->tickets);
        sodium_memzero(k->tickets + k->n_tickets, over * sizeof *k->tickets);
        return over > 0;
}

bool cloud_keys_prune(CloudKeys *k, uint64_t now_ms)
{
        bool pruned = keys_prune_tickets(k, now_ms);

        if (!k->has_next || now_ms < k->next.until_ms)
                return pruned;
        k->box_private = k->next.box_private;
        memcpy(k->sign_private, k->next.sign_private, sizeof k->sign_private);
        k->identity = k->next.identity;
        k->has_next = false;
        sodium_memzero(&k->next, sizeof k->next);
        return true;
}

static uint64_t keys_next_change_of_identity(const CloudKeys *k, uint64_t now_ms)
{
        if (!k->has_next)
                return UINT64_MAX;
        return keys_next_signs(k, now_ms) ? k->next.until_ms : k->next.signs_ms;
}

uint64_t cloud_keys_next_change(const CloudKeys *k, uint64_t now_ms)
{
        uint64_t ticket = k->n_tickets > 1 ? k->tickets[0].until_ms : UINT64_MAX;
        uint64_t next = MIN(ticket, keys_next_change_of_identity(k, now_ms));

        return next == UINT64_MAX ? 0 : next;
}
