/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "radios.h"

#include "src/base/log.h"
#include "daemon/help/carrier-relay.h"
#include "daemon/radio/radio-bluez.h"
#include "daemon/radio/radio-mdns.h"

#include <string.h>

struct Radios {
        RadiosSettings settings;
        Radio *on[RADIOS_MAX];
        size_t n;
        bool inviting;
        Timer *rest;
        uint64_t resting_ms; /* since when; 0: not */
        uint64_t over_ms;    /* the exchange has ended, and when they go off; 0: not yet */
};

/* ---- what they say ---- */

static void on_heard(void *userdata, Radio *radio, const Token *token, int rssi_dbm)
{
        Radios *r = userdata;

        carrier_relay_heard(r->settings.through_neighbours, radio, token);
        r->settings.heard(r->settings.userdata, token, radio->ops->transport, rssi_dbm);
}

static void on_gone(void *userdata, Radio *radio, const Token *token)
{
        Radios *r = userdata;

        carrier_relay_gone(r->settings.through_neighbours, radio, token);
        r->settings.gone(r->settings.userdata, token, radio->ops->transport);
}

static void on_changed(void *userdata, Radio *radio)
{
        Radios *r = userdata;

        r->settings.changed(r->settings.userdata);
}

static void on_linked(void *userdata, Radio *radio, const Token *token, Link *taken)
{
        Radios *r = userdata;

        if (token)
                carrier_relay_linked(r->settings.through_neighbours, radio, token, taken);
        else
                relay_take(r->settings.relay, taken);
}

static const RadioEvents events = {on_heard, on_gone, on_changed, on_linked};

/* ---- on and off ---- */

static int add_mdns(Radios *r, Radio **ret)
{
        return r->settings.mdns ? radio_mdns_new(ret, r->settings.event) : -ENOENT;
}

static int add_bluetooth(Radios *r, Radio **ret)
{
        return r->settings.bluetooth ? radio_bluez_new(ret, r->settings.event, &r->settings.bluez)
                                     : -ENOENT;
}

/* What is switched off or cannot be made is missing, and the others do without. */
static int make(Radios *r)
{
        static int (*const add[RADIOS_MAX])(Radios * r, Radio * *ret) = {add_mdns, add_bluetooth};
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
                radio->events = &events;
                radio->userdata = r;
                radio->helps = r->settings.relay != NULL;
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
        if (r->n == 0)
                result = make(r);
        for (size_t i = 0; i < r->n; i++) {
                int e = radio_start(r->on[i], token);

                n += e >= 0;
                result = e < 0 ? e : result;
        }
        return n > 0 ? 0 : result;
}

static void off(Radios *r)
{
        while (r->n > 0) {
                Radio *radio = r->on[--r->n];

                carrier_relay_forget(r->settings.through_neighbours, radio);
                radio_free(radio);
        }
        r->rest = timer_free(r->rest);
}

static uint64_t last_helped(const Radios *r)
{
        uint64_t by_others = carrier_relay_last_helped(r->settings.through_neighbours);
        uint64_t by_us = r->settings.relay ? relay_last_helped(r->settings.relay) : 0;

        return MAX(by_others, by_us);
}

static bool helped_lately(const Radios *r, uint64_t now)
{
        uint64_t helped = last_helped(r);

        return helped > 0 && now - helped < RADIOS_AFTER_HELP_MS;
}

/* When they go off, as far as is known now. */
static uint64_t rest_until(const Radios *r, uint64_t now)
{
        uint64_t until = r->resting_ms + RADIOS_AFTER_CLOSE_MS;

        if (r->over_ms)
                return r->over_ms;
        if (helped_lately(r, now))
                until = MAX(until, last_helped(r) + RADIOS_AFTER_HELP_MS);
        return MIN(until, r->resting_ms + RADIOS_REST_MAX_MS);
}

static void on_rest(void *userdata)
{
        Radios *r = userdata;
        uint64_t now = clock_now(r->settings.clock), until = rest_until(r, now);

        if (now < until && clock_restart(r->settings.clock, &r->rest, until - now, on_rest, r) >= 0)
                return;
        off(r);
        r->settings.changed(r->settings.userdata);
}

/* What other exchanges do once this one has ended does not prolong it. */
void radios_rest(Radios *r, bool over)
{
        uint64_t now = clock_now(r->settings.clock);

        if (r->n == 0)
                return;
        if (r->resting_ms == 0)
                r->resting_ms = now;
        if (over && r->over_ms == 0)
                r->over_ms = now + (helped_lately(r, now) ? RADIOS_AFTER_HELP_MS : 0);
        on_rest(r);
}

void radios_invite(Radios *r, bool on)
{
        r->inviting = on;
        for (size_t i = 0; i < r->n; i++)
                radio_invite(r->on[i], on);
}

/* ---- life ---- */

int radios_new(Radios **ret, const RadiosSettings *settings)
{
        Radios *r = calloc(1, sizeof *r);

        if (!r)
                return -ENOMEM;
        r->settings = *settings;
        *ret = r;
        return 0;
}

Radios *radios_free(Radios *r)
{
        if (!r)
                return NULL;
        off(r);
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
