/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "loop-curl.h"

#include <assert.h>
#include <sys/epoll.h>

struct LoopCurl {
        sd_event *event;
        CURLM *multi; /* NULL while idle */
        unsigned active;
        unsigned limit; /* of connections; 0: none */
        bool stale;     /* the connections that are open are from before loop_curl_renew */
        LoopCurlDone done;
        sd_event_source *timeout;  /* set by curl */
        sd_event_source *finished; /* defer: there may be transfers to report */
        sd_event_source *idle;
};

/* Reports finished transfers from a handler of its own, because a callback may free everything. */
static void loop_act(LoopCurl *l, curl_socket_t fd, int events)
{
        int running;

        /* transfers report errors */
        (void)curl_multi_socket_action(l->multi, fd, events, &running);
        (void)sd_event_source_set_enabled(l->finished, SD_EVENT_ONESHOT);
}

static int on_curl_io(sd_event_source *s, int fd, uint32_t revents, void *userdata)
{
        int events = 0;

        if (revents & EPOLLIN)
                events |= CURL_CSELECT_IN;
        if (revents & EPOLLOUT)
                events |= CURL_CSELECT_OUT;
        if (revents & (EPOLLERR | EPOLLHUP))
                events |= CURL_CSELECT_ERR;
        loop_act(userdata, fd, events);
        return 0;
}

static int on_curl_timeout(sd_event_source *s, uint64_t usec, void *userdata)
{
        loop_act(userdata, CURL_SOCKET_TIMEOUT, 0);
        return 0;
}

static uint32_t loop_wanted_events(int what)
{
        return (what & CURL_POLL_IN ? EPOLLIN : 0) | (what & CURL_POLL_OUT ? EPOLLOUT : 0);
}

/* CURLMOPT_SOCKETFUNCTION. curl keeps the source of each socket for us (curl_multi_assign). */
static int curl_watch_socket(CURL *easy, curl_socket_t fd, int what, void *userdata,
                             void *socket_data)
{
        LoopCurl *l = userdata;
        sd_event_source *s = socket_data;

        if (what == CURL_POLL_REMOVE) {
                sd_event_source_disable_unref(s);
                return 0;
        }
        if (s)
                return sd_event_source_set_io_events(s, loop_wanted_events(what)) < 0 ? -1 : 0;
        if (sd_event_add_io(l->event, &s, fd, loop_wanted_events(what), on_curl_io, l) < 0)
                return -1;
        (void)sd_event_source_set_description(s, "curl-socket");
        (void)curl_multi_assign(l->multi, fd, s);
        return 0;
}

/* CURLMOPT_TIMERFUNCTION */
static int curl_watch_time(CURLM *multi, long timeout_ms, void *userdata)
{
        LoopCurl *l = userdata;

        if (timeout_ms < 0)
                return sd_event_source_set_enabled(l->timeout, SD_EVENT_OFF) < 0 ? -1 : 0;
        if (sd_event_source_set_time_relative(l->timeout, (uint64_t)timeout_ms * 1000) < 0 ||
            sd_event_source_set_enabled(l->timeout, SD_EVENT_ONESHOT) < 0)
                return -1;
        return 0;
}

static int loop_make_multi(LoopCurl *l)
{
        l->multi = curl_multi_init();
        if (!l->multi)
                return -ENOMEM;
        (void)curl_multi_setopt(l->multi, CURLMOPT_SOCKETFUNCTION, curl_watch_socket);
        (void)curl_multi_setopt(l->multi, CURLMOPT_SOCKETDATA, l);
        (void)curl_multi_setopt(l->multi, CURLMOPT_TIMERFUNCTION, curl_watch_time);
        (void)curl_multi_setopt(l->multi, CURLMOPT_TIMERDATA, l);
        return 0;
}

static void loop_drop_multi(LoopCurl *l)
{
        (void)curl_multi_cleanup(l->multi);
        l->multi = NULL;
        l->stale = false;
        (void)sd_event_source_set_enabled(l->timeout, SD_EVENT_OFF);
}

static int on_curl_idle(sd_event_source *s, uint64_t usec, void *userdata)
{
        LoopCurl *l = userdata;

        if (l->active == 0 && l->multi)
                loop_drop_multi(l);
        return 0;
}

static void loop_take_out(LoopCurl *l, CURL *easy)
{
        assert(l->multi && l->active > 0);
        (void)curl_multi_remove_handle(l->multi, easy);
        l->active--;
        if (l->active == 0 && l->stale) {
                loop_drop_multi(l);
        } else if (l->active == 0) {
                (void)sd_event_source_set_time_relative(l->idle,
                                                        LOOP_CURL_IDLE_S * UINT64_C(1000000));
                (void)sd_event_source_set_enabled(l->idle, SD_EVENT_ONESHOT);
        }
}

/* Reports one transfer and returns at once: l may be gone then. */
static int on_curl_finished(sd_event_source *s, void *userdata)
{
        LoopCurl *l = userdata;
        CURLMsg *m;
        int left;

        while (l->multi && (m = curl_multi_info_read(l->multi, &left))) {
                CURL *easy = m->easy_handle;
                CURLcode result = m->data.result; /* m is gone with the handle */
                void *private = NULL;

                if (m->msg != CURLMSG_DONE)
                        continue;
                (void)curl_easy_getinfo(easy, CURLINFO_PRIVATE, &private);
                loop_take_out(l, easy);
                (void)sd_event_source_set_enabled(l->finished, SD_EVENT_ONESHOT);
                l->done(private, easy, result);
                return 0;
        }
        return 0;
}

static int loop_add_sources(LoopCurl *l)
{
        int r = sd_event_add_time(l->event, &l->timeout, CLOCK_MONOTONIC, 0, 1000, on_curl_timeout,
                                  l);

        if (r >= 0)
                r = sd_event_source_set_enabled(l->timeout, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_time(l->event, &l->idle, CLOCK_MONOTONIC, 0, 1000000, on_curl_idle,
                                      l);
        if (r >= 0)
                r = sd_event_source_set_enabled(l->idle, SD_EVENT_OFF);
        if (r >= 0)
                r = sd_event_add_defer(l->event, &l->finished, on_curl_finished, l);
        if (r >= 0)
                r = sd_event_source_set_enabled(l->finished, SD_EVENT_OFF);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(l->timeout, "curl-timeout");
        (void)sd_event_source_set_description(l->idle, "curl-idle");
        (void)sd_event_source_set_description(l->finished, "curl-finished");
        return 0;
}

int loop_curl_new(LoopCurl **ret, sd_event *event, LoopCurlDone done)
{
        _cleanup_(loop_curl_freep) LoopCurl *l = calloc(1, sizeof *l);
        int r;

        if (!l)
                return -ENOMEM;
        l->event = sd_event_ref(event);
        l->done = done;
        r = loop_add_sources(l);
        if (r < 0)
                return r;
        *ret = TAKE_PTR(l);
        return 0;
}

LoopCurl *loop_curl_free(LoopCurl *l)
{
        if (!l)
                return NULL;
        if (l->multi)
                loop_drop_multi(l);
        sd_event_source_disable_unref(l->timeout);
        sd_event_source_disable_unref(l->finished);
        sd_event_source_disable_unref(l->idle);
        sd_event_unref(l->event);
        free(l);
        return NULL;
}

uint64_t loop_curl_now_ms(LoopCurl *l)
{
        uint64_t usec = 0;

        (void)sd_event_now(l->event, CLOCK_MONOTONIC, &usec);
        return usec / 1000;
}

int loop_curl_add(LoopCurl *l, CURL *easy, void *userdata, bool fresh)
{
        int r = l->multi ? 0 : loop_make_multi(l);

        if (r < 0)
                return r;
        (void)curl_multi_setopt(l->multi, CURLMOPT_MAX_HOST_CONNECTIONS,
                                fresh ? 0L : (long)l->limit);
        (void)curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, l->stale || fresh ? 1L : 0L);
        if (curl_easy_setopt(easy, CURLOPT_PRIVATE, userdata) != CURLE_OK ||
            curl_multi_add_handle(l->multi, easy) != CURLM_OK)
                return -ENOMEM;
        l->active++;
        return 0;
}

void loop_curl_remove(LoopCurl *l, CURL *easy)
{
        loop_take_out(l, easy);
}

void loop_curl_limit(LoopCurl *l, unsigned connections)
{
        l->limit = connections;
}

void loop_curl_renew(LoopCurl *l)
{
        if (l->multi && l->active == 0)
                loop_drop_multi(l);
        else
                l->stale = l->multi != NULL;
}
