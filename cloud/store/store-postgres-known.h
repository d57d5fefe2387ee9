/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * store-postgres-known.h - what a node knows without asking PostgreSQL: a join then costs no round
 * trip of its own. Only store-postgres*.c include this.
 *
 * Accounts: as last read, until any account is changed, here or by another node. Spent ids: hashes
 * of all, so that one that is not there is not asked for; the key of the hash is drawn, as
 * strangers choose ids. What is due: as of the beginning of the batch, until something is written
 * in it.
 */
#pragma once

#include "src/base/array.h"
#include "store.h"

enum { KNOWN_ACCOUNTS = 4096, EXPECTED_MAX = 1024 };

typedef struct Known {
        AccountRow accounts[KNOWN_ACCOUNTS]; /* by id; id 0: none */
        ARRAY(int64_t) expected;             /* accounts, for the next batch; not all have to be */
        uint64_t *spent;                     /* hashes, 0: free; at most half is in use */
        size_t n_spent, room, n_loaded;      /* n_loaded: how many there were when all were read */
        bool incomplete;                     /* there was no memory: ask */
        ARRAY(Id) newly_spent;               /* in this batch, also what was undone since */
        int64_t leaving;                     /* an account that is; 0: none */
        uint64_t due_ms;                     /* UINT64_MAX: nothing is */
        uint8_t key[16];
} Known;

Known *known_new(void);
Known *known_free(Known *k);

void known_forget_accounts(Known *k);
const AccountRow *known_account(const Known *k, int64_t id); /* NULL: ask */
void known_account_is(Known *k, const AccountRow *a);
void known_expect_account(Known *k, int64_t id);

void known_forget_spent(Known *k);
void known_spent_is(Known *k, const Id *id);
bool known_maybe_spent(const Known *k, const Id *id);
/* Many have been forgotten in the database, but not here. */
bool known_is_large(const Known *k);
