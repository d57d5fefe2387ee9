/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "accounts.h"

#include <assert.h>
#include <sys/queue.h>

typedef struct AccountEntry AccountEntry;
struct AccountEntry {
        LIST_ENTRY(AccountEntry) list;
        AccountDeps deps; /* of this account */
        Account *account;
};

struct Accounts {
        AccountDeps deps;
        Clouds *clouds;
        LIST_HEAD(, AccountEntry) list;
};

static AccountEntry *accounts_entry(const Accounts *a, uint32_t uid, const CloudLine *line)
{
        AccountEntry *e;

        LIST_FOREACH (e, &a->list, list)
                if (account_uid(e->account) == uid && account_line(e->account) == line)
                        return e;
        return NULL;
}

Account *accounts_at(const Accounts *a, uint32_t uid, const CloudLine *line)
{
        AccountEntry *e = accounts_entry(a, uid, line);

        return e ? e->account : NULL;
}

Account *accounts_find(const Accounts *a, uint32_t uid)
{
        return accounts_at(a, uid, clouds_default(a->clouds, uid));
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

int accounts_make_at(Accounts *a, uint32_t uid, CloudLine *line, Account **ret)
{
        AccountEntry *e;
        int r;

        assert(!accounts_at(a, uid, line));
        accounts_drop_idle(a);
        if (accounts_count(a) >= ACCOUNTS_MAX)
                return OUTCOME_LIMIT;
        e = calloc(1, sizeof *e);
        if (!e)
                return -ENOMEM;
        e->deps = a->deps;
        e->deps.line = line;
        r = account_new(&e->account, &e->deps, uid);
        if (r < 0) {
                free(e);
                return r;
        }
        LIST_INSERT_HEAD(&a->list, e, list);
        *ret = e->account;
        return 0;
}

int accounts_make(Accounts *a, uint32_t uid, Account **ret)
{
        return accounts_make_at(a, uid, clouds_default(a->clouds, uid), ret);
}

int accounts_drop(Accounts *a, uint32_t uid, const CloudLine *line)
{
        AccountEntry *e = accounts_entry(a, uid, line);
        int r = e ? account_drop(e->account) : 0;

        if (r == 0 && e)
                account_entry_free(e);
        return r;
}

void accounts_renew(const Accounts *a, const CloudLine *line)
{
        AccountEntry *e;

        LIST_FOREACH (e, &a->list, list)
                if (!line || account_line(e->account) == line)
                        account_renew(e->account);
}

int accounts_upload(const Accounts *a, uint32_t uid)
{
        AccountEntry *e;
        int r = 0;

        LIST_FOREACH (e, &a->list, list)
                if (r == 0 && account_uid(e->account) == uid)
                        r = account_upload(e->account);
        return r;
}

/* While the cloud is fixed, accounts with others rest. */
static int accounts_load(void *userdata, uint32_t uid, const char *cloud)
{
        Accounts *a = userdata;
        CloudLine *line = clouds_named(a->clouds, uid, cloud);
        Account *account;

        return line ? accounts_make_at(a, uid, line, &account) : 0;
}

int accounts_new(Accounts **ret, const AccountDeps *deps, Clouds *clouds)
{
        _cleanup_(accounts_freep) Accounts *a = calloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->deps = *deps;
        a->clouds = clouds;
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
