/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lan-addresses.h"

#include <ifaddrs.h>
#include <linux/ethtool.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

static bool lan_is_shown(const struct ifaddrs *a)
{
        return a->ifa_addr &&
               (a->ifa_addr->sa_family == AF_INET || a->ifa_addr->sa_family == AF_INET6) &&
               (a->ifa_flags & IFF_UP) && (a->ifa_flags & IFF_MULTICAST) &&
               !(a->ifa_flags & IFF_LOOPBACK);
}

/* A bridge says so itself, as a driver; where a driver does not answer, it is none. */
static bool lan_is_bridge(const char *interface)
{
        struct ethtool_drvinfo driver = {.cmd = ETHTOOL_GDRVINFO};
        struct ifreq ask = {.ifr_data = (void *)&driver};
        _cleanup_close_ int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

        (void)snprintf(ask.ifr_name, sizeof ask.ifr_name, "%s", interface);
        return fd >= 0 && ioctl(fd, SIOCETHTOOL, &ask) == 0 &&
               strncmp(driver.driver, "bridge", sizeof driver.driver) == 0;
}

static uint32_t lan_count_bits(const uint8_t *mask, size_t n)
{
        uint32_t bits = 0;

        for (size_t i = 0; i < n; i++)
                bits += (uint32_t)__builtin_popcount(mask[i]);
        return bits;
}

static const uint8_t *lan_bytes_of(const struct sockaddr *a)
{
        if (a->sa_family == AF_INET)
                return (const uint8_t *)&((const struct sockaddr_in *)a)->sin_addr;
        return (const uint8_t *)&((const struct sockaddr_in6 *)a)->sin6_addr;
}

static LanAddress lan_read_address(const struct ifaddrs *a)
{
        LanAddress ret = {.interface = if_nametoindex(a->ifa_name),
                          .family = a->ifa_addr->sa_family,
                          .bridge = lan_is_bridge(a->ifa_name)};
        size_t n = ret.family == AF_INET ? 4 : 16;

        memcpy(ret.bytes, lan_bytes_of(a->ifa_addr), n);
        ret.prefix =
                a->ifa_netmask ? lan_count_bits(lan_bytes_of(a->ifa_netmask), n) : (uint32_t)n * 8;
        return ret;
}

size_t lan_addresses(LanAddress *ret, size_t max)
{
        struct ifaddrs *all = NULL;
        size_t n = 0;

        (void)getifaddrs(&all); /* on failure there are none */
        for (uint32_t bridge = 0; bridge <= 1; bridge++)
                for (const struct ifaddrs *a = all; a && n < max; a = a->ifa_next)
                        if (lan_is_shown(a)) {
                                ret[n] = lan_read_address(a);
                                n += ret[n].bridge == bridge;
                        }
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
