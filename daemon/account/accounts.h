/* SPDX-License-Identifier: GPL-2.0-or-later */
/* accounts.h - the accounts of all users of this machine */
#pragma once

#include "account.h"
#include "clouds.h"

enum { ACCOUNTS_MAX = 256 };

typedef struct Accounts Accounts;

/* Has those that the store has. deps->line is not used: each account has the line of its cloud. */
int accounts_new(Accounts **ret, const AccountDeps *deps, Clouds *clouds);
Accounts *accounts_free(Accounts *a);
DEFINE_CLEANUP(Accounts *, accounts_free);

/* At the user's default cloud. NULL: this user has none. */
Account *accounts_find(const Accounts *a, uint32_t uid);
Account *accounts_at(const Accounts *a, uint32_t uid, const CloudLine *line);
/* An empty account, to register with. OUTCOME_LIMIT, or -errno. */
int accounts_make(Accounts *a, uint32_t uid, Account **ret);
int accounts_make_at(Accounts *a, uint32_t uid, CloudLine *line, Account **ret);
/* Forgets it here alone, before its cloud is removed. -EBUSY: an operation is under way. */
int accounts_drop(Accounts *a, uint32_t uid, const CloudLine *line);
/* The network is another one, or the address of this cloud (NULL: of all): what is under way begins
 * anew. */
void accounts_renew(const Accounts *a, const CloudLine *line);
/* The own card of this user or its shared fields have changed. */
int accounts_upload(const Accounts *a, uint32_t uid);
