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
        bool settled;
        bool follows; /* within around_follow_all: a move is a change that calls us again */
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

/* An address is left when a request there has failed: several may announce the keys, and all but
 * one lie. */
static void around_follow(Around *a, CloudLine *line, const FoundCloud *found, size_t n)
{
        const char *url = around_next_url(line, found, n);
        int r;

        if (!url || strcmp(url, cloud_line_url(line)) == 0 ||
            !(cloud_line_fails(line) || cloud_line_relayed(line)))
                return;
        r = clouds_move(a->deps.clouds, line, url);
        if (r < 0)
                log_warning("the cloud is announced elsewhere, and cannot be followed: %s",
                            strerror(-r));
        else
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

        if (!a || a->deps.off || a->follows)
                return;
        missed = around_follow_all(a);
        looks = cloud_finder_looks(a->finder);
        if (missed && !looks && around_start(a) < 0)
                log_warning("a cloud does not answer, and cannot be looked for without a bus");
        else if (!missed && looks && a->n_calls == 0)
                cloud_finder_stop(a->finder);
}

/* ---- finding ---- */

static void around_answer(Around *a, const AroundCall *call, bool looked)
{
        FoundCloud found[CLOUD_FINDER_MAX];
        size_t n = cloud_finder_get(a->finder, found);

        call->done(call->userdata, looked, found, n);
}

static void on_around_settled(void *userdata, bool looked)
{
        Around *a = userdata;

        a->settled = looked;
        while (a->n_calls > 0) {
                AroundCall call = a->calls[--a->n_calls];

                around_answer(a, &call, looked);
        }
        around_review(a);
}

static void on_around_found(void *userdata)
{
        (void)around_follow_all(userdata);
}

int around_find(Around *a, AroundFound done, void *userdata)
{
        AroundCall call = {done, userdata};

        if (a->n_calls == AROUND_CALLS_MAX)
                return OUTCOME_LIMIT;
        if (cloud_finder_looks(a->finder) && a->settled) {
                around_answer(a, &call, true);
                return 0;
        }
        if (a->deps.off || (a->n_calls == 0 && around_start(a) < 0))
                return OUTCOME_SEARCH_FAILED;
        a->calls[a->n_calls++] = call;
        return 0;
}

/* ---- life ---- */

int around_new(Around **ret, const AroundDeps *deps)
{
        _cleanup_(around_freep) Around *a = calloc(1, sizeof *a);
        int r;

        if (!a)
                return -ENOMEM;
        a->deps = *deps;
        r = cloud_finder_new(&a->finder, &(CloudFinderDeps){.event = deps->event,
                                                            .settled = on_around_settled,
                                                            .found = on_around_found,
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
        while (a->n_calls > 0) {
                AroundCall call = a->calls[--a->n_calls];

                call.done(call.userdata, false, NULL, 0);
        }
        free(a);
        return NULL;
}
