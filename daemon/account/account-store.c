/* SPDX-License-Identifier: GPL-2.0-or-later */
/* account-store.c - the record of an account in the store, and its client to the cloud */
#include "account-private.h"
#include "src/base/log.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

static void account_changed(Account *a)
{
        a->deps->changed(a->deps->userdata, a->uid);
}

void account_begin_record(Account *a)
{
        account_record_done(&a->record);
        a->record.uid = a->uid;
        (void)snprintf(a->record.cloud, sizeof a->record.cloud, "%s",
                       cloud_line_name(a->deps->line));
}

int account_forget(Account *a)
{
        int r = daemon_store_account_delete(a->deps->store, a->uid, a->record.cloud);

        if (r < 0)
                return r;
        a->upload = cloud_call_cancel(a->upload);
        a->client = cloud_client_free(a->client);
        account_begin_record(a);
        a->stored = false;
        account_changed(a);
        return 0;
}

int account_store(Account *a)
{
        int r;

        assert(a->record.uid == a->uid);
        r = daemon_store_account_put(a->deps->store, &a->record);
        if (r < 0)
                return r;
        a->stored = true;
        account_changed(a);
        return 0;
}

CloudClient *account_client(Account *a)
{
        int r;

        if (a->client || !a->stored || !cloud_line_pin(a->deps->line))
                return a->client;
        r = cloud_line_client(a->deps->line, &a->client, &a->record.key);
        if (r < 0)
                log_error("no line to the cloud for an account: %s", strerror(-r));
        return a->client;
}

int account_access(Account *a, CloudAccess *ret)
{
        CloudLine *line = account_line(a);
        Outcome trouble = cloud_line_trouble(line);

        *ret = (CloudAccess){.client = account_client(a),
                             .pin = cloud_line_pin(line),
                             .cloud = cloud_line_name(line),
                             .url = cloud_line_url(line),
                             .through_neighbours = cloud_line_through_neighbours(line)};
        if (ret->client)
                return 0;
        return trouble == OUTCOME_OK ? OUTCOME_CLOUD_UNREACHABLE : trouble;
}

void account_renew(Account *a)
{
        if (a->client)
                cloud_client_renew(a->client);
        if (a->stranger)
                cloud_client_renew(a->stranger);
}

CloudLine *account_line(const Account *a)
{
        return a->deps->line;
}

uint32_t account_uid(const Account *a)
{
        return a->uid;
}

bool account_registered(const Account *a)
{
        return a->record.confirmed;
}

const char *account_handle(const Account *a)
{
        return a->record.handle;
}
