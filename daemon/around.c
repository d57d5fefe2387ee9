/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "around.h"
#include "daemon/radio/cloud-finder.h"
#include "src/base/log.h"

#include <string.h>

typedef struct AroundCall {
        AroundFound done;
        void *userdata;
} AroundCall;

struct Around {
        AroundDeps deps;
        CloudFinder *finder;
        Seeker *seeker;
        bool settled;
        bool bluetooth; /* a waiting user may use it */
        bool follows;   /* within around_follow_all: a move is a change that calls us again */
        char followed[CLOUD_URL_SIZE]; /* the last address that a line has gone to */
        AroundCall calls[AROUND_CALLS_MAX];
        size_t n_calls;
};

/* ---- following ---- */

/* The address to try after this one: of those that announce the keys, the next in their order. */
static const char *around_next_url(const CloudLine *line, const FoundCloud *found, size_t n)
{
        const char *first = NULL;
        bool passed = false;

        for (size_t i = 0; i < n; i++) {
                if (!cloud_line_has_digest(line, &found[i].announce.digest))
                        continue;
                if (passed)
                        return found[i].url;
                first = first ? first : found[i].url;
                passed = strcmp(found[i].url, cloud_line_url(line)) == 0;
        }
        return first;
}

static bool around_announces(const FoundCloud *found, size_t n, const char *url)
{
        for (size_t i = 0; i < n; i++)
                if (strcmp(found[i].url, url) == 0)
                        return true;
        return false;
}

/* An address is left when a request there has failed: several may announce the keys, and all but
 * one lie. So is one that was followed to, and that nobody announces any more. */
static bool around_may_leave(const Around *a, const CloudLine *line, const FoundCloud *found,
                             size_t n)
{
        const char *url = cloud_line_url(line);

        return cloud_line_fails(line) || cloud_line_relayed(line) ||
               (strcmp(url, a->followed) == 0 && !around_announces(found, n, url));
}

static void around_follow(Around *a, CloudLine *line, const FoundCloud *found, size_t n)
{
        const char *url = around_next_url(line, found, n);
        int r;

        if (!url || strcmp(url, cloud_line_url(line)) == 0 || !around_may_leave(a, line, found, n))
                return;
        r = clouds_move(a->deps.clouds, line, url);
        if (r < 0) {
                log_warning("the cloud is announced elsewhere, and cannot be followed: %s",
                            strerror(-r));
                return;
        }
        (void)strcpy(a->followed, cloud_line_url(line));
        log_notice("the cloud is announced at another address: this terminal follows");
}

/* True: something is missed. */
static bool around_follow_all(Around *a)
{
        FoundCloud found[CLOUD_FINDER_MAX];
        size_t n = cloud_finder_get(a->finder, found), i = 0;

        a->follows = true;
        for (CloudLine *line; (line = a->deps.missed(a->deps.userdata, i)); i++)
                around_follow(a, line, found, n);
        a->follows = false;
        return i > 0;
}

static int around_start(Around *a)
{
        a->settled = false;
        return cloud_finder_start(a->finder);
}

void around_review(Around *a)
{
        bool missed, looks;

        if (!a || !a->deps.settings->mdns || a->follows)
                return;
        missed = around_follow_all(a);
        looks = cloud_finder_looks(a->finder);
        if (missed && !looks && around_start(a) < 0)
                log_warning("a cloud does not answer, and cannot be looked for without a bus");
        else if (!missed && looks && a->n_calls == 0)
                cloud_finder_stop(a->finder);
}

/* ---- finding ---- */

static void around_answer_all(Around *a, bool looked)
{
        FoundCloud found[CLOUD_FINDER_MAX];
        size_t n = cloud_finder_get(a->finder, found);

        if (n == 0)
                n = seeker_get(a->seeker, found, CLOUD_FINDER_MAX);
        while (a->n_calls > 0) {
                AroundCall call = a->calls[--a->n_calls];

                call.done(call.userdata, looked, found, n);
        }
        around_review(a);
}

/* A network with clouds spares the wait for Bluetooth, and no neighbour is asked. */
static void around_go_on(Around *a, bool looked)
{
        FoundCloud found[CLOUD_FINDER_MAX];

        if (a->n_calls > 0 && a->bluetooth && cloud_finder_get(a->finder, found) == 0 &&
            seeker_search(a->seeker))
                return;
        around_answer_all(a, looked);
}

static void on_around_settled(void *userdata, bool looked)
{
        Around *a = userdata;

        a->settled = looked;
        around_go_on(a, looked);
}

static void on_around_sought(void *userdata)
{
        around_answer_all(userdata, true);
}

static void on_around_found(void *userdata)
{
        (void)around_follow_all(userdata);
}

int around_find(Around *a, uint32_t uid, AroundFound done, void *userdata)
{
        bool first = a->n_calls == 0;
        unsigned off;
        int r = daemon_store_preferences_get(a->deps.store, uid, &off);

        if (r < 0)
                return r;
        if (a->n_calls == AROUND_CALLS_MAX)
                return OUTCOME_LIMIT;
        a->calls[a->n_calls++] = (AroundCall){done, userdata};
        a->bluetooth = !(off & PREFERENCE_BLE) || (!first && a->bluetooth);
        if (!first)
                return 0;
        if (cloud_finder_looks(a->finder) && a->settled)
                around_go_on(a, true);
        else if (!a->deps.settings->mdns || around_start(a) < 0)
                around_go_on(a, false);
        return 0;
}

const CloudIdentity *around_identity(const Around *a, const Bytes32 *digest)
{
        return seeker_identity(a->seeker, digest);
}

void around_carry_for(Around *a, CloudLine *line)
{
        seeker_carry_for(a->seeker, line);
}

void around_rest(Around *a)
{
        seeker_rest(a->seeker);
}

void around_drop(Around *a, const CloudLine *line)
{
        seeker_drop(a->seeker, line);
}

/* ---- life ---- */

int around_new(Around **ret, const AroundDeps *deps)
{
        _cleanup_(around_freep) Around *a = calloc(1, sizeof *a);
        const DaemonSettings *s = deps->settings;
        int r;

        if (!a)
                return -ENOMEM;
        a->deps = *deps;
        r = cloud_finder_new(&a->finder, &(CloudFinderDeps){.event = deps->event,
                                                            .settled = on_around_settled,
                                                            .found = on_around_found,
                                                            .userdata = a});
        if (r == 0)
                r = seeker_new(&a->seeker,
                               &(SeekerDeps){.event = deps->event,
                                             .clock = deps->clock,
                                             .bluez = {.adapter = s->adapter, .connections = true},
                                             .off = !s->bluetooth || !s->connections,
                                             .settled = on_around_sought,
                                             .userdata = a});
        if (r < 0)
                return r;
        *ret = TAKE_PTR(a);
        return 0;
}

Around *around_free(Around *a)
{
        if (!a)
                return NULL;
        cloud_finder_free(a->finder);
        seeker_free(a->seeker);
        while (a->n_calls > 0) {
                AroundCall call = a->calls[--a->n_calls];

                call.done(call.userdata, false, NULL, 0);
        }
        free(a);
        return NULL;
}
