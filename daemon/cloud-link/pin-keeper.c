/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "pin-keeper.h"

#include "src/base/events.h"
#include "src/base/log.h"

#include <assert.h>
#include <string.h>

enum { LOOK_MS = 24 * 60 * 60 * 1000 };

struct PinKeeper {
        Clock *clock;
        DaemonStore *store;
        const char *url;
        bool met, moves;
        CloudPinRecord record;
        Timer *look;         /* at the key before ours, as long as it counts */
        uint64_t warned_for; /* made_ms of the succession that the configuration does not follow */
};

/* Wall clocks may be set, so we look once a day. */
static void keeper_look(void *userdata)
{
        PinKeeper *k = userdata;
        CloudPin *pin = &k->record.pin;
        uint64_t now_ms = clock_wall(k->clock), left_ms;

        k->look = timer_free(k->look);
        if (!k->met || cloud_pin_tidy(pin, now_ms) || pin->before_until_ms == 0)
                return;
        left_ms = pin->before_until_ms - now_ms;
        if (clock_restart(k->clock, &k->look, MIN(left_ms, (uint64_t)LOOK_MS), keeper_look, k) < 0)
                log_warning("the cloud's key before this one counts until the next start");
}

static int keeper_load(PinKeeper *k, const CloudIdentity *configured, bool follows)
{
        CloudPinRecord stored;
        int r = daemon_store_cloud_get(k->store, k->url, &stored);
        bool usable;

        if (r < 0)
                return r;
        usable = r == 0 && (!configured || strcmp(stored.configured, k->record.configured) == 0);
        if (configured) { /* what was stored began there, and may have moved since */
                k->record.pin = (CloudPin){.identity = *configured};
                k->met = true;
                usable = usable && (follows || memcmp(&stored.pin.identity, configured,
                                                      sizeof *configured) == 0);
        }
        if (usable) {
                k->record.pin = stored.pin;
                k->met = true;
        }
        return 0;
}

int pin_keeper_new(PinKeeper **ret, const PinKeeperDeps *d)
{
        _cleanup_(pin_keeper_freep) PinKeeper *k = calloc(1, sizeof *k);
        int r;

        if (!k)
                return -ENOMEM;
        k->clock = d->clock;
        k->store = d->store;
        k->url = d->url;
        k->moves = !d->configured || d->follows;
        if (d->configured)
                cloud_identity_format(k->record.configured, d->configured);
        r = keeper_load(k, d->configured, d->follows);
        if (r < 0)
                return r;
        keeper_look(k);
        *ret = TAKE_PTR(k);
        return 0;
}

PinKeeper *pin_keeper_free(PinKeeper *k)
{
        if (!k)
                return NULL;
        timer_free(k->look);
        free(k);
        return NULL;
}

const CloudPin *pin_keeper_pin(const PinKeeper *k)
{
        return k->met ? &k->record.pin : NULL;
}

/* Stored first: what a restart would not know again must not be used. */
static int keeper_take(PinKeeper *k, const CloudPin *pin)
{
        CloudPinRecord record = k->record;
        int r;

        record.pin = *pin;
        r = daemon_store_cloud_put(k->store, k->url, &record);
        if (r < 0)
                return r;
        k->record = record;
        k->met = true;
        keeper_look(k);
        return 0;
}

int pin_keeper_meet(PinKeeper *k, const CloudIdentity *id)
{
        int r;

        if (k->met) /* another meeting was faster */
                return memcmp(id, &k->record.pin.identity, sizeof *id) == 0 ? 0 : -EINVAL;
        r = keeper_take(k, &(CloudPin){.identity = *id});
        if (r == 0)
                log_notice("met the cloud for the first time and pinned its identity");
        return r;
}

static void keeper_warn_configured(PinKeeper *k, const Succession *s)
{
        char text[CLOUD_IDENTITY_TEXT_MAX];

        if (k->warned_for == s->made_ms)
                return;
        k->warned_for = s->made_ms;
        cloud_identity_format(text, &s->to);
        log_line(LOG_WARNING, EVENT_KEYS_REPLACED,
                 "the cloud replaces its keys, and Identity in [Cloud] pins the old ones: with "
                 "FollowSuccession=yes this terminal follows, or set Identity=%s",
                 text);
}

static void keeper_step(PinKeeper *k, const Succession *s)
{
        CloudPin pin = k->record.pin;
        SuccessionStep step = cloud_pin_step(&pin, s, k->moves, clock_wall(k->clock));
        int r = 0;

        switch (step) {
        case SUCCESSION_MOVED:
                if (!k->moves) {
                        keeper_warn_configured(k, s);
                        return;
                }
                r = keeper_take(k, &pin);
                if (r == 0)
                        log_notice("the cloud has replaced its keys, and signed the new ones with "
                                   "the old ones: this terminal follows");
                break;
        case SUCCESSION_KNOWN:
                if (memcmp(&pin, &k->record.pin, sizeof pin) != 0)
                        r = keeper_take(k, &pin);
                break;
        case SUCCESSION_EXPIRED:
        case SUCCESSION_OLDER:
        case SUCCESSION_FOREIGN:
                log_warning("the cloud names new keys in a way that this terminal does not follow");
                break;
        }
        if (r < 0)
                log_error("the cloud's new identity cannot be stored: %s", strerror(-r));
}

void pin_keeper_told(PinKeeper *k, const uint8_t *bytes, size_t len)
{
        Succession s;

        assert(k->met);
        if (succession_read(&s, bytes, len) < 0)
                log_warning("the cloud names new keys without the signatures that belong to it");
        else
                keeper_step(k, &s);
}
