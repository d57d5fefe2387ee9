/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-postgres-known.h"

#include <sodium.h>
#include <string.h>

enum { ROOM_MIN = 1024, LARGE = 1 << 20 };

Known *known_new(void)
{
        Known *k = calloc(1, sizeof *k);

        if (k)
                randombytes_buf(k->key, sizeof k->key);
        return k;
}

Known *known_free(Known *k)
{
        if (!k)
                return NULL;
        known_forget_accounts(k);
        array_done(&k->newly_spent);
        array_done(&k->expected);
        free(k->spent);
        free(k);
        return NULL;
}

/* ---- accounts ---- */

void known_forget_accounts(Known *k)
{
        sodium_memzero(k->accounts, sizeof k->accounts);
}

const AccountRow *known_account(const Known *k, int64_t id)
{
        const AccountRow *a = &k->accounts[(uint64_t)id % KNOWN_ACCOUNTS];

        return id != 0 && a->id == id ? a : NULL;
}

void known_account_is(Known *k, const AccountRow *a)
{
        k->accounts[(uint64_t)a->id % KNOWN_ACCOUNTS] = *a;
}

void known_expect_account(Known *k, int64_t id)
{
        if (!known_account(k, id) && k->expected.n < EXPECTED_MAX)
                (void)array_add(&k->expected, id); /* others are asked for one by one */
}

/* ---- spent ids ---- */

static uint64_t known_hash(const Known *k, const Id *id)
{
        uint64_t hash;

        _Static_assert(sizeof k->key == crypto_shorthash_KEYBYTES, "the key of the hash");
        (void)crypto_shorthash((uint8_t *)&hash, id->b, sizeof id->b, k->key);
        return MAX(hash, UINT64_C(1));
}

/* Where the hash is, or the free place for it. */
static size_t known_place(const uint64_t *spent, size_t room, uint64_t hash)
{
        size_t i = hash & (room - 1);

        while (spent[i] != 0 && spent[i] != hash)
                i = (i + 1) & (room - 1);
        return i;
}

static bool known_grow(Known *k)
{
        size_t room = MAX(k->room * 2, (size_t)ROOM_MIN);
        uint64_t *spent = calloc(room, sizeof *spent);

        if (!spent)
                return false;
        for (size_t i = 0; i < k->room; i++)
                if (k->spent[i] != 0)
                        spent[known_place(spent, room, k->spent[i])] = k->spent[i];
        free(k->spent);
        k->spent = spent;
        k->room = room;
        return true;
}

void known_forget_spent(Known *k)
{
        free(k->spent);
        k->spent = NULL;
        k->n_spent = k->room = 0;
        k->incomplete = false;
}

void known_spent_is(Known *k, const Id *id)
{
        uint64_t hash = known_hash(k, id);
        size_t i;

        if (k->n_spent * 2 >= k->room && !known_grow(k)) {
                k->incomplete = true;
                return;
        }
        i = known_place(k->spent, k->room, hash);
        k->n_spent += k->spent[i] == 0;
        k->spent[i] = hash;
}

bool known_maybe_spent(const Known *k, const Id *id)
{
        uint64_t hash = known_hash(k, id);

        return k->incomplete ||
               (k->room > 0 && k->spent[known_place(k->spent, k->room, hash)] == hash);
}

bool known_is_large(const Known *k)
{
        return k->n_spent > 2 * k->n_loaded + LARGE;
}
