/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radios.h"

#include "src/base/log.h"
#include "daemon/help/carrier-relay.h"
#include "daemon/radio/radio-bluez.h"
#include "daemon/radio/radio-mdns.h"

#include <assert.h>
#include <string.h>

struct Radios {
        RadiosDeps deps;
        Radio *on[RADIOS_MAX];
        size_t n;
        Token token; /* that they show */
        bool inviting;
        Timer *rest;
        uint64_t resting_ms; /* since when; 0: not */
        uint64_t over_ms;    /* the exchange has ended, and when they go off; 0: not yet */
};

/* ---- what they say ---- */

static bool spent_has(const SpentTokens *s, const Token *token)
{
        for (size_t i = 0; i < ARRAY_LEN(s->list); i++)
                if (memcmp(&s->list[i], token, sizeof *token) == 0)
                        return true;
        return false;
}

static void spent_add(SpentTokens *s, const Token *token)
{
        if (!spent_has(s, token))
                s->list[s->next++ % ARRAY_LEN(s->list)] = *token;
}

static void on_radio_heard(void *userdata, Radio *radio, const Token *token, int rssi_dbm)
{
        Radios *r = userdata;

        if (spent_has(r->deps.spent, token))
                return;
        carrier_relay_heard(r->deps.through_neighbours, radio, token);
        r->deps.heard(r->deps.userdata, token, radio->ops->transport, rssi_dbm);
}

static void on_radio_gone(void *userdata, Radio *radio, const Token *token)
{
        Radios *r = userdata;

        carrier_relay_gone(r->deps.through_neighbours, radio, token);
        r->deps.gone(r->deps.userdata, token, radio->ops->transport);
}

static void on_radio_changed(void *userdata, Radio *radio)
{
        Radios *r = userdata;

        r->deps.changed(r->deps.userdata);
}

static void on_radio_linked(void *userdata, Radio *radio, const Token *token, Link *taken)
{
        Radios *r = userdata;

        if (token)
                carrier_relay_linked(r->deps.through_neighbours, radio, token, taken);
        else
                relay_take(r->deps.relay, taken);
}

static const RadioEvents radios_events = {on_radio_heard, on_radio_gone, on_radio_changed,
                                          on_radio_linked};

/* ---- on and off ---- */

static int radios_make_mdns(Radios *r, Radio **ret)
{
        return r->deps.mdns ? radio_mdns_new(ret, r->deps.event) : -ENOENT;
}

static int radios_make_bluetooth(Radios *r, Radio **ret)
{
        return r->deps.bluetooth ? radio_bluez_new(ret, r->deps.event, &r->deps.bluez) : -ENOENT;
}

/* A radio that is switched off or cannot be made is left out. */
static int radios_make(Radios *r)
{
        static int (*const add[RADIOS_MAX])(Radios * r, Radio * *ret) = {radios_make_mdns,
                                                                         radios_make_bluetooth};
        int result = 0;

        for (size_t i = 0; i < ARRAY_LEN(add); i++) {
                Radio *radio;
                int e = add[i](r, &radio);

                if (e == -ENOENT)
                        continue;
                if (e < 0) {
                        result = e;
                        continue;
                }
                radio->events = &radios_events;
                radio->userdata = r;
                radio->helps = r->deps.relay != NULL;
                radio_invite(radio, r->inviting);
                r->on[r->n++] = radio;
        }
        return r->n > 0 ? 0 : result;
}

int radios_start(Radios *r, const Token *token)
{
        int result = 0;
        size_t n = 0;

        r->rest = timer_free(r->rest);
        r->resting_ms = 0;
        r->over_ms = 0;
        r->token = *token;
        if (r->n == 0)
                result = radios_make(r);
        for (size_t i = 0; i < r->n; i++) {
                int e = radio_start(r->on[i], token);

                n += e >= 0;
                result = e < 0 ? e : result;
        }
        return n > 0 ? 0 : result;
}

static void radios_off(Radios *r)
{
        while (r->n > 0) {
                Radio *radio = r->on[--r->n];

                carrier_relay_forget(r->deps.through_neighbours, radio);
                radio_free(radio);
        }
        r->rest = timer_free(r->rest);
}

static uint64_t radios_last_helped(const Radios *r)
{
        uint64_t by_others = carrier_relay_last_helped(r->deps.through_neighbours);
        uint64_t by_us = r->deps.relay ? relay_last_helped(r->deps.relay) : 0;

        return MAX(by_others, by_us);
}

static bool radios_helped_lately(const Radios *r, uint64_t now)
{
        uint64_t helped = radios_last_helped(r);

        return helped > 0 && now - helped < RADIOS_AFTER_HELP_MS;
}

/* When they go off, as far as we know now. */
static uint64_t radios_rest_until(const Radios *r, uint64_t now)
{
        uint64_t until = r->resting_ms + RADIOS_AFTER_CLOSE_MS;

        if (r->over_ms)
                return r->over_ms;
        if (radios_helped_lately(r, now))
                until = MAX(until, radios_last_helped(r) + RADIOS_AFTER_HELP_MS);
        return MIN(until, r->resting_ms + RADIOS_REST_MAX_MS);
}

static void on_radios_rest(void *userdata)
{
        Radios *r = userdata;
        uint64_t now = clock_now(r->deps.clock), until = radios_rest_until(r, now);

        if (now < until &&
            clock_restart(r->deps.clock, &r->rest, until - now, on_radios_rest, r) >= 0)
                return;
        radios_off(r);
        r->deps.changed(r->deps.userdata);
}

/* Help for other exchanges does not prolong this one after its end. */
void radios_rest(Radios *r, bool over)
{
        uint64_t now = clock_now(r->deps.clock);

        if (over)
                spent_add(r->deps.spent, &r->token);
        if (r->n == 0)
                return;
        if (r->resting_ms == 0)
                r->resting_ms = now;
        if (over && r->over_ms == 0)
                r->over_ms = now + (radios_helped_lately(r, now) ? RADIOS_AFTER_HELP_MS : 0);
        on_radios_rest(r);
}

void radios_invite(Radios *r, bool on)
{
        r->inviting = on;
        for (size_t i = 0; i < r->n; i++)
                radio_invite(r->on[i], on);
}

/* ---- life ---- */

int radios_new(Radios **ret, const RadiosDeps *deps)
{
        Radios *r = calloc(1, sizeof *r);

        if (!r)
                return -ENOMEM;
        r->deps = *deps;
        *ret = r;
        return 0;
}

Radios *radios_free(Radios *r)
{
        if (!r)
                return NULL;
        radios_off(r);
        free(r);
        return NULL;
}

const Radio *radios_get(const Radios *r, SightingTransport transport)
{
        for (size_t i = 0; i < r->n; i++)
                if (r->on[i]->ops->transport == transport)
                        return r->on[i];
        return NULL;
}
