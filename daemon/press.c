/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "press.h"
#include "src/base/log.h"
#include "daemon/objects/bus-tables.h"
#include "daemon/location/location.h"
#include "daemon/record/records.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        LINGER_MS = 60 * 1000, /* time to read how it ended */
        /* the exchange itself waits ten minutes for late cards */
        LINGER_DELIVERED_MS = 11 * 60 * 1000,
};

struct Press {
        const PressSettings *settings;
        ExchangeSettings exchange_settings;
        Exchange *exchange;
        ExchangeObject shown;
        BusObject *object;
        PeerObject *peers;
        Radios *radios;
        bool locating;
        Timer *linger;
        bool delivered; /* as seen last */
};

/* ---- radios ---- */

static void on_heard(void *userdata, const Token *token, SightingTransport transport, int rssi_dbm)
{
        Press *p = userdata;

        neighbourhood_heard(exchange_neighbourhood(p->exchange), token, transport, rssi_dbm);
}

static void on_gone(void *userdata, const Token *token, SightingTransport transport)
{
        Press *p = userdata;

        neighbourhood_gone(exchange_neighbourhood(p->exchange), token, transport);
}

static void on_radios_changed(void *userdata)
{
        Press *p = userdata;

        p->settings->radio_changed(p->settings->userdata);
}

static void set_locating(Press *p, bool on)
{
        if (on == p->locating)
                return;
        p->locating = on;
        if (on)
                location_want(p->settings->location);
        else
                location_rest(p->settings->location);
}

static int radios_on(void *userdata, Exchange *x, const Token *token)
{
        Press *p = userdata;

        set_locating(p, true);
        return radios_start(p->radios, token);
}

static void radios_off(void *userdata, Exchange *x)
{
        Press *p = userdata;

        set_locating(p, false);
        radios_rest(p->radios, false);
}

/* ---- what D-Bus shows ---- */

static PeerObject *peer_free(PeerObject *o)
{
        bus_object_free(o->object);
        free(o);
        return NULL;
}

static PeerObject *find_peer(const Press *p, const Token *token)
{
        for (PeerObject *o = p->peers; o; o = o->next)
                if (memcmp(&o->token, token, sizeof *token) == 0)
                        return o;
        return NULL;
}

static int add_peer(Press *p, const Peer *peer)
{
        char path[sizeof BUS_ROOT "/peer/" + 2 * TOKEN_SIZE] = BUS_ROOT "/peer/";
        PeerObject *o = calloc(1, sizeof *o);
        size_t n = strlen(path);
        int r;

        if (!o)
                return -ENOMEM;
        *o = (PeerObject){.token = peer->token, .exchange = p->exchange, .next = p->peers};
        (void)sodium_bin2hex(path + n, sizeof path - n, peer->token.b, sizeof peer->token.b);
        r = bus_object_new(&o->object, p->settings->bus, path, &bus_peer_interface,
                           exchange_uid(p->exchange), o);
        if (r < 0) {
                free(o);
                return r;
        }
        p->peers = o;
        return 0;
}

static void drop_peers(Press *p, bool all)
{
        for (PeerObject **i = &p->peers; *i;) {
                PeerObject *o = *i;
                const Peer *peer = all ? NULL : peer_object_get(o);

                if (peer && peer->present) {
                        i = &o->next;
                        continue;
                }
                *i = o->next;
                peer_free(o);
        }
}

/* Neighbours are shown while they are there and the exchange runs. */
static void show_peers(Press *p)
{
        const Neighbourhood *n = exchange_neighbourhood(p->exchange);
        int r = 0;

        drop_peers(p, exchange_ended(p->exchange));
        if (exchange_ended(p->exchange))
                return;
        for (size_t i = 0; r == 0 && i < neighbourhood_count(n); i++) {
                const Peer *peer = neighbourhood_get(n, i);
                PeerObject *o = find_peer(p, &peer->token);

                if (o)
                        bus_object_changed(o->object);
                else if (peer->present)
                        r = add_peer(p, peer);
        }
        if (r < 0)
                log_warning("a neighbour is not shown: %s", strerror(-r));
}

static void on_lingered(void *userdata)
{
        Press *p = userdata;

        p->settings->over(p->settings->userdata, p);
}

/* Once, when it has delivered, what may be fetched of it is deposited. */
static void see_to_record(Press *p)
{
        if (p->delivered || exchange_state(p->exchange) != EXCHANGE_DELIVERED)
                return;
        p->delivered = true;
        records_deposit(p->settings->records, exchange_uid(p->exchange),
                        exchange_number(p->exchange));
}

/* Who does not know yet whether it reaches the cloud would be asked in vain by those who do not
 * either; the first answer to this press tells. */
void press_route_changed(Press *p)
{
        radios_invite(p->radios, exchange_state(p->exchange) > EXCHANGE_LISTENING &&
                                         p->settings->has_route(p->settings->userdata));
}

static void on_changed(void *userdata, Exchange *x)
{
        Press *p = userdata;
        uint64_t linger_ms =
                exchange_state(x) == EXCHANGE_DELIVERED ? LINGER_DELIVERED_MS : LINGER_MS;
        int r = 0;

        if (!p->object) /* still being made */
                return;
        bus_object_changed(p->object);
        show_peers(p);
        see_to_record(p);
        press_route_changed(p);
        if (exchange_ended(x))
                radios_rest(p->radios, true);
        if (exchange_ended(x) && !p->linger)
                r = clock_restart(p->settings->clock, &p->linger, linger_ms, on_lingered, p);
        if (r < 0)
                log_warning("an exchange that has ended stays: %s", strerror(-r));
}

/* ---- life ---- */

static int prepare(Press **ret, const PressSettings *settings, const PressLine *line)
{
        _cleanup_(press_freep) Press *p = calloc(1, sizeof *p);
        RadiosSettings radios = {
                .event = settings->event,
                .clock = settings->clock,
                .mdns = settings->mdns,
                .bluetooth = settings->bluetooth,
                .bluez = settings->bluez,
                .through_neighbours = settings->through_neighbours,
                .relay = settings->relay,
                .heard = on_heard,
                .gone = on_gone,
                .changed = on_radios_changed,
                .userdata = p,
        };
        bool helped_slowly = settings->bluetooth && settings->bluez.connections;
        int r;

        if (!p)
                return -ENOMEM;
        p->settings = settings;
        p->exchange_settings = (ExchangeSettings){
                .clock = settings->clock,
                .cloud = line->client,
                .cloud_identity = line->identity,
                .store = settings->store,
                .listen_ms = settings->listen_ms,
                .join_ms = helped_slowly ? EXCHANGE_JOIN_DEAR_MS : EXCHANGE_JOIN_MS,
                .changed = on_changed,
                .radios_on = radios_on,
                .radios_off = radios_off,
                .userdata = p,
        };
        r = radios_new(&p->radios, &radios);
        if (r == 0)
                *ret = TAKE_PTR(p);
        return r;
}

static int show(Press *p)
{
        char path[sizeof BUS_ROOT "/exchange/" + 20];
        Exchange *x = p->exchange;
        int r;

        (void)snprintf(path, sizeof path, BUS_ROOT "/exchange/%" PRIu64, exchange_number(x));
        p->shown = (ExchangeObject){.store = p->settings->store,
                                    .records = p->settings->records,
                                    .exchange = x,
                                    .summary.number = exchange_number(x)};
        r = bus_object_new(&p->object, p->settings->bus, path, &bus_exchange_interface,
                           exchange_uid(x), &p->shown);
        if (r == 0)
                on_changed(p, x);
        return r;
}

int press_new(Press **ret, const PressSettings *settings, const PressLine *line, uint32_t uid,
              const Code *code, const Card *card, const ExchangeOptions *options)
{
        _cleanup_(press_freep) Press *p = NULL;
        uint64_t number;
        int r = daemon_store_exchange_number(settings->store, &number);

        if (r == 0)
                r = prepare(&p, settings, line);
        if (r == 0)
                r = exchange_new(&p->exchange, &p->exchange_settings, uid, number, code, card,
                                 options);
        if (r == 0)
                r = show(p);
        if (r == 0)
                *ret = TAKE_PTR(p);
        return r;
}

int press_resume(Press **ret, const PressSettings *settings, const PressLine *line, uint64_t number)
{
        _cleanup_(press_freep) Press *p = NULL;
        int r = prepare(&p, settings, line);

        if (r == 0)
                r = exchange_resume(&p->exchange, &p->exchange_settings, number);
        if (r == 0)
                r = show(p);
        if (r == 0)
                *ret = TAKE_PTR(p);
        return r;
}

Press *press_free(Press *p)
{
        if (!p)
                return NULL;
        timer_free(p->linger);
        drop_peers(p, true);
        bus_object_free(p->object);
        exchange_free(p->exchange); /* may turn the radio off */
        set_locating(p, false);
        radios_free(p->radios);
        free(p);
        return NULL;
}

uint32_t press_uid(const Press *p)
{
        return exchange_uid(p->exchange);
}

const char *press_path(const Press *p)
{
        return bus_object_path(p->object);
}

bool press_running(const Press *p)
{
        return !exchange_ended(p->exchange);
}

void press_set_fix(Press *p, const Fix *fix)
{
        exchange_set_fix(p->exchange, fix);
}

const Radio *press_radio(const Press *p, SightingTransport transport)
{
        return radios_get(p->radios, transport);
}
