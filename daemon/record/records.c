/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "records.h"
#include "record-watch.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum { HOUR_MS = 60 * 60 * 1000 };

typedef struct RecordJob RecordJob;
struct RecordJob {
        RecordJob *next;
        Records *records;
        uint32_t uid;
        RecordFunc asked; /* one of these two; neither: a deposit */
        RecordFetchFunc fetched;
        bool looks; /* for record-watch.c: the user does not wait for it */
        bool reads; /* RECORD_READ */
        uint64_t exchange;
        void *userdata;
        RecordRequest *request;
        RecordFetch *fetch;
};

struct Records {
        RecordsDeps deps;
        RecordJob *jobs;
        RecordWatches *watches;
        Timer *hour;
};

/* ---- jobs ---- */

static RecordJob *record_job_free(RecordJob *j)
{
        if (!j)
                return NULL;
        record_request_free(j->request);
        record_fetch_free(j->fetch);
        free(j);
        return NULL;
}

static void records_drop_job(RecordJob *j)
{
        RecordJob **i = &j->records->jobs;

        while (*i != j)
                i = &(*i)->next;
        *i = j->next;
        record_job_free(j);
}

static int records_add_job(Records *r, RecordJob **ret, uint32_t uid, void *userdata)
{
        RecordJob *j = calloc(1, sizeof *j);

        if (!j)
                return -ENOMEM;
        *j = (RecordJob){.next = r->jobs, .records = r, .uid = uid, .userdata = userdata};
        *ret = r->jobs = j;
        return 0;
}

bool records_busy(const Records *r, uint32_t uid)
{
        for (const RecordJob *j = r->jobs; j; j = j->next)
                if (j->uid == uid)
                        return true;
        return false;
}

/* A deposit of our own does not make a user wait. */
static bool records_user_waits(const Records *r, uint32_t uid)
{
        for (const RecordJob *j = r->jobs; j; j = j->next)
                if (j->uid == uid && ((j->asked && !j->looks) || j->fetched))
                        return true;
        return false;
}

/* ---- requests of members ---- */

static void on_records_asked(void *userdata, Outcome outcome, const RecordShown *shown)
{
        RecordJob *j = userdata;

        if (j->reads && shown)
                record_watches_add(j->records->watches, j->uid, j->exchange, shown);
        if (j->asked)
                j->asked(j->userdata, outcome, shown);
        else if (outcome != OUTCOME_OK)
                log_notice("the record of an exchange is not deposited yet: %s",
                           outcome_message(outcome));
        records_drop_job(j);
}

/* func NULL: a deposit. looks: the user does not wait for it. */
static int records_start_request(Records *r, uint32_t uid, uint64_t exchange, RecordWish wish,
                                 bool looks, RecordFunc func, void *userdata)
{
        char cloud[CLOUD_URL_SIZE];
        CloudAccess access;
        RecordJob *j;
        int k = daemon_store_exchange_cloud_get(r->deps.store, exchange, cloud);

        if (k == 0)
                k = r->deps.access(r->deps.userdata, uid, cloud, &access);
        if (k == 0)
                k = records_add_job(r, &j, uid, userdata);
        if (k != 0)
                return k;
        j->asked = func;
        j->looks = looks;
        j->reads = wish == RECORD_READ;
        j->exchange = exchange;
        k = record_request_new(&j->request, wish, &access, r->deps.clock, r->deps.store, exchange,
                               on_records_asked, j);
        if (k != 0)
                records_drop_job(j);
        return k;
}

int records_ask(Records *r, uint32_t uid, uint64_t exchange, RecordWish wish, RecordFunc func,
                void *userdata)
{
        assert(func);
        if (records_user_waits(r, uid))
                return OUTCOME_BUSY;
        return records_start_request(r, uid, exchange, wish, false, func, userdata);
}

/* ---- fetches ---- */

static void on_records_fetched(void *userdata, Outcome outcome, const ExchangeSummary *exchange)
{
        RecordJob *j = userdata;
        const RecordsDeps *deps = &j->records->deps;

        if (outcome == OUTCOME_OK)
                deps->fetched(deps->userdata, exchange);
        j->fetched(j->userdata, outcome, exchange);
        records_drop_job(j);
}

int records_fetch(Records *r, uint32_t uid, const char *cloud, const char *number,
                  const RecordPassword *password, RecordFetchFunc func, void *userdata)
{
        RecordFetchDeps deps = {.clock = r->deps.clock, .store = r->deps.store, .uid = uid};
        RecordJob *j;
        int k;

        assert(func);
        if (records_user_waits(r, uid))
                return OUTCOME_BUSY;
        k = r->deps.access(r->deps.userdata, uid, cloud, &deps.cloud);
        if (k == 0)
                k = records_add_job(r, &j, uid, userdata);
        if (k != 0)
                return k;
        j->fetched = func;
        k = record_fetch_new(&j->fetch, &deps, number, password, on_records_fetched, j);
        if (k != 0)
                records_drop_job(j);
        return k;
}

/* ---- deposits ---- */

void records_deposit(Records *r, uint32_t uid, uint64_t exchange)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};
        int k = daemon_store_secret_get(r->deps.store, exchange, &secret);

        if (k == 0 && secret.deposits)
                k = records_start_request(r, uid, exchange, RECORD_SHOW, false, NULL, NULL);
        if (k < 0)
                log_error("the record of an exchange is not deposited yet: %s", strerror(-k));
}

static int records_deposit_secret(void *userdata, const RecordSecret *secret)
{
        records_deposit(userdata, secret->uid, secret->number);
        return 0;
}

static void on_hour(void *userdata)
{
        Records *r = userdata;
        int k = daemon_store_secrets_expire(r->deps.store, clock_wall(r->deps.clock) / 1000);

        if (k == 0)
                k = daemon_store_secrets_walk(r->deps.store, records_deposit_secret, r);
        if (k == 0)
                k = clock_restart(r->deps.clock, &r->hour, HOUR_MS, on_hour, r);
        if (k < 0)
                log_error("the hourly work on records failed: %s", strerror(-k));
}

/* ---- looking for fetches ---- */

static int records_look(void *userdata, uint32_t uid, uint64_t exchange, RecordFunc func,
                        void *func_userdata)
{
        return records_start_request(userdata, uid, exchange, RECORD_FETCHES, true, func,
                                     func_userdata);
}

/* ---- life ---- */

int records_new(Records **ret, const RecordsDeps *deps)
{
        _cleanup_(records_freep) Records *r = calloc(1, sizeof *r);
        int k;

        assert(deps->access && deps->fetched && deps->opened);
        if (!r)
                return -ENOMEM;
        r->deps = *deps;
        k = record_watches_new(&r->watches, &(RecordWatchesDeps){.clock = deps->clock,
                                                                 .look = records_look,
                                                                 .look_userdata = r,
                                                                 .opened = deps->opened,
                                                                 .userdata = deps->userdata});
        if (k < 0)
                return k;
        k = clock_restart(deps->clock, &r->hour, 0, on_hour, r);
        if (k < 0)
                return k;
        *ret = TAKE_PTR(r);
        return 0;
}

Records *records_free(Records *r)
{
        if (!r)
                return NULL;
        timer_free(r->hour);
        while (r->jobs)
                records_drop_job(r->jobs);
        record_watches_free(r->watches); /* jobs call it */
        free(r);
        return NULL;
}
