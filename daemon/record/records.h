/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * records.h - the requests of users about records, one at a time for each user, and the deposits
 * that the daemon makes by itself
 */
#pragma once

#include "fetch-record.h"
#include "record.h"

typedef struct Records Records;

typedef struct RecordsDeps { /* borrowed; outlive the records */
        Clock *clock;
        DaemonStore *store;
        /* The access of a user's account at a cloud, by its name; NULL: the default. 0, or the
         * outcome that says why there is none. */
        int (*access)(void *userdata, uint32_t uid, const char *cloud, CloudAccess *ret);
        /* A fetched exchange is in the history; called before the caller of records_fetch is. */
        void (*fetched)(void *userdata, const ExchangeSummary *exchange);
        /* Somebody has fetched the record of this exchange; see record-watch.h. */
        void (*opened)(void *userdata, uint32_t uid, uint64_t exchange, uint64_t time_s);
        void *userdata;
} RecordsDeps;

/* Makes the deposits that are still due and erases expired secrets, now and once an hour. */
int records_new(Records **ret, const RecordsDeps *deps);
/* Callers that still wait are not called any more. Free the records before the accounts. */
Records *records_free(Records *r);
DEFINE_CLEANUP(Records *, records_free);

/* Whether a request or a deposit of this user is under way. */
bool records_busy(const Records *r, uint32_t uid);
/* Both return 0, an outcome or -errno. Unless they return 0, func is not called. */
int records_ask(Records *r, uint32_t uid, uint64_t exchange, RecordWish wish, RecordFunc func,
                void *userdata);
/* cloud: the name of the cloud that has the record; NULL: the default. */
int records_fetch(Records *r, uint32_t uid, const char *cloud, const char *number,
                  const RecordPassword *password, RecordFetchFunc func, void *userdata);
/* The exchange has delivered: deposits its record if this terminal has that task. */
void records_deposit(Records *r, uint32_t uid, uint64_t exchange);
