/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link-lan.h"

#include "src/base/tcp.h"

#include <assert.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

enum {
        HOPS = 255,
        BACKLOG = 8,
        /* A neighbour that vanishes or moves is noticed within about 3 s: on a quiet link by the
         * keep-alives, on a busy one by unacknowledged bytes. */
        KEEPALIVE_IDLE_S = 1,
        KEEPALIVE_EVERY_S = 1,
        KEEPALIVE_TRIES = 2,
};

typedef struct SocketOption {
        int level, name, value;
} SocketOption;

static int lan_set_options(int fd, const SocketOption *options, size_t n)
{
        for (size_t i = 0; i < n; i++)
                if (setsockopt(fd, options[i].level, options[i].name, &options[i].value,
                               sizeof options[i].value) < 0)
                        return -errno;
        return 0;
}

/* IPv6 sockets also carry IPv4 and obey the options of both. */
static int lan_take_from_segment(int fd, sa_family_t family)
{
        static const SocketOption options[] = {
                {IPPROTO_IP, IP_TTL, HOPS},
                {IPPROTO_IP, IP_MINTTL, HOPS},
                {IPPROTO_IPV6, IPV6_UNICAST_HOPS, HOPS},
                {IPPROTO_IPV6, IPV6_MINHOPCOUNT, HOPS},
        };

        return lan_set_options(fd, options, family == AF_INET ? 2 : ARRAY_LEN(options));
}

/* No minimum on this side: a reset for a closed port arrives with an ordinary hop limit, and we
 * want to see it. */
static int lan_stay_on_segment(int fd, sa_family_t family)
{
        static const SocketOption options[] = {
                {SOL_SOCKET, SO_DONTROUTE, 1},
                {IPPROTO_IP, IP_TTL, HOPS},
                {IPPROTO_IPV6, IPV6_UNICAST_HOPS, HOPS},
        };

        return lan_set_options(fd, options, family == AF_INET ? 2 : ARRAY_LEN(options));
}

static int lan_keep_alive(int fd)
{
        static const SocketOption options[] = {
                {SOL_SOCKET, SO_KEEPALIVE, 1},
                {IPPROTO_TCP, TCP_KEEPIDLE, KEEPALIVE_IDLE_S},
                {IPPROTO_TCP, TCP_KEEPINTVL, KEEPALIVE_EVERY_S},
                {IPPROTO_TCP, TCP_KEEPCNT, KEEPALIVE_TRIES},
                {IPPROTO_TCP, TCP_USER_TIMEOUT,
                 1000 * (KEEPALIVE_IDLE_S + KEEPALIVE_EVERY_S * KEEPALIVE_TRIES)},
                {IPPROTO_TCP, TCP_NODELAY, 1},
        };

        return lan_set_options(fd, options, ARRAY_LEN(options));
}

/* Maps IPv4 into IPv6, so that a neighbour counts once. */
static void lan_peer_key(uint8_t ret[static LINK_PEER], const struct sockaddr_storage *a)
{
        const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)a;

        assert(a->ss_family == AF_INET || a->ss_family == AF_INET6);
        memset(ret, 0, LINK_PEER);
        if (a->ss_family == AF_INET6) {
                memcpy(ret, &six->sin6_addr, LINK_PEER);
                return;
        }
        ret[10] = ret[11] = 0xff;
        memcpy(ret + 12, &((const struct sockaddr_in *)a)->sin_addr, 4);
}

/* IPv4 only, if the machine has no IPv6. */
static int lan_bind_any(int *ret_fd)
{
        struct sockaddr_in6 six = {.sin6_family = AF_INET6};
        struct sockaddr_in four = {.sin_family = AF_INET};
        int flags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;
        _cleanup_close_ int fd = socket(AF_INET6, flags, 0);
        SocketOption both = {IPPROTO_IPV6, IPV6_V6ONLY, 0};
        int r;

        if (fd < 0 && errno != EAFNOSUPPORT)
                return -errno;
        if (fd >= 0) {
                r = lan_set_options(fd, &both, 1);
                if (r == 0)
                        r = lan_take_from_segment(fd, AF_INET6);
                if (r == 0)
                        r = bind(fd, (struct sockaddr *)&six, sizeof six) < 0 ? -errno : 0;
        } else {
                fd = socket(AF_INET, flags, 0);
                if (fd < 0)
                        return -errno;
                r = lan_take_from_segment(fd, AF_INET);
                if (r == 0)
                        r = bind(fd, (struct sockaddr *)&four, sizeof four) < 0 ? -errno : 0;
        }
        if (r == 0)
                *ret_fd = TAKE_FD(fd);
        return r;
}

int lan_listen(int *ret_fd, uint16_t *ret_port)
{
        _cleanup_close_ int fd = -1;
        struct sockaddr_in6 name; /* the port is where sockaddr_in has it */
        socklen_t len = sizeof name;
        int r = lan_bind_any(&fd);

        if (r < 0)
                return r;
        tcp_prepare(fd, TCP_SEGMENT_SMALL);
        if (listen(fd, BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&name, &len) < 0)
                return -errno;
        *ret_port = ntohs(name.sin6_port);
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int lan_accept(Link **ret, sd_event *event, int listening)
{
        struct sockaddr_storage from = {0};
        socklen_t len = sizeof from;
        _cleanup_close_ int fd =
                accept4(listening, (struct sockaddr *)&from, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);
        uint8_t peer[LINK_PEER];
        int r;

        if (fd < 0)
                return -errno;
        r = lan_keep_alive(fd);
        if (r < 0)
                return r;
        lan_peer_key(peer, &from);
        return link_socket_new(ret, event, TAKE_FD(fd), true, 0, peer);
}

/* Past the kernel's choice among networks with the same subnet. Where it refuses, it chooses. */
static void lan_keep_to_interface(int fd, uint32_t interface)
{
        int index = (int)interface;

        if (interface != 0)
                (void)setsockopt(fd, SOL_SOCKET, SO_BINDTOIFINDEX, &index, sizeof index);
}

int lan_connect(int *ret_fd, const struct sockaddr_storage *to, uint32_t interface)
{
        socklen_t len =
                to->ss_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);
        _cleanup_close_ int fd =
                socket(to->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        int r;

        if (fd < 0)
                return -errno;
        tcp_prepare(fd, TCP_SEGMENT_SMALL);
        r = lan_stay_on_segment(fd, to->ss_family);
        if (r == 0)
                r = lan_keep_alive(fd);
        if (r < 0)
                return r;
        lan_keep_to_interface(fd, interface);
        if (connect(fd, (const struct sockaddr *)to, len) < 0 && errno != EINPROGRESS)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int lan_link(Link **ret, sd_event *event, int taken_fd, const struct sockaddr_storage *to)
{
        uint8_t peer[LINK_PEER];

        lan_peer_key(peer, to);
        return link_socket_new(ret, event, taken_fd, false, 0, peer);
}
