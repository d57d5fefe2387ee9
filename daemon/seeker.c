/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "seeker.h"

#include "src/base/log.h"
#include "daemon/help/asker.h"
#include "daemon/help/carrier-relay.h"

#include <assert.h>
#include <string.h>

struct Seeker {
        SeekerDeps deps;
        Asker *asker;
        Radio *radio; /* NULL: off */
        bool searching;
        CloudLine *line; /* that asks through its neighbours; NULL: none */
        Timer *ready, *limit;
};

/* ---- the radio ---- */

static Carrier *seeker_carrier(const Seeker *s)
{
        return s->line ? cloud_line_through_neighbours(s->line) : NULL;
}

static void seeker_tell_heard(void *userdata, Radio *radio, const Token *token)
{
        carrier_relay_heard(userdata, radio, token);
}

static void on_seeker_heard(void *userdata, Radio *radio, const Token *token, int rssi_dbm)
{
        Seeker *s = userdata;

        asker_heard(s->asker, radio, token);
        if (seeker_carrier(s))
                carrier_relay_heard(seeker_carrier(s), radio, token);
}

static void on_seeker_gone(void *userdata, Radio *radio, const Token *token)
{
        Seeker *s = userdata;

        asker_gone(s->asker, radio, token);
        if (seeker_carrier(s))
                carrier_relay_gone(seeker_carrier(s), radio, token);
}

static void on_seeker_linked(void *userdata, Radio *radio, const Token *token, Link *taken)
{
        Seeker *s = userdata;

        assert(token); /* it helps nobody */
        if (asker_awaits(s->asker, radio, token) || !seeker_carrier(s))
                asker_linked(s->asker, radio, token, taken);
        else
                carrier_relay_linked(seeker_carrier(s), radio, token, taken);
}

static void on_seeker_changed(void *userdata, Radio *radio)
{
        Seeker *s = userdata;

        if (radio_ready(radio))
                s->ready = timer_free(s->ready);
}

static const RadioEvents seeker_events = {on_seeker_heard, on_seeker_gone, on_seeker_changed,
                                          on_seeker_linked};

static void seeker_let_go(Seeker *s)
{
        if (s->radio && seeker_carrier(s))
                carrier_relay_forget(seeker_carrier(s), s->radio);
        s->line = NULL;
}

static void seeker_off(Seeker *s)
{
        s->ready = timer_free(s->ready);
        s->limit = timer_free(s->limit);
        asker_stop(s->asker);
        seeker_let_go(s);
        if (s->radio)
                asker_forget(s->asker, s->radio);
        s->radio = radio_free(s->radio);
}

static int seeker_on(Seeker *s)
{
        RadioBluezSettings settings = s->deps.bluez;
        Token token;
        int r;

        if (s->radio)
                return 0;
        settings.silent = true;
        r = radio_bluez_new(&s->radio, s->deps.event, &settings);
        if (r < 0)
                return r;
        s->radio->events = &seeker_events;
        s->radio->userdata = s;
        randombytes_buf(&token, sizeof token); /* not shown; no neighbour's is this one */
        return radio_start(s->radio, &token);
}

/* ---- searching ---- */

static void on_seeker_lingered(void *userdata)
{
        seeker_off(userdata);
}

static void seeker_settle(Seeker *s)
{
        const CloudOffer *offers;
        bool found = asker_offers(s->asker, &offers) > 0;

        s->searching = false;
        asker_stop(s->asker);
        s->ready = timer_free(s->ready);
        if (!found ||
            clock_restart(s->deps.clock, &s->limit, SEEKER_LINGER_MS, on_seeker_lingered, s) < 0)
                seeker_off(s);
        s->deps.settled(s->deps.userdata);
}

static void on_seeker_limit(void *userdata)
{
        seeker_settle(userdata);
}

static void on_seeker_news(void *userdata)
{
        Seeker *s = userdata;
        const CloudOffer *offers;

        if (s->searching && asker_offers(s->asker, &offers) > 0 && !asker_busy(s->asker))
                seeker_settle(s);
}

bool seeker_search(Seeker *s)
{
        int r;

        if (s->deps.off || s->searching)
                return s->searching;
        r = seeker_on(s);
        if (r == 0)
                r = clock_restart(s->deps.clock, &s->limit, SEEKER_SEARCH_MS, on_seeker_limit, s);
        if (r == 0 && !radio_ready(s->radio))
                r = clock_restart(s->deps.clock, &s->ready, SEEKER_READY_MS, on_seeker_limit, s);
        if (r < 0) {
                log_info("no cloud is looked for by Bluetooth: %s", strerror(-r));
                seeker_off(s);
                return false;
        }
        s->searching = true;
        asker_start(s->asker);
        return true;
}

size_t seeker_get(const Seeker *s, FoundCloud *ret, size_t max)
{
        const CloudOffer *offers;
        size_t n = MIN(asker_offers(s->asker, &offers), max);

        for (size_t i = 0; i < n; i++) {
                ret[i] = (FoundCloud){.by_bluetooth = true};
                (void)strcpy(ret[i].announce.name, offers[i].name);
                (void)strcpy(ret[i].url, offers[i].url);
                cloud_digest(&ret[i].announce.digest, &offers[i].identity);
        }
        return n;
}

const CloudIdentity *seeker_identity(const Seeker *s, const Bytes32 *digest)
{
        const CloudOffer *offers;
        size_t n = asker_offers(s->asker, &offers);
        Bytes32 d;

        for (size_t i = 0; i < n; i++) {
                cloud_digest(&d, &offers[i].identity);
                if (bytes32_equal(&d, digest))
                        return &offers[i].identity;
        }
        return NULL;
}

/* ---- carrying ---- */

void seeker_carry_for(Seeker *s, CloudLine *line)
{
        if (!s->radio || s->searching || s->line == line)
                return;
        seeker_let_go(s);
        s->line = line;
        if (seeker_carrier(s))
                asker_walk(s->asker, seeker_tell_heard, seeker_carrier(s));
}

void seeker_drop(Seeker *s, const CloudLine *line)
{
        if (s->line == line)
                seeker_let_go(s);
}

void seeker_rest(Seeker *s)
{
        if (s->searching)
                seeker_settle(s);
        seeker_off(s);
}

/* ---- life ---- */

int seeker_new(Seeker **ret, const SeekerDeps *deps)
{
        _cleanup_(seeker_freep) Seeker *s = calloc(1, sizeof *s);
        int r;

        if (!s)
                return -ENOMEM;
        s->deps = *deps;
        r = asker_new(&s->asker,
                      &(AskerDeps){.clock = deps->clock, .news = on_seeker_news, .userdata = s});
        if (r == 0)
                *ret = TAKE_PTR(s);
        return r;
}

Seeker *seeker_free(Seeker *s)
{
        if (!s)
                return NULL;
        if (s->asker)
                seeker_off(s);
        asker_free(s->asker);
        free(s);
        return NULL;
}
