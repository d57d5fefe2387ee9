/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "exchange-run.h"

#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum {
        LINGER_MS = 60 * 1000, /* time to read how it ended */
        /* the exchange itself waits ten minutes for late cards */
        LINGER_DELIVERED_MS = 11 * 60 * 1000,
};

struct ExchangeRun {
        const ExchangeRunDeps *deps;
        CloudAccess cloud;
        ExchangeSettings exchange_settings;
        Exchange *exchange;
        ExchangeObject *object;
        Radios *radios;
        unsigned off; /* Preference: what the user has switched off */
        bool locating;
        Timer *linger;
        bool delivered; /* the record has been seen to */
};

/* ---- radios and place ---- */

static void on_run_heard(void *userdata, const Token *token, SightingTransport transport,
                         int rssi_dbm)
{
        ExchangeRun *run = userdata;

        neighbourhood_heard(exchange_neighbourhood(run->exchange), token, transport, rssi_dbm);
}

static void on_run_gone(void *userdata, const Token *token, SightingTransport transport)
{
        ExchangeRun *run = userdata;

        neighbourhood_gone(exchange_neighbourhood(run->exchange), token, transport);
}

static void on_run_radios_changed(void *userdata)
{
        ExchangeRun *run = userdata;

        run->deps->radio_changed(run->deps->userdata);
}

static void run_set_locating(ExchangeRun *run, bool on)
{
        if (on == run->locating || (run->off & PREFERENCE_PLACE))
                return;
        run->locating = on;
        if (on)
                location_want(run->deps->location);
        else
                location_rest(run->deps->location);
}

static int run_radios_on(void *userdata, Exchange *x, const Token *token)
{
        ExchangeRun *run = userdata;

        run_set_locating(run, true);
        return radios_start(run->radios, token);
}

static void run_radios_off(void *userdata, Exchange *x)
{
        ExchangeRun *run = userdata;

        run_set_locating(run, false);
        radios_rest(run->radios, false);
}

/* Invite neighbours to be helped only when we know that we reach the cloud, which the first answer
 * to this exchange shows: until then they may be no worse off than we are. */
void exchange_run_route_changed(ExchangeRun *run)
{
        radios_invite(run->radios,
                      exchange_state(run->exchange) > EXCHANGE_LISTENING &&
                              run->deps->has_route(run->deps->userdata, exchange_uid(run->exchange),
                                                   run->cloud.cloud));
}

/* ---- changes ---- */

static void on_run_lingered(void *userdata)
{
        ExchangeRun *run = userdata;

        run->deps->over(run->deps->userdata, run);
}

/* Deposits the record, once, when the exchange has delivered. */
static void run_deposit_record(ExchangeRun *run)
{
        if (run->delivered || exchange_state(run->exchange) != EXCHANGE_DELIVERED)
                return;
        run->delivered = true;
        records_deposit(run->deps->objects.records, exchange_uid(run->exchange),
                        exchange_number(run->exchange));
}

static void run_linger(ExchangeRun *run)
{
        bool delivered = exchange_state(run->exchange) == EXCHANGE_DELIVERED;
        int r = clock_restart(run->deps->clock, &run->linger,
                              delivered ? LINGER_DELIVERED_MS : LINGER_MS, on_run_lingered, run);

        if (r < 0)
                log_warning("an exchange that has ended stays: %s", strerror(-r));
}

static void on_run_changed(void *userdata, Exchange *x)
{
        ExchangeRun *run = userdata;

        if (!run->object) /* still being made */
                return;
        exchange_object_changed(run->object);
        run_deposit_record(run);
        exchange_run_route_changed(run);
        if (!exchange_ended(x))
                return;
        radios_rest(run->radios, true);
        if (!run->linger)
                run_linger(run);
}

/* ---- life ---- */

static int run_prepare(ExchangeRun **ret, const ExchangeRunDeps *deps, const CloudAccess *cloud,
                       unsigned off)
{
        _cleanup_(exchange_run_freep) ExchangeRun *run = calloc(1, sizeof *run);
        const DaemonSettings *s = deps->settings;
        bool bluetooth = s->bluetooth && !(off & PREFERENCE_BLE);
        RadiosDeps radios = {
                .event = deps->event,
                .clock = deps->clock,
                .mdns = s->mdns && !(off & PREFERENCE_MDNS),
                .bluetooth = bluetooth,
                .bluez = {.adapter = s->adapter, .connections = s->connections},
                .through_neighbours = cloud->through_neighbours,
                .relay = off & PREFERENCE_HELP ? NULL : deps->relay,
                .spent = deps->spent,
                .heard = on_run_heard,
                .gone = on_run_gone,
                .changed = on_run_radios_changed,
                .userdata = run,
        };
        bool helped_slowly = bluetooth && s->connections;
        int r;

        assert(cloud->client && cloud->pin);
        if (!run)
                return -ENOMEM;
        run->deps = deps;
        run->off = off;
        run->cloud = *cloud;
        run->exchange_settings = (ExchangeSettings){
                .clock = deps->clock,
                .cloud = cloud->client,
                .cloud_pin = cloud->pin,
                .store = deps->objects.store,
                .listen_ms = s->listen_ms,
                .join_ms = helped_slowly ? EXCHANGE_JOIN_DEAR_MS : EXCHANGE_JOIN_MS,
                .changed = on_run_changed,
                .radios_on = run_radios_on,
                .radios_off = run_radios_off,
                .userdata = run,
        };
        r = radios_new(&run->radios, &radios);
        if (r == 0)
                *ret = TAKE_PTR(run);
        return r;
}

static int run_show(ExchangeRun *run)
{
        int r = exchange_object_new(&run->object, &run->deps->objects, run->exchange, &run->cloud);

        if (r == 0)
                on_run_changed(run, run->exchange);
        return r;
}

int exchange_run_new(ExchangeRun **ret, const ExchangeRunDeps *deps, const CloudAccess *cloud,
                     uint32_t uid, unsigned off, const Code *code, const Card *card,
                     const ExchangeOptions *options)
{
        _cleanup_(exchange_run_freep) ExchangeRun *run = NULL;
        uint64_t number;
        int r = daemon_store_exchange_number(deps->objects.store, &number);

        if (r == 0)
                r = daemon_store_exchange_cloud_put(deps->objects.store, number, cloud->cloud);
        if (r == 0)
                r = run_prepare(&run, deps, cloud, off);
        if (r == 0)
                r = exchange_new(&run->exchange, &run->exchange_settings, uid, number, code, card,
                                 options);
        if (r == 0)
                r = run_show(run);
        if (r == 0)
                *ret = TAKE_PTR(run);
        return r;
}

int exchange_run_resume(ExchangeRun **ret, const ExchangeRunDeps *deps, const CloudAccess *cloud,
                        uint64_t number, unsigned off)
{
        _cleanup_(exchange_run_freep) ExchangeRun *run = NULL;
        int r = run_prepare(&run, deps, cloud, off);

        if (r == 0)
                r = exchange_resume(&run->exchange, &run->exchange_settings, number);
        if (r == 0)
                r = run_show(run);
        if (r == 0)
                *ret = TAKE_PTR(run);
        return r;
}

ExchangeRun *exchange_run_free(ExchangeRun *run)
{
        if (!run)
                return NULL;
        timer_free(run->linger);
        exchange_object_free(run->object);
        exchange_free(run->exchange); /* may turn the radios off */
        run_set_locating(run, false);
        radios_free(run->radios);
        free(run);
        return NULL;
}

uint32_t exchange_run_uid(const ExchangeRun *run)
{
        return exchange_uid(run->exchange);
}

uint64_t exchange_run_number(const ExchangeRun *run)
{
        return exchange_number(run->exchange);
}

const char *exchange_run_cloud(const ExchangeRun *run)
{
        return run->cloud.cloud;
}

const char *exchange_run_path(const ExchangeRun *run)
{
        return exchange_object_path(run->object);
}

bool exchange_run_ended(const ExchangeRun *run)
{
        return exchange_ended(run->exchange);
}

void exchange_run_set_fix(ExchangeRun *run, const Fix *fix)
{
        assert(fix->known);
        if (!(run->off & PREFERENCE_PLACE))
                exchange_set_fix(run->exchange, fix);
}

const Radio *exchange_run_radio(const ExchangeRun *run, SightingTransport transport)
{
        return radios_get(run->radios, transport);
}
