/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listen.h"

#include "src/base/tcp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <systemd/sd-daemon.h>

enum { BACKLOG = 4096 };

typedef union Address {
        struct sockaddr any;
        struct sockaddr_in in;
        struct sockaddr_in6 in6;
} Address;

static int listen_parse(const char *text, Address *ret, socklen_t *ret_len)
{
        char host[INET6_ADDRSTRLEN + 2];
        const char *colon = strrchr(text, ':');
        size_t n;
        char *end;
        unsigned long port;

        if (!colon || colon[1] < '0' || colon[1] > '9' ||
            (n = (size_t)(colon - text)) >= sizeof host)
                return -EINVAL;
        port = strtoul(colon + 1, &end, 10);
        if (*end || port > 65535)
                return -EINVAL;
        memset(ret, 0, sizeof *ret);
        (void)snprintf(host, sizeof host, "%.*s", (int)n, text);
        if (host[0] == '[' && host[n - 1] == ']') {
                host[n - 1] = '\0';
                ret->in6.sin6_family = AF_INET6;
                ret->in6.sin6_port = htons((uint16_t)port);
                *ret_len = sizeof ret->in6;
                return inet_pton(AF_INET6, host + 1, &ret->in6.sin6_addr) == 1 ? 0 : -EINVAL;
        }
        ret->in.sin_family = AF_INET;
        ret->in.sin_port = htons((uint16_t)port);
        *ret_len = sizeof ret->in;
        return inet_pton(AF_INET, host, &ret->in.sin_addr) == 1 ? 0 : -EINVAL;
}

bool listen_is_address(const char *text)
{
        Address a;
        socklen_t len;

        return listen_parse(text, &a, &len) == 0;
}

int listen_bind(int *ret_fd, const char *address)
{
        _cleanup_close_ int fd = -1;
        Address a;
        socklen_t len;
        int r, on = 1;

        r = listen_parse(address, &a, &len);
        if (r < 0)
                return r;
        fd = socket(a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (fd < 0)
                return -errno;
        (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
        tcp_prepare(fd, TCP_SEGMENT_USUAL);
        if (bind(fd, &a.any, len) < 0 || listen(fd, BACKLOG) < 0)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

static void listen_free_names(char **names)
{
        for (size_t i = 0; names && names[i]; i++)
                free(names[i]);
        free(names);
}

int listen_open(int *ret_fd, const char *name, const char *address)
{
        char **names = NULL;
        int n = sd_listen_fds_with_names(0, &names), found = -1;

        for (int i = 0; i < n && found < 0; i++)
                if (strcmp(names[i], name) == 0)
                        found = SD_LISTEN_FDS_START + i;
        if (n == 1 && found < 0 && strcmp(name, LISTEN_PUBLIC) == 0 &&
            strcmp(names[0], LISTEN_ADMIN) != 0)
                found = SD_LISTEN_FDS_START;
        listen_free_names(names);
        if (n < 0)
                return n;
        if (found < 0)
                return listen_bind(ret_fd, address);
        tcp_prepare(found, TCP_SEGMENT_USUAL);
        *ret_fd = found;
        return 0;
}

bool listen_is_local(int fd)
{
        Address a = {.any.sa_family = AF_UNSPEC};
        socklen_t len = sizeof a;

        if (getsockname(fd, &a.any, &len) < 0)
                return false;
        switch (a.any.sa_family) {
        case AF_INET:
                return ntohl(a.in.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
        case AF_INET6:
                return IN6_IS_ADDR_LOOPBACK(&a.in6.sin6_addr);
        default:
                return true;
        }
}

int listen_port(int fd, unsigned *ret)
{
        Address a;
        socklen_t len = sizeof a;

        if (getsockname(fd, &a.any, &len) < 0)
                return -errno;
        switch (a.any.sa_family) {
        case AF_INET:
                *ret = ntohs(a.in.sin_port);
                return 0;
        case AF_INET6:
                *ret = ntohs(a.in6.sin6_port);
                return 0;
        default:
                return -EAFNOSUPPORT;
        }
}
