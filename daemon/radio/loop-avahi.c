/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop-avahi.h"

#include <avahi-common/timeval.h>
#include <fcntl.h>

/* AvahiWatchEvent has the bits of poll(2), as epoll has. Each watch duplicates its descriptor:
 * avahi-client's D-Bus code may watch one descriptor twice, which epoll refuses. */
struct AvahiWatch {
        sd_event_source *source;
        int fd;        /* ours */
        int avahis_fd; /* the original, for the callback */
        AvahiWatchEvent happened;
        AvahiWatchCallback callback;
        void *userdata;
};

struct AvahiTimeout {
        sd_event_source *source;
        AvahiTimeoutCallback callback;
        void *userdata;
};

static int loop_avahi_on_io(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        AvahiWatch *w = userdata;

        w->happened = (AvahiWatchEvent)events;
        w->callback(w, w->avahis_fd, w->happened, w->userdata); /* may free w */
        return 0;
}

static void avahi_watch_free(AvahiWatch *w)
{
        sd_event_source_disable_unref(w->source);
        if (w->fd >= 0)
                (void)close(w->fd);
        free(w);
}

static AvahiWatch *avahi_watch_new(const AvahiPoll *api, int fd, AvahiWatchEvent events,
                                   AvahiWatchCallback callback, void *userdata)
{
        AvahiWatch *w = calloc(1, sizeof *w);

        if (!w)
                return NULL;
        *w = (AvahiWatch){.avahis_fd = fd, .callback = callback, .userdata = userdata};
        w->fd = fcntl(fd, F_DUPFD_CLOEXEC, 3);
        if (w->fd < 0 || sd_event_add_io(api->userdata, &w->source, w->fd, (uint32_t)events,
                                         loop_avahi_on_io, w) < 0) {
                avahi_watch_free(w);
                return NULL;
        }
        (void)sd_event_source_set_description(w->source, "avahi-watch");
        return w;
}

static void avahi_watch_update(AvahiWatch *w, AvahiWatchEvent events)
{
        (void)sd_event_source_set_io_events(w->source, (uint32_t)events);
}

static AvahiWatchEvent avahi_watch_get_events(AvahiWatch *w)
{
        return w->happened;
}

static int loop_avahi_on_time(sd_event_source *s, uint64_t usec, void *userdata)
{
        AvahiTimeout *t = userdata;

        t->callback(t, t->userdata); /* may free t */
        return 0;
}

/* Avahi gives wall-clock times. We only use the distance to now, so a later step of that clock does
 * no harm. */
static void avahi_timeout_update(AvahiTimeout *t, const struct timeval *at)
{
        AvahiUsec passed = at ? avahi_age(at) : 0;

        (void)sd_event_source_set_time_relative(t->source, passed < 0 ? (uint64_t)-passed : 0);
        (void)sd_event_source_set_enabled(t->source, at ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static AvahiTimeout *avahi_timeout_new(const AvahiPoll *api, const struct timeval *at,
                                       AvahiTimeoutCallback callback, void *userdata)
{
        AvahiTimeout *t = calloc(1, sizeof *t);

        if (!t)
                return NULL;
        *t = (AvahiTimeout){.callback = callback, .userdata = userdata};
        if (sd_event_add_time_relative(api->userdata, &t->source, CLOCK_MONOTONIC, 0, 0,
                                       loop_avahi_on_time, t) < 0) {
                free(t);
                return NULL;
        }
        (void)sd_event_source_set_description(t->source, "avahi-timeout");
        avahi_timeout_update(t, at);
        return t;
}

static void avahi_timeout_free(AvahiTimeout *t)
{
        sd_event_source_disable_unref(t->source);
        free(t);
}

int loop_avahi_new(AvahiPoll **ret, sd_event *event)
{
        AvahiPoll *p = calloc(1, sizeof *p);

        if (!p)
                return -ENOMEM;
        *p = (AvahiPoll){
                .userdata = sd_event_ref(event),
                .watch_new = avahi_watch_new,
                .watch_update = avahi_watch_update,
                .watch_get_events = avahi_watch_get_events,
                .watch_free = avahi_watch_free,
                .timeout_new = avahi_timeout_new,
                .timeout_update = avahi_timeout_update,
                .timeout_free = avahi_timeout_free,
        };
        *ret = p;
        return 0;
}

AvahiPoll *loop_avahi_free(AvahiPoll *p)
{
        if (p)
                sd_event_unref(p->userdata);
        free(p);
        return NULL;
}
