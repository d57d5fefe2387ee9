/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link-socket.h"

#include "src/base/array.h"

#include <assert.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>

enum {
        READS = 4, /* in a row, before the loop serves other sources */
};

typedef struct LinkSocket {
        Link link;
        sd_event_source *io; /* owns the socket */
        sd_event_source *stall;
        int fd;
        bool helper, connecting;
        size_t piece_max;
        ARRAY(uint8_t) in, out;
        bool *freed; /* set while a callback runs, which may free us: then becomes true */
} LinkSocket;

/* ---- the socket ---- */

static int socket_await(LinkSocket *l)
{
        bool writing = l->connecting || l->out.n > 0;

        return sd_event_source_set_io_events(l->io, EPOLLIN | (writing ? EPOLLOUT : 0));
}

/* The time restarts whenever the neighbour has taken some bytes. */
static void socket_restart_stall(LinkSocket *l)
{
        bool waits = l->connecting || l->out.n > 0;

        if (waits)
                (void)sd_event_source_set_time_relative(l->stall, LINK_STALL_MS * 1000);
        (void)sd_event_source_set_enabled(l->stall, waits ? SD_EVENT_ONESHOT : SD_EVENT_OFF);
}

static void socket_end(LinkSocket *l)
{
        (void)sd_event_source_set_enabled(l->io, SD_EVENT_OFF);
        (void)sd_event_source_set_enabled(l->stall, SD_EVENT_OFF);
        l->link.events->closed(l->link.userdata, &l->link);
}

/* 0, or -errno: the link is broken. What is left moves up once, not with each piece. */
static int socket_write_out(LinkSocket *l)
{
        size_t sent = 0;

        while (sent < l->out.n) {
                ssize_t n = send(l->fd, l->out.list + sent, MIN(l->out.n - sent, l->piece_max),
                                 MSG_NOSIGNAL);

                if (n < 0 && errno == EINTR)
                        continue;
                if (n < 0 && errno == EAGAIN)
                        break;
                if (n < 0)
                        return -errno;
                sent += (size_t)n;
        }
        array_remove(&l->out, 0, sent);
        if (sent > 0)
                socket_restart_stall(l);
        return 0;
}

static int socket_finish_connecting(LinkSocket *l)
{
        int error = 0;
        socklen_t len = sizeof error;

        if (getsockopt(l->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
                return -errno;
        if (error)
                return -error;
        l->connecting = false;
        socket_restart_stall(l);
        return 0;
}

/* 1: received something; 0: nothing yet; -errno: the link is closed or broken. */
static int socket_read_some(LinkSocket *l)
{
        int r = array_reserve(&l->in, LINK_PIECE_MAX);
        ssize_t n;

        if (r < 0)
                return r;
        n = recv(l->fd, l->in.list + l->in.n, LINK_PIECE_MAX, 0);
        if (n < 0)
                return errno == EAGAIN || errno == EINTR ? 0 : -errno;
        if (n == 0)
                return -ECONNRESET;
        l->in.n += (size_t)n;
        return 1;
}

/* Delivers the complete frames. -ECANCELED: a callback has freed the link. */
static int socket_deliver(LinkSocket *l)
{
        size_t at = 0, used;
        bool freed = false;
        Frame frame;
        int r;

        assert(l->link.events && !l->freed);
        l->freed = &freed;
        while ((r = frame_read(&frame, &used, l->in.list + at, l->in.n - at, l->helper)) > 0) {
                l->link.events->frame(l->link.userdata, &l->link, &frame);
                if (freed)
                        return -ECANCELED;
                at += used;
        }
        l->freed = NULL;
        array_remove(&l->in, 0, at);
        return r;
}

static int socket_serve(LinkSocket *l, uint32_t events)
{
        int r = 0;

        if (l->connecting && (events & (EPOLLOUT | EPOLLERR | EPOLLHUP)))
                r = socket_finish_connecting(l);
        if (r == 0 && !l->connecting)
                r = socket_write_out(l);
        for (unsigned i = 0; r >= 0 && i < READS && (events & (EPOLLIN | EPOLLHUP | EPOLLERR));
             i++) {
                r = socket_read_some(l);
                if (r <= 0)
                        break;
                r = socket_deliver(l);
        }
        return r < 0 ? r : socket_await(l);
}

static int socket_on_io(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        LinkSocket *l = userdata;
        int r = socket_serve(l, events);

        if (r < 0 && r != -ECANCELED)
                socket_end(l);
        return 0;
}

static int socket_on_stall(sd_event_source *s, uint64_t usec, void *userdata)
{
        socket_end(userdata);
        return 0;
}

/* ---- calls by the owner ---- */

static int socket_send(Link *link, const Frame *frame)
{
        LinkSocket *l = (LinkSocket *)link;
        uint8_t head[FRAME_HEAD + FRAME_WAIT];
        size_t n = frame_write_head(head, frame);
        bool idle = l->out.n == 0;
        int r;

        if (l->out.n + n + frame->len > LINK_UNSENT_MAX)
                return -ENOBUFS;
        r = array_reserve(&l->out, n + frame->len);
        if (r < 0)
                return r;
        (void)array_append(&l->out, head, n);
        (void)array_append(&l->out, frame->body, frame->len);
        if (idle && !l->connecting)
                socket_restart_stall(l);
        return socket_await(l);
}

static size_t socket_unsent(const Link *link)
{
        return ((const LinkSocket *)link)->out.n;
}

static Link *socket_free(Link *link)
{
        LinkSocket *l = (LinkSocket *)link;

        if (l->freed)
                *l->freed = true;
        sd_event_source_disable_unref(l->io);
        sd_event_source_disable_unref(l->stall);
        array_done(&l->in);
        array_done(&l->out);
        free(l);
        return NULL;
}

static const LinkOps ops = {socket_send, socket_unsent, socket_free};

static int socket_attach(LinkSocket *l, sd_event *event, int taken_fd)
{
        _cleanup_close_ int fd = taken_fd;
        int r = sd_event_add_io(event, &l->io, fd, EPOLLIN | EPOLLOUT, socket_on_io, l);

        if (r >= 0)
                r = sd_event_source_set_io_fd_own(l->io, true);
        if (r < 0)
                return r;
        l->fd = TAKE_FD(fd);
        r = sd_event_add_time_relative(event, &l->stall, CLOCK_MONOTONIC, LINK_STALL_MS * 1000, 0,
                                       socket_on_stall, l);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(l->io, "link");
        (void)sd_event_source_set_description(l->stall, "link-stall");
        return 0;
}

int link_socket_new(Link **ret, sd_event *event, int taken_fd, bool helper, size_t piece_max,
                    const uint8_t peer[static LINK_PEER])
{
        LinkSocket *l = calloc(1, sizeof *l);
        int r;

        if (!l) {
                (void)close(taken_fd);
                return -ENOMEM;
        }
        *l = (LinkSocket){
                .link.ops = &ops,
                .helper = helper,
                .connecting = true, /* until the first event */
                .piece_max = piece_max > 0 ? piece_max : SIZE_MAX,
        };
        memcpy(l->link.peer, peer, LINK_PEER);
        r = socket_attach(l, event, taken_fd);
        if (r < 0) {
                socket_free(&l->link);
                return r;
        }
        *ret = &l->link;
        return 0;
}
