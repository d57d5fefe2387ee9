/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lan-addresses.h"

#include <ifaddrs.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <netinet/in.h>
#include <string.h>

static bool lan_is_shown(const struct ifaddrs *a)
{
        return a->ifa_addr &&
               (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6) &&
               (a->ifa_flags & IFF_UP) && (a->ifa_flags & IFF_MULTICAST) &&
               !(a->ifa_flags & IFF_LOOPBACK);
}

static LanAddress lan_read_address(const struct ifaddrs *a)
{
        LanAddress ret = {.interface = if_nametoindex(a->ifa_name),
                          .family = a->ifa_addr->sa_family};

        if (ret.family == AF_INET)
                memcpy(ret.bytes, &((const struct sockaddr_in *)a->ifa_addr)->sin_addr, 4);
        else
                memcpy(ret.bytes, &((const struct sockaddr_in6 *)a->ifa_addr)->sin6_addr, 16);
        return ret;
}

size_t lan_addresses(LanAddress *ret, size_t max)
{
        struct ifaddrs *all = NULL;
        size_t n = 0;

        (void)getifaddrs(&all); /* on failure there are none */
        for (const struct ifaddrs *a = all; a && n < max; a = a->ifa_next)
                if (lan_is_shown(a))
                        ret[n++] = lan_read_address(a);
        freeifaddrs(all);
        return n;
}

int lan_addresses_watch(int *ret_fd)
{
        struct sockaddr_nl here = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR,
        };
        _cleanup_close_ int fd =
                socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);

        if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
                return -errno;
        *ret_fd = TAKE_FD(fd);
        return 0;
}

/* The caller reads all addresses anew, so lost messages (ENOBUFS) do no harm. */
void lan_addresses_seen(int fd)
{
        uint8_t some[4096];

        while (recv(fd, some, sizeof some, 0) >= 0 || errno == ENOBUFS || errno == EINTR)
                ;
}
