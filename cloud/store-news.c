/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "store-news.h"

#include "cloud/store/pg-connect.h"
#include "src/base/log.h"

#include <string.h>

struct StoreNews {
        sd_event *event;
        Clock *clock;
        char *conninfo;
        StoreNewsFunc func;
        void *userdata;
        Timer *timer;
        Timer *soon; /* news has come, and is told then */
        uint64_t newest;
        PgConnecting *connecting;
        PGconn *conn; /* NULL: not connected */
        sd_event_source *io;
};

static void news_drop(StoreNews *n)
{
        n->io = sd_event_source_disable_unref(n->io);
        if (n->conn)
                PQfinish(n->conn);
        n->conn = NULL;
}

static uint64_t news_take(StoreNews *n)
{
        uint64_t newest = 0;
        PGnotify *told;

        while ((told = PQnotifies(n->conn))) {
                newest = MAX(newest, (uint64_t)strtoull(told->extra, NULL, 10));
                PQfreemem(told);
        }
        return newest;
}

static void news_tell(void *userdata)
{
        StoreNews *n = userdata;

        n->soon = timer_free(n->soon);
        n->func(n->newest, n->userdata);
        n->newest = 0;
}

static int news_on_readable(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        StoreNews *n = userdata;

        if (!PQconsumeInput(n->conn)) {
                news_drop(n); /* the next look makes another */
                return 0;
        }
        n->newest = MAX(n->newest, news_take(n));
        if (n->newest > 0 && !n->soon &&
            clock_restart(n->clock, &n->soon, STORE_NEWS_SOON_MS, news_tell, n) < 0)
                news_tell(n);
        return 0;
}

static bool news_await(StoreNews *n)
{
        return PQexitPipelineMode(n->conn) && sd_event_add_io(n->event, &n->io, PQsocket(n->conn),
                                                              EPOLLIN, news_on_readable, n) >= 0;
}

/* A step towards a connection; without one the looks remain. */
static void news_connect(StoreNews *n)
{
        int r = n->connecting ? 0 : pg_connecting_new(&n->connecting, n->conninfo, "LISTEN huddle");

        if (r == 0)
                r = pg_connecting_wait(n->connecting, 0, &n->conn);
        if (r < 0)
                return;
        n->connecting = pg_connecting_free(n->connecting);
        if (n->conn && !news_await(n))
                news_drop(n);
}

static void news_on_timer(void *userdata)
{
        StoreNews *n = userdata;

        if (clock_restart(n->clock, &n->timer, STORE_NEWS_MS, news_on_timer, n) < 0)
                log_error("No memory for the timer of other nodes' news");
        if (!n->conn)
                news_connect(n);
        n->func(0, n->userdata);
}

int store_news_new(StoreNews **ret, sd_event *event, Clock *clock, const char *conninfo,
                   StoreNewsFunc func, void *userdata)
{
        _cleanup_(store_news_freep) StoreNews *n = calloc(1, sizeof *n);
        int r;

        if (!n)
                return -ENOMEM;
        n->event = event;
        n->clock = clock;
        n->func = func;
        n->userdata = userdata;
        n->conninfo = strdup(conninfo);
        r = n->conninfo ? clock_restart(clock, &n->timer, 0, news_on_timer, n) : -ENOMEM;
        if (r == 0)
                *ret = TAKE_PTR(n);
        return r;
}

StoreNews *store_news_free(StoreNews *n)
{
        if (!n)
                return NULL;
        (void)timer_free(n->timer);
        (void)timer_free(n->soon);
        (void)pg_connecting_free(n->connecting);
        news_drop(n);
        free(n->conninfo);
        free(n);
        return NULL;
}
