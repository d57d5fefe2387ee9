/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link-race.h"

#include "link-lan.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>

enum { OURS_MAX = 64 }; /* addresses of this machine that are compared with */

typedef enum RunnerState {
        RUNNER_WAITS,
        RUNNER_RUNS,
        RUNNER_IS_OUT, /* failed, or withdrawn */
} RunnerState;

typedef struct Runner {
        LinkRace *race;
        LanTarget target;
        RunnerState state;
        int fd;
        sd_event_source *io;
} Runner;

struct LinkRace {
        sd_event *event;
        LinkRaceDone done;
        void *userdata;
        Runner runners[LINK_RACE_MAX];
        size_t n;
        sa_family_t family; /* of the one that was started last */
        bool complete;
        sd_event_source *next, *limit;
};

static void runner_stop(Runner *r)
{
        r->io = sd_event_source_disable_unref(r->io);
        if (r->fd >= 0)
                (void)close(r->fd);
        r->fd = -1;
        r->state = RUNNER_IS_OUT;
}

static void race_wake(LinkRace *r, uint64_t delay_ms)
{
        (void)sd_event_source_set_time_relative(r->next, delay_ms * 1000);
        (void)sd_event_source_set_enabled(r->next, SD_EVENT_ONESHOT);
}

static size_t race_count(const LinkRace *r, RunnerState state)
{
        size_t n = 0;

        for (size_t i = 0; i < r->n; i++)
                n += r->runners[i].state == state;
        return n;
}

/* Nothing may follow this: done may free the race. */
static void race_finish(LinkRace *r, Link *taken)
{
        for (size_t i = 0; i < r->n; i++)
                runner_stop(&r->runners[i]);
        (void)sd_event_source_set_enabled(r->next, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(r->limit, SD_EVENT_OFF);
        r->done(r->userdata, taken);
}

/* ---- one address ---- */

static int runner_error(const Runner *r)
{
        int error = 0;
        socklen_t len = sizeof error;

        return getsockopt(r->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0 ? errno : error;
}

static int on_runner_io(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        Runner *runner = userdata;
        LinkRace *r = runner->race;
        Link *link = NULL;

        if (runner_error(runner) == 0) {
                runner->io = sd_event_source_disable_unref(runner->io);
                if (lan_link(&link, r->event, TAKE_FD(runner->fd), &runner->target.to) == 0) {
                        race_finish(r, link);
                        return 0;
                }
        }
        runner_stop(runner);
        race_wake(r, 0);
        return 0;
}

static int runner_start(Runner *r)
{
        uint32_t interface = r->target.nearness == LAN_OURS ? 0 : r->target.interface;
        int result = lan_connect(&r->fd, &r->target.to, interface);

        if (result == 0)
                result = sd_event_add_io(r->race->event, &r->io, r->fd, EPOLLOUT, on_runner_io, r);
        if (result < 0) {
                runner_stop(r);
                return result;
        }
        (void)sd_event_source_set_description(r->io, "link-race");
        r->state = RUNNER_RUNS;
        r->race->family = r->target.to.ss_family;
        return 0;
}

/* ---- the race ---- */

static Runner *race_next(LinkRace *r)
{
        const LanTarget *left[LINK_RACE_MAX], *next;
        size_t n = 0;

        for (size_t i = 0; i < r->n; i++)
                if (r->runners[i].state == RUNNER_WAITS)
                        left[n++] = &r->runners[i].target;
        next = lan_order_next(left, n, r->family);
        for (size_t i = 0; i < r->n; i++)
                if (&r->runners[i].target == next)
                        return &r->runners[i];
        return NULL;
}

static int on_race_next(sd_event_source *s, uint64_t usec, void *userdata)
{
        LinkRace *r = userdata;
        Runner *next;

        while ((next = race_next(r)))
                if (runner_start(next) == 0) {
                        race_wake(r, LINK_RACE_STAGGER_MS);
                        return 0;
                }
        if (r->complete && race_count(r, RUNNER_RUNS) == 0)
                race_finish(r, NULL);
        return 0;
}

static int on_race_limit(sd_event_source *s, uint64_t usec, void *userdata)
{
        race_finish(userdata, NULL);
        return 0;
}

static bool race_is_same(const struct sockaddr_storage *a, const struct sockaddr_storage *b)
{
        return memcmp(a, b, sizeof *a) == 0;
}

void link_race_add(LinkRace *r, const struct sockaddr_storage *to, uint32_t interface)
{
        LanAddress ours[OURS_MAX];
        LanNearness nearness =
                lan_nearness(to, interface, ours, lan_addresses(ours, ARRAY_LEN(ours)));

        for (size_t i = 0; i < r->n; i++) {
                LanTarget *t = &r->runners[i].target;

                if (!race_is_same(&t->to, to))
                        continue;
                if (r->runners[i].state == RUNNER_WAITS && nearness < t->nearness)
                        *t = (LanTarget){*to, interface, nearness};
                return;
        }
        if (r->n == LINK_RACE_MAX)
                return;
        r->runners[r->n++] = (Runner){
                .race = r, .target = {*to, interface, nearness}, .fd = -1, .state = RUNNER_WAITS};
        if (race_count(r, RUNNER_RUNS) == 0)
                race_wake(r, LINK_RACE_GATHER_MS);
}

void link_race_remove(LinkRace *r, const struct sockaddr_storage *to)
{
        for (size_t i = 0; i < r->n; i++)
                if (race_is_same(&r->runners[i].target.to, to))
                        runner_stop(&r->runners[i]);
}

void link_race_complete(LinkRace *r)
{
        r->complete = true;
        if (race_count(r, RUNNER_RUNS) == 0)
                race_wake(r, 0);
}

/* ---- life ---- */

static int race_add_timer(LinkRace *r, sd_event_source **ret, uint64_t delay_ms,
                          sd_event_time_handler_t func, const char *description)
{
        int result = sd_event_add_time_relative(r->event, ret, CLOCK_MONOTONIC, delay_ms * 1000,
                                                1000, func, r);

        if (result >= 0)
                (void)sd_event_source_set_description(*ret, description);
        return MIN(result, 0);
}

int link_race_new(LinkRace **ret, sd_event *event, LinkRaceDone done, void *userdata)
{
        _cleanup_(link_race_freep) LinkRace *r = calloc(1, sizeof *r);
        int result;

        assert(done);
        if (!r)
                return -ENOMEM;
        *r = (LinkRace){.event = sd_event_ref(event), .done = done, .userdata = userdata};
        result = race_add_timer(r, &r->next, 0, on_race_next, "link-race-next");
        if (result == 0)
                result = sd_event_source_set_enabled(r->next, SD_EVENT_OFF);
        if (result >= 0)
                result = race_add_timer(r, &r->limit, LINK_RACE_LIMIT_MS, on_race_limit,
                                        "link-race-limit");
        if (result < 0)
                return result;
        *ret = TAKE_PTR(r);
        return 0;
}

LinkRace *link_race_free(LinkRace *r)
{
        if (!r)
                return NULL;
        for (size_t i = 0; i < r->n; i++)
                runner_stop(&r->runners[i]);
        sd_event_source_disable_unref(r->next);
        sd_event_source_disable_unref(r->limit);
        sd_event_unref(r->event);
        free(r);
        return NULL;
}
