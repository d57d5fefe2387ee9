/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "location.h"
#include "src/base/language.h"
#include "src/base/log.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum {
        FRESH_MS = 60 * 1000,
        WALK_M_PER_S = 2,
};

struct Location {
        LocationDeps deps;
        unsigned wanted; /* presses */
        bool running;
        Fix last; /* as found, not rounded; known is false before the first */
        uint64_t last_ms;
        bool failed;
        LocatorTrouble trouble;
};

static bool location_is_fresh(const Location *l)
{
        return l->last.known && clock_now(l->deps.clock) - l->last_ms <= FRESH_MS;
}

/* ---- events of the locator ---- */

static void location_on_found(void *userdata, const Fix *fix, uint64_t age_ms)
{
        Location *l = userdata;
        uint64_t now = clock_now(l->deps.clock);

        if (age_ms > FRESH_MS || age_ms > now) /* a remembered place: too old */
                return;
        assert(fix->known);
        l->last = *fix;
        l->last_ms = now - age_ms;
        l->deps.found(l->deps.userdata);
}

static void location_on_failed(void *userdata, LocatorTrouble trouble)
{
        Location *l = userdata;
        char text[LOCATION_TEXT_MAX];

        l->running = false;
        l->failed = true;
        l->trouble = trouble;
        location_explain(l, text);
        log_info("place: %s", text);
}

static const LocatorEvents events = {location_on_found, location_on_failed};

/* ---- presses ---- */

static void location_stop(Location *l)
{
        if (l->running)
                l->deps.locator->ops->stop(l->deps.locator);
        l->running = false;
}

void location_want(Location *l)
{
        l->wanted++;
        if (l->running || !l->deps.locator || l->deps.by_hand.known)
                return;
        l->failed = false;
        l->running = l->deps.locator->ops->start(l->deps.locator) == 0;
        if (!l->running) {
                l->failed = true;
                l->trouble = LOCATOR_FAILED;
        }
}

void location_rest(Location *l)
{
        assert(l->wanted > 0);
        if (--l->wanted == 0)
                location_stop(l);
}

void location_fix(Location *l, Fix *ret)
{
        uint64_t age_s = (clock_now(l->deps.clock) - l->last_ms) / 1000;

        *ret = l->deps.by_hand;
        if (!ret->known && location_is_fresh(l)) {
                *ret = l->last;
                ret->accuracy_m = (uint32_t)MIN(ret->accuracy_m + age_s * WALK_M_PER_S,
                                                (uint64_t)FIX_ACCURACY_MAX_M);
        }
        if (ret->known)
                fix_round(ret);
}

/* ---- state ---- */

LocationState location_state(const Location *l)
{
        if (l->deps.by_hand.known)
                return LOCATION_BY_HAND;
        if (!l->deps.locator)
                return LOCATION_IS_OFF;
        if (location_is_fresh(l))
                return LOCATION_FOUND;
        if (l->failed)
                return LOCATION_REFUSED;
        return l->running ? LOCATION_SEARCHING : LOCATION_AT_REST;
}

const char *location_state_name(LocationState s)
{
        static const char *const names[] = {
                [LOCATION_IS_OFF] = "off",      [LOCATION_BY_HAND] = "manual",
                [LOCATION_AT_REST] = "resting", [LOCATION_SEARCHING] = "searching",
                [LOCATION_FOUND] = "found",     [LOCATION_REFUSED] = "unavailable",
        };

        assert(s < ARRAY_LEN(names));
        return names[s];
}

static const char *const troubles[] = {
        [LOCATOR_NO_BUS] = N_("unknown: there is no system bus to reach GeoClue on"),
        [LOCATOR_ABSENT] = N_("unknown: GeoClue is not installed or cannot be started"),
        [LOCATOR_DENIED] = N_("denied by geoclue.conf; see huddled.conf(5)"),
        [LOCATOR_SILENT] =
                N_("unknown: GeoClue does not answer, nobody is there to ask for permission; see "
                   "huddled.conf(5)"),
        [LOCATOR_FAILED] = N_("unknown: GeoClue fails"),
};

void location_explain(const Location *l, char ret[static LOCATION_TEXT_MAX])
{
        const char *text = N_("not told: huddled.conf neither gives one nor asks GeoClue");

        switch (location_state(l)) {
        case LOCATION_BY_HAND:
                (void)snprintf(ret, LOCATION_TEXT_MAX, "set by hand, %" PRIu32 " m",
                               l->deps.by_hand.accuracy_m);
                return;
        case LOCATION_FOUND:
                (void)snprintf(ret, LOCATION_TEXT_MAX, "GeoClue, %" PRIu32 " m, %" PRIu64 " s ago",
                               l->last.accuracy_m, (clock_now(l->deps.clock) - l->last_ms) / 1000);
                return;
        case LOCATION_IS_OFF:
                break;
        case LOCATION_AT_REST:
                text = N_("asked of GeoClue during an exchange");
                break;
        case LOCATION_SEARCHING:
                text = N_("GeoClue is searching");
                break;
        case LOCATION_REFUSED:
                text = troubles[l->trouble];
                break;
        }
        (void)snprintf(ret, LOCATION_TEXT_MAX, "%s", text);
}

/* ---- life ---- */

int location_new(Location **ret, const LocationDeps *deps)
{
        Location *l = calloc(1, sizeof *l);

        if (!l) {
                locator_free(deps->locator);
                return -ENOMEM;
        }
        l->deps = *deps;
        if (l->deps.locator) {
                l->deps.locator->events = &events;
                l->deps.locator->userdata = l;
        }
        *ret = l;
        return 0;
}

Location *location_free(Location *l)
{
        if (!l)
                return NULL;
        location_stop(l);
        locator_free(l->deps.locator);
        free(l);
        return NULL;
}
