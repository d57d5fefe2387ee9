/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "records.h"
#include "src/base/log.h"
#include "daemon/objects/bus-tables.h"
#include "fetch-record.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        HOUR_MS = 60 * 60 * 1000,
        SHOWN_MS = 60 *
                   /* a fetched exchange is an object for so long: whoever waits for cards hears of
                 * it */
                   1000,
};

typedef struct Job Job;
struct Job {
        Job *next;
        Records *records;
        uint32_t uid;
        RecordWish wish;
        BusCall *call; /* NULL: nobody asked */
        RecordRequest *request;
        RecordFetch *fetch;
};

typedef struct Shown Shown;
struct Shown {
        Shown *next;
        Records *records;
        ExchangeObject exchange;
        BusObject *object;
        Timer *timer;
};

struct Records {
        RecordsSettings settings;
        Job *jobs;
        Shown *shown;
        Timer *hour;
};

/* ---- jobs ---- */

static Job *job_free(Job *j)
{
        if (!j)
                return NULL;
        record_request_free(j->request);
        record_fetch_free(j->fetch);
        free(j);
        return NULL;
}

static void drop_job(Job *j)
{
        Job **i = &j->records->jobs;

        while (*i != j)
                i = &(*i)->next;
        *i = j->next;
        job_free(j);
}

static int add_job(Records *r, Job **ret, uint32_t uid, BusCall *call)
{
        Job *j = calloc(1, sizeof *j);

        if (!j)
                return -ENOMEM;
        *j = (Job){.next = r->jobs, .records = r, .uid = uid, .call = call};
        *ret = r->jobs = j;
        return 0;
}

bool records_busy(const Records *r, uint32_t uid)
{
        for (const Job *j = r->jobs; j; j = j->next)
                if (j->uid == uid)
                        return true;
        return false;
}

/* A deposit of our own does not keep a user waiting. */
static bool is_asking(const Records *r, uint32_t uid)
{
        for (const Job *j = r->jobs; j; j = j->next)
                if (j->uid == uid && j->call)
                        return true;
        return false;
}

static void fail(BusCall *call, int result)
{
        if (result < 0)
                bus_fail_errno(call, result);
        else
                bus_fail(call, (Outcome)result);
}

/* ---- asking ---- */

static bool build_fetches(DBusMessageIter *to, void *userdata)
{
        const RecordShown *shown = userdata;
        DBusMessageIter array;
        bool ok = true;

        if (!dbus_message_iter_open_container(to, DBUS_TYPE_ARRAY, "t", &array))
                return false;
        for (size_t i = 0; ok && i < shown->n_fetched; i++) {
                dbus_uint64_t seconds = shown->fetched_ms[i] / 1000;

                ok = dbus_message_iter_append_basic(&array, DBUS_TYPE_UINT64, &seconds);
        }
        return bus_close(ok, to, &array);
}

static void answer(BusCall *call, RecordWish wish, const RecordShown *shown)
{
        const char *number, *password;

        switch (wish) {
        case RECORD_SHOW:
                number = shown->number;
                password = shown->password;
                bus_return(call, DBUS_TYPE_STRING, &number, DBUS_TYPE_STRING, &password,
                           DBUS_TYPE_INVALID);
                break;
        case RECORD_FETCHES:
                bus_return_built(call, build_fetches, (void *)shown);
                break;
        case RECORD_REVOKE:
                bus_return(call, DBUS_TYPE_INVALID);
                break;
        }
}

static void on_request(void *userdata, Outcome outcome, const RecordShown *shown)
{
        Job *j = userdata;

        if (j->call && outcome == OUTCOME_OK)
                answer(j->call, j->wish, shown);
        else if (j->call)
                bus_fail(j->call, outcome);
        else if (outcome != OUTCOME_OK)
                log_notice("the record of an exchange is not deposited yet: %s",
                           outcome_message(outcome));
        drop_job(j);
}

/* 0: on_request will be called. An outcome or -errno: it will not. */
static int start_request(Records *r, uint32_t uid, BusCall *call, uint64_t exchange,
                         RecordWish wish)
{
        PressLine line;
        Job *j;
        int k = r->settings.line(r->settings.userdata, uid, &line);

        if (k == 0)
                k = add_job(r, &j, uid, call);
        if (k != 0)
                return k;
        j->wish = wish;
        k = record_request_new(&j->request, wish, line.client, r->settings.clock, r->settings.store,
                               exchange, on_request, j);
        if (k != 0)
                drop_job(j);
        return k;
}

void records_ask(Records *r, BusCall *call, uint64_t exchange, RecordWish wish)
{
        uint32_t uid = bus_call_uid(call);
        int k = is_asking(r, uid) ? (int)OUTCOME_BUSY : start_request(r, uid, call, exchange, wish);

        if (k != 0)
                fail(call, k);
}

/* ---- fetching ---- */

static Shown *shown_free(Shown *s)
{
        bus_object_free(s->object);
        timer_free(s->timer);
        free(s);
        return NULL;
}

static void on_shown(void *userdata)
{
        Shown *s = userdata, **i = &s->records->shown;

        while (*i != s)
                i = &(*i)->next;
        *i = s->next;
        shown_free(s);
}

static int show(Records *r, const ExchangeSummary *e, const char *path)
{
        Shown *s = calloc(1, sizeof *s);
        int k;

        if (!s)
                return -ENOMEM;
        *s = (Shown){.records = r};
        s->exchange = (ExchangeObject){.store = r->settings.store, .records = r, .summary = *e};
        k = bus_object_new(&s->object, r->settings.bus, path, &bus_exchange_interface, e->uid,
                           &s->exchange);
        if (k == 0)
                k = clock_restart(r->settings.clock, &s->timer, SHOWN_MS, on_shown, s);
        if (k < 0) {
                shown_free(s);
                return k;
        }
        s->next = r->shown;
        r->shown = s;
        return 0;
}

/* One's own exchange, and one that was fetched a moment ago, may be objects already. */
static bool may_be_there(const Records *r, const ExchangeSummary *e)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};

        for (const Shown *s = r->shown; s; s = s->next)
                if (s->exchange.summary.number == e->number)
                        return true;
        return daemon_store_secret_get(r->settings.store, e->number, &secret) !=
               DAEMON_STORE_E_NOT_FOUND;
}

static void on_fetched(void *userdata, Outcome outcome, const ExchangeSummary *e)
{
        char path[sizeof BUS_ROOT "/exchange/" + 20];
        const char *p = path;
        Job *j = userdata;
        int r = 0;

        if (outcome != OUTCOME_OK)
                bus_fail(j->call, outcome);
        else {
                (void)snprintf(path, sizeof path, BUS_ROOT "/exchange/%" PRIu64, e->number);
                if (!may_be_there(j->records, e))
                        r = show(j->records, e, path);
                if (r < 0)
                        log_warning("a fetched exchange is not shown: %s", strerror(-r));
                bus_return(j->call, DBUS_TYPE_OBJECT_PATH, &p, DBUS_TYPE_INVALID);
        }
        drop_job(j);
}

static int start_fetch(Records *r, BusCall *call, const char *number,
                       const RecordPassword *password)
{
        uint32_t uid = bus_call_uid(call);
        RecordFetchSettings settings = {
                .clock = r->settings.clock, .store = r->settings.store, .uid = uid};
        PressLine line;
        Job *j;
        int k = is_asking(r, uid) ? (int)OUTCOME_BUSY
                                  : r->settings.line(r->settings.userdata, uid, &line);

        if (k == 0)
                k = add_job(r, &j, uid, call);
        if (k != 0)
                return k;
        settings.cloud = line.client;
        settings.identity = line.identity;
        k = record_fetch_new(&j->fetch, &settings, number, password, on_fetched, j);
        if (k != 0)
                drop_job(j);
        return k;
}

/* True: both can be. False: the call has been answered. */
static bool read_wish(BusCall *call, const char *number, const char *password, char *ret_number,
                      RecordPassword *ret_password)
{
        unsigned at = 0;
        int k = record_password_parse(ret_password, password, &at);

        if (!record_number_parse(ret_number, number))
                bus_fail_with(
                        call, OUTCOME_INVALID_ARGUMENT,
                        "a record number has 11 digits, of which the last follows from the others");
        else if (k == RECORD_E_SYMBOL)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "character %u is in no record password: they have 2-9 and letters "
                              "but I and O",
                              at);
        else if (k == RECORD_E_LENGTH)
                bus_fail_with(call, OUTCOME_INVALID_ARGUMENT,
                              "a record password has 16 letters and digits");
        else
                return true;
        return false;
}

void records_fetch(Records *r, BusCall *call, const char *number, const char *password)
{
        _cleanup_record_password_ RecordPassword p = {};
        char n[RECORD_NUMBER_SIZE];
        int k;

        if (!read_wish(call, number, password, n, &p))
                return;
        k = start_fetch(r, call, n, &p);
        if (k != 0)
                fail(call, k);
}

/* ---- what nobody asks for ---- */

static int deposit(void *userdata, const RecordSecret *secret)
{
        records_deposit(userdata, secret->uid, secret->number);
        return 0;
}

void records_deposit(Records *r, uint32_t uid, uint64_t exchange)
{
        _cleanup_(record_secret_done) RecordSecret secret = {};
        int k = daemon_store_secret_get(r->settings.store, exchange, &secret);

        if (k == 0 && secret.deposits)
                k = start_request(r, uid, NULL, exchange, RECORD_SHOW);
        if (k < 0)
                log_error("the record of an exchange is not deposited yet: %s", strerror(-k));
}

static void on_hour(void *userdata)
{
        Records *r = userdata;
        int k = daemon_store_secrets_expire(r->settings.store,
                                            clock_wall(r->settings.clock) / 1000);

        if (k == 0)
                k = daemon_store_secrets_walk(r->settings.store, deposit, r);
        if (k == 0)
                k = clock_restart(r->settings.clock, &r->hour, HOUR_MS, on_hour, r);
        if (k < 0)
                log_error("records are not seen to: %s", strerror(-k));
}

/* ---- life ---- */

int records_new(Records **ret, const RecordsSettings *settings)
{
        _cleanup_(records_freep) Records *r = calloc(1, sizeof *r);
        int k;

        if (!r)
                return -ENOMEM;
        r->settings = *settings;
        k = clock_restart(settings->clock, &r->hour, 0, on_hour, r);
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
                drop_job(r->jobs);
        while (r->shown)
                on_shown(r->shown);
        free(r);
        return NULL;
}
