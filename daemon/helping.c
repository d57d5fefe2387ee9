/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "helping.h"

#include "src/base/log.h"

#include <assert.h>
#include <string.h>

struct Helping {
        HelpingDeps deps;
        Relay *relay;
        CloudLine *line;   /* of the exchange that began last; NULL: none yet */
        CloudLine *hosted; /* NULL: none */
        char name[CLOUD_NAME_SIZE];
        BusFollow *host; /* the program that hosts it */
        Radio *radio;    /* of the hosted one; NULL: off */
        Timer *change;
};

/* ---- to which cloud ---- */

static CloudLine *helping_line(const Helping *h)
{
        bool busy = h->line && runs_go_on(h->deps.runs);

        return h->hosted && !busy ? h->hosted : h->line;
}

/* Before the first answer we may have a route. */
static bool helping_may_have_route(void *userdata)
{
        const CloudLine *line = helping_line(userdata);

        return line && !cloud_line_relayed(line);
}

static bool helping_offer(void *userdata, CloudOffer *ret)
{
        const Helping *h = userdata;
        const CloudLine *line = helping_line(h);
        const CloudIdentity *identity = line ? cloud_line_identity(line) : NULL;

        return h->deps.settings->offer && identity &&
               cloud_offer_make(ret, identity, line == h->hosted ? h->name : NULL,
                                cloud_line_url(line));
}

void helping_review(Helping *h)
{
        CloudLine *line;

        if (!h || !h->relay)
                return;
        line = helping_line(h);
        relay_set_cloud(h->relay, line ? cloud_line_for_neighbours(line) : NULL);
        if (!h->radio && !runs_have_radio(h->deps.runs))
                relay_stop(h->relay);
}

Relay *helping_relay(const Helping *h)
{
        return h ? h->relay : NULL;
}

void helping_begin(Helping *h, CloudLine *line)
{
        h->line = line;
        helping_review(h);
}

/* ---- the radio of a host ---- */

static void on_helping_heard(void *userdata, Radio *radio, const Token *token, int rssi_dbm)
{
}

static void on_helping_gone(void *userdata, Radio *radio, const Token *token)
{
}

static void on_helping_changed(void *userdata, Radio *radio)
{
}

static void on_helping_linked(void *userdata, Radio *radio, const Token *token, Link *taken)
{
        const Helping *h = userdata;

        assert(!token); /* it calls nobody */
        relay_take(h->relay, taken);
}

static const RadioEvents helping_events = {on_helping_heard, on_helping_gone, on_helping_changed,
                                           on_helping_linked};

static void on_helping_change(void *userdata);

static int helping_show_token(Helping *h)
{
        Token token;
        int r;

        randombytes_buf(&token, sizeof token);
        r = radio_start(h->radio, &token);
        if (r < 0)
                return r;
        return clock_restart(h->deps.clock, &h->change, HELPING_TOKEN_MS, on_helping_change, h);
}

static void helping_off(Helping *h)
{
        h->change = timer_free(h->change);
        h->radio = radio_free(h->radio);
}

static void helping_on(Helping *h)
{
        const DaemonSettings *s = h->deps.settings;
        RadioBluezSettings settings = {
                .adapter = s->adapter, .connections = s->connections, .silent = true, .deaf = true};
        int r = radio_bluez_new(&h->radio, h->deps.event, &settings);

        if (r == 0) {
                h->radio->events = &helping_events;
                h->radio->userdata = h;
                h->radio->helps = true;
                radio_invite(h->radio, true);
                r = helping_show_token(h);
        }
        if (r == 0)
                return;
        log_warning("the hosted cloud cannot be found by Bluetooth: %s", strerror(-r));
        helping_off(h);
}

/* Stopping a radio ends its links, so one that is needed goes on for a minute. */
static void on_helping_change(void *userdata)
{
        Helping *h = userdata;
        uint64_t now = clock_now(h->deps.clock), helped = relay_last_helped(h->relay);
        bool busy = helped > 0 && now - helped < RELAY_IDLE_MS;
        int r = busy ? clock_restart(h->deps.clock, &h->change, RELAY_IDLE_MS, on_helping_change, h)
                     : helping_show_token(h);

        if (r < 0)
                helping_off(h);
}

/* ---- hosting ---- */

static void helping_unhost(Helping *h)
{
        h->hosted = NULL;
        h->host = bus_follow_free(h->host);
        helping_off(h);
        helping_review(h);
}

static void on_helping_host_gone(void *userdata)
{
        helping_unhost(userdata);
}

int helping_host(Helping *h, BusCall *call, CloudLine *line, const char *name)
{
        const DaemonSettings *s = h->deps.settings;
        unsigned off;
        int r;

        if (!cloud_name_valid(name, strlen(name)))
                return OUTCOME_INVALID_ARGUMENT;
        if (h->hosted)
                return OUTCOME_BUSY;
        r = daemon_store_preferences_get(h->deps.store, bus_call_uid(call), &off);
        if (r == 0)
                r = bus_follow(&h->host, call, on_helping_host_gone, h);
        if (r < 0)
                return r;
        h->hosted = line;
        (void)strcpy(h->name, name);
        if (h->relay && s->bluetooth && s->connections && s->offer &&
            !(off & (PREFERENCE_BLE | PREFERENCE_HELP)))
                helping_on(h);
        helping_review(h);
        return 0;
}

void helping_drop(Helping *h, const CloudLine *line)
{
        if (h->hosted == line)
                helping_unhost(h);
        if (h->line != line)
                return;
        if (h->relay)
                relay_stop(h->relay);
        h->line = NULL;
        helping_review(h);
}

/* ---- life ---- */

int helping_new(Helping **ret, const HelpingDeps *deps)
{
        _cleanup_(helping_freep) Helping *h = calloc(1, sizeof *h);
        int r = 0;

        if (!h)
                return -ENOMEM;
        h->deps = *deps;
        if (deps->settings->help)
                r = relay_new(&h->relay, &(RelayDeps){.clock = deps->clock,
                                                      .has_route = helping_may_have_route,
                                                      .offer = helping_offer,
                                                      .userdata = h});
        if (r == 0)
                *ret = TAKE_PTR(h);
        return r;
}

Helping *helping_free(Helping *h)
{
        if (!h)
                return NULL;
        bus_follow_free(h->host);
        helping_off(h);
        relay_free(h->relay);
        free(h);
        return NULL;
}
