/* SPDX-License-Identifier: GPL-2.0-or-later */
/* accounts.h - the accounts of all users of this machine */
#pragma once

#include "account.h"

enum { ACCOUNTS_MAX = 256 };

typedef struct Accounts Accounts;

/* Has those that the store has. */
int accounts_new(Accounts **ret, const AccountDeps *deps);
Accounts *accounts_free(Accounts *a);
DEFINE_CLEANUP(Accounts *, accounts_free);

/* NULL: this user has none. */
Account *accounts_find(const Accounts *a, uint32_t uid);
/* An empty account, to register with. OUTCOME_LIMIT, or -errno. */
int accounts_make(Accounts *a, uint32_t uid, Account **ret);
