/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounts.h"

#include <assert.h>
#include <sys/queue.h>

typedef struct AccountEntry AccountEntry;
struct AccountEntry {
        LIST_ENTRY(AccountEntry) list;
        Account *account;
};

struct Accounts {
        AccountDeps deps;
        LIST_HEAD(, AccountEntry) list;
};

Account *accounts_find(const Accounts *a, uint32_t uid)
{
        AccountEntry *e;

        LIST_FOREACH (e, &a->list, list)
                if (account_uid(e->account) == uid)
                        return e->account;
        return NULL;
}

static AccountEntry *account_entry_free(AccountEntry *e)
{
        LIST_REMOVE(e, list);
        account_free(e->account);
        free(e);
        return NULL;
}

/* Drops the accounts of users that tried to register in vain. */
static void accounts_drop_idle(Accounts *a)
{
        for (AccountEntry *e = LIST_FIRST(&a->list), *next; e; e = next) {
                next = LIST_NEXT(e, list);
                if (account_idle(e->account))
                        account_entry_free(e);
        }
}

static size_t accounts_count(const Accounts *a)
{
        AccountEntry *e;
        size_t n = 0;

        LIST_FOREACH (e, &a->list, list)
                n++;
        return n;
}

int accounts_make(Accounts *a, uint32_t uid, Account **ret)
{
        AccountEntry *e;
        int r;

        assert(!accounts_find(a, uid));
        accounts_drop_idle(a);
        if (accounts_count(a) >= ACCOUNTS_MAX)
                return OUTCOME_LIMIT;
        e = calloc(1, sizeof *e);
        if (!e)
                return -ENOMEM;
        r = account_new(&e->account, &a->deps, uid);
        if (r < 0) {
                free(e);
                return r;
        }
        LIST_INSERT_HEAD(&a->list, e, list);
        *ret = e->account;
        return 0;
}

static int accounts_load(void *userdata, uint32_t uid)
{
        Account *account;

        return accounts_make(userdata, uid, &account);
}

int accounts_new(Accounts **ret, const AccountDeps *deps)
{
        _cleanup_(accounts_freep) Accounts *a = calloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->deps = *deps;
        LIST_INIT(&a->list);
        r = daemon_store_account_walk(deps->store, accounts_load, a);
        if (r != 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

Accounts *accounts_free(Accounts *a)
{
        AccountEntry *e;

        if (!a)
                return NULL;
        while ((e = LIST_FIRST(&a->list)))
                account_entry_free(e);
        free(a);
        return NULL;
}
