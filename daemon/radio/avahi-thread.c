/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "avahi-thread.h"

#include "avahi.h"
#include "mdns-records.h"

#include <assert.h>
#include <avahi-client/client.h>
#include <avahi-client/lookup.h>
#include <avahi-common/error.h>
#include <avahi-common/simple-watch.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum { STACK = 256 * 1024 };

struct AvahiThread {
        sd_event_source *news;  /* owns the socket */
        sd_event_source *limit; /* for the answer */
        unsigned unanswered;
        bool held;
        AvahiThreadFunc func;
        void *userdata;
};

/* What the thread has; it frees it itself. */
typedef struct Client {
        int fd;
        MdnsShow show;
        MdnsAddresses addresses; /* to be shown */
        AvahiSimplePoll *poll;
        AvahiClient *client;
        AvahiServiceBrowser *browser; /* of the client */
} Client;

static atomic_int n_running; /* threads that have not ended */
static int n_held;           /* those among them to which the loop still listens */

/* ---- the thread ---- */

/* Waits while the loop has much to read. */
static void client_send(Client *c, const AvahiNews *news)
{
        if (send(c->fd, news, sizeof *news, MSG_NOSIGNAL) < 0)
                avahi_simple_poll_quit(c->poll);
}

static void client_tell(Client *c, AvahiTold told)
{
        client_send(c, &(AvahiNews){.told = told});
}

static void client_tell_why(Client *c, AvahiTold told, int error)
{
        AvahiNews news = {.told = told};

        (void)snprintf(news.why, sizeof news.why, "%s", avahi_strerror(error));
        client_send(c, &news);
}

static void client_end(Client *c, int error)
{
        client_tell_why(c,
                        error == AVAHI_ERR_DISCONNECTED ? AVAHI_THREAD_GONE : AVAHI_THREAD_REFUSED,
                        error);
        avahi_simple_poll_quit(c->poll);
}

static void client_on_row(Client *c, AvahiTold told, const MdnsRow *row, const char *name)
{
        AvahiNews news = {.told = told, .row = *row};

        if (!mdns_token_read(&news.row.token, name))
                client_tell(c, AVAHI_THREAD_GARBAGE);
        else if (memcmp(&news.row.token, &c->show.token, sizeof c->show.token) != 0)
                client_send(c, &news);
}

static void client_on_browse(AvahiServiceBrowser *b, AvahiIfIndex interface, AvahiProtocol protocol,
                             AvahiBrowserEvent event, const char *name, const char *type,
                             const char *domain, AvahiLookupResultFlags flags, void *userdata)
{
        const MdnsRow row = {.interface = interface, .protocol = protocol};
        Client *c = userdata;

        switch (event) {
        case AVAHI_BROWSER_NEW:
                client_on_row(c, AVAHI_THREAD_APPEARED, &row, name);
                return;
        case AVAHI_BROWSER_REMOVE:
                client_on_row(c, AVAHI_THREAD_VANISHED, &row, name);
                return;
        case AVAHI_BROWSER_FAILURE:
                client_end(c, avahi_client_errno(avahi_service_browser_get_client(b)));
                return;
        case AVAHI_BROWSER_ALL_FOR_NOW:
        case AVAHI_BROWSER_CACHE_EXHAUSTED:
                return;
        }
}

/* After a collision (a neighbour shows our random token) we are not shown, but still listen. We
 * cannot take another token, since the cloud already has this one. */
static void client_on_group(AvahiEntryGroup *g, AvahiEntryGroupState state, void *userdata)
{
        Client *c = userdata;

        if (state == AVAHI_ENTRY_GROUP_COLLISION)
                client_tell(c, AVAHI_THREAD_TAKEN);
        else if (state == AVAHI_ENTRY_GROUP_FAILURE)
                client_end(c, avahi_client_errno(avahi_entry_group_get_client(g)));
}

/* Being heard matters more than helping. */
static void client_show_addresses(Client *c)
{
        int r = mdns_show_addresses(&c->show, &c->addresses);

        if (r < 0)
                client_tell_why(c, AVAHI_THREAD_NO_HELP, r);
}

static void client_on_air(Client *c, AvahiClient *client)
{
        int r;

        if (!c->browser)
                c->browser = avahi_service_browser_new(client, AVAHI_IF_UNSPEC, AVAHI_PROTO_UNSPEC,
                                                       MDNS_SERVICE, MDNS_DOMAIN, 0,
                                                       client_on_browse, c);
        r = c->browser ? mdns_show(&c->show, client, client_on_group, c)
                       : avahi_client_errno(client);
        if (r == AVAHI_ERR_NOT_PERMITTED) { /* disable-publishing: hearing is worth having alone */
                client_tell_why(c, AVAHI_THREAD_UNSEEN, r);
                return;
        }
        if (r < 0) {
                client_end(c, r);
                return;
        }
        client_tell(c, AVAHI_THREAD_SHOWN);
        client_show_addresses(c);
}

/* avahi_client_new may call this, before c->client is set. */
static void client_on_state(AvahiClient *client, AvahiClientState state, void *userdata)
{
        Client *c = userdata;

        switch (state) {
        case AVAHI_CLIENT_S_RUNNING:
                client_on_air(c, client);
                return;
        case AVAHI_CLIENT_FAILURE:
                client_end(c, avahi_client_errno(client));
                return;
        case AVAHI_CLIENT_CONNECTING:
        case AVAHI_CLIENT_S_REGISTERING: /* of the machine's host name, which is not ours */
        case AVAHI_CLIENT_S_COLLISION:
                return;
        }
}

static void client_on_command(AvahiWatch *watch, int fd, AvahiWatchEvent events, void *userdata)
{
        Client *c = userdata;

        if (recv(fd, &c->addresses, sizeof c->addresses, 0) != sizeof c->addresses) {
                avahi_simple_poll_quit(c->poll); /* we are freed */
                return;
        }
        client_show_addresses(c);
        mdns_show_wait(&c->show);
        client_tell(c, AVAHI_THREAD_ANSWERED);
}

static void client_free(Client *c)
{
        if (c->client)
                avahi_client_free(c->client);
        if (c->poll)
                avahi_simple_poll_free(c->poll); /* also the watch */
        (void)close(c->fd);
        free(c);
}

static void client_talk(Client *c)
{
        const AvahiPoll *api = avahi_simple_poll_get(c->poll);
        int error = AVAHI_ERR_NO_MEMORY;

        if (api->watch_new(api, c->fd, AVAHI_WATCH_IN, client_on_command, c))
                c->client = avahi_client_new(api, AVAHI_CLIENT_NO_FAIL, client_on_state, c, &error);
        if (c->client)
                (void)avahi_simple_poll_loop(c->poll);
        else
                client_tell_why(c, AVAHI_THREAD_NO_WAY, error);
}

static void *client_run(void *userdata)
{
        Client *c = userdata;

        c->poll = avahi_simple_poll_new();
        if (c->poll)
                client_talk(c);
        client_free(c);
        atomic_fetch_sub(&n_running, 1);
        return NULL;
}

/* ---- the loop ---- */

/* Signals are for the loop. */
static int thread_run(Client *c)
{
        pthread_attr_t attr;
        sigset_t all, before;
        pthread_t thread;
        int r = pthread_attr_init(&attr);

        if (r != 0)
                return -r;
        (void)pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
        (void)pthread_attr_setstacksize(&attr, STACK);
        (void)sigfillset(&all);
        (void)pthread_sigmask(SIG_SETMASK, &all, &before);
        r = pthread_create(&thread, &attr, client_run, c);
        (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
        (void)pthread_attr_destroy(&attr);
        return -r;
}

/* Takes fd. */
static int thread_start(int fd, const Token *token, uint16_t port)
{
        Client *c = calloc(1, sizeof *c);
        int r;

        if (!c) {
                (void)close(fd);
                return -ENOMEM;
        }
        *c = (Client){.fd = fd, .show = {.token = *token, .port = port}};
        atomic_fetch_add(&n_running, 1);
        r = thread_run(c);
        if (r < 0) {
                atomic_fetch_sub(&n_running, 1);
                client_free(c);
        }
        return r;
}

static void thread_let_go(AvahiThread *t)
{
        n_held -= t->held;
        t->held = false;
}

/* The last news: nothing is read or awaited any more. */
static void thread_end(AvahiThread *t, const AvahiNews *news)
{
        (void)sd_event_source_set_enabled(t->news, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(t->limit, SD_EVENT_OFF);
        thread_let_go(t);
        t->func(t->userdata, news);
}

static void thread_await(AvahiThread *t)
{
        (void)sd_event_source_set_time_relative(t->limit, AVAHI_ANSWER_MS * UINT64_C(1000));
        (void)sd_event_source_set_enabled(t->limit,
                                          t->unanswered > 0 ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void thread_take(AvahiThread *t, const AvahiNews *news)
{
        if (news->told >= AVAHI_THREAD_GONE) {
                thread_end(t, news);
                return;
        }
        if (news->told == AVAHI_THREAD_ANSWERED) {
                assert(t->unanswered > 0);
                t->unanswered--;
                thread_await(t);
        }
        t->func(t->userdata, news);
}

/* One a wake-up: func may free t. */
static int on_thread_news(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        AvahiNews news = {.told = AVAHI_THREAD_NO_WAY, .why = "its thread has ended"};

        if (recv(fd, &news, sizeof news, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
                thread_take(userdata, &news);
        return 0;
}

static int on_thread_limit(sd_event_source *s, uint64_t usec, void *userdata)
{
        thread_end(userdata, &(AvahiNews){.told = AVAHI_THREAD_HANGS});
        return 0;
}

static int thread_listen(AvahiThread *t, sd_event *event, int fd)
{
        int r = sd_event_add_io(event, &t->news, fd, EPOLLIN, on_thread_news, t);

        if (r < 0) {
                (void)close(fd);
                return r;
        }
        (void)sd_event_source_set_io_fd_own(t->news, true);
        (void)sd_event_source_set_description(t->news, "avahi-news");
        r = sd_event_add_time_relative(event, &t->limit, CLOCK_MONOTONIC, 0, 0, on_thread_limit, t);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(t->limit, "avahi-limit");
        return sd_event_source_set_enabled(t->limit, SD_EVENT_OFF);
}

int avahi_thread_new(AvahiThread **ret, sd_event *event, const Token *token, uint16_t port,
                     AvahiThreadFunc func, void *userdata)
{
        _cleanup_(avahi_thread_freep) AvahiThread *t = NULL;
        _cleanup_close_ int ours = -1, its = -1;
        int fds[2], r;

        if (atomic_load(&n_running) - n_held >= AVAHI_THREADS_LEFT_MAX)
                return -EBUSY;
        if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, fds) < 0)
                return -errno;
        ours = fds[0];
        its = fds[1];
        t = calloc(1, sizeof *t);
        if (!t)
                return -ENOMEM;
        *t = (AvahiThread){.func = func, .userdata = userdata};
        r = thread_listen(t, event, TAKE_FD(ours));
        if (r >= 0)
                r = thread_start(TAKE_FD(its), token, port);
        if (r < 0)
                return r;
        n_held++;
        t->held = true;
        *ret = TAKE_PTR(t);
        return 0;
}

AvahiThread *avahi_thread_free(AvahiThread *t)
{
        if (!t)
                return NULL;
        thread_let_go(t);
        sd_event_source_disable_unref(t->news);
        sd_event_source_disable_unref(t->limit);
        free(t);
        return NULL;
}

void avahi_thread_ask(AvahiThread *t, const MdnsAddresses *addresses)
{
        int fd = sd_event_source_get_io_fd(t->news);

        /* one that has ended tells so, and one whose socket is full hangs */
        if (!t->held || send(fd, addresses, sizeof *addresses, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
                return;
        if (t->unanswered++ == 0)
                thread_await(t);
}
