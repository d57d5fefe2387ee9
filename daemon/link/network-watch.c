/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "network-watch.h"

#include "src/base/log.h"
#include "lan-addresses.h"

#include <linux/rtnetlink.h>
#include <stdalign.h>
#include <string.h>
#include <sys/epoll.h>
#include <systemd/sd-bus.h>

enum { OURS_MAX = 64 };

struct NetworkWatch {
        sd_event *event;
        void (*changed)(void *userdata);
        void *userdata;
        sd_event_source *io;   /* owns the netlink socket */
        sd_event_source *tell; /* on: something is to be told */
        uint64_t not_before_us;
        LanAddress ours[OURS_MAX];
        size_t n_ours;
        sd_bus *bus;
};

/* Kernels tell routes of their own at every change of an address, and copies of routes for single
 * hosts: those are no news. */
static bool network_is_news(const struct nlmsghdr *m)
{
        const struct rtmsg *route = NLMSG_DATA(m);

        if ((m->nlmsg_type != RTM_NEWROUTE && m->nlmsg_type != RTM_DELROUTE) ||
            m->nlmsg_len < NLMSG_LENGTH(sizeof *route))
                return false;
        return route->rtm_table != RT_TABLE_LOCAL && !(route->rtm_flags & RTM_F_CLONED) &&
               route->rtm_type != RTN_MULTICAST && route->rtm_type != RTN_BROADCAST &&
               route->rtm_type != RTN_ANYCAST && route->rtm_type != RTN_LOCAL;
}

bool network_has_route_news(const void *messages, size_t len)
{
        const struct nlmsghdr *m = messages;
        size_t left = len;

        while (left >= sizeof *m && m->nlmsg_len >= sizeof *m && m->nlmsg_len <= left) {
                size_t step = NLMSG_ALIGN(m->nlmsg_len);

                if (network_is_news(m))
                        return true;
                if (step >= left)
                        break;
                left -= step;
                m = (const struct nlmsghdr *)((const uint8_t *)m + step);
        }
        return false;
}

/* ---- telling ---- */

static void network_tell_soon(NetworkWatch *w)
{
        uint64_t now, at;

        if (sd_event_now(w->event, CLOCK_MONOTONIC, &now) < 0)
                return;
        at = MAX(now + NETWORK_SETTLE_MS * UINT64_C(1000), w->not_before_us);
        (void)sd_event_source_set_time(w->tell, at);
        (void)sd_event_source_set_enabled(w->tell, SD_EVENT_ONESHOT);
}

static int on_network_tell(sd_event_source *s, uint64_t usec, void *userdata)
{
        NetworkWatch *w = userdata;

        w->not_before_us = usec + NETWORK_PAUSE_MS * UINT64_C(1000);
        w->n_ours = lan_addresses(w->ours, OURS_MAX);
        log_debug("the network has changed");
        w->changed(w->userdata);
        return 0;
}

/* ---- what the kernel says ---- */

/* Addresses that only get a longer life are told, too. */
static bool network_has_moved(const NetworkWatch *w)
{
        LanAddress now[OURS_MAX];
        size_t n = lan_addresses(now, OURS_MAX);

        return n != w->n_ours || memcmp(now, w->ours, n * sizeof *now) != 0;
}

/* Reads all that is there. Lost messages (ENOBUFS) count as news. */
static int on_network_messages(sd_event_source *s, int fd, uint32_t events, void *userdata)
{
        alignas(struct nlmsghdr) uint8_t some[8192];
        NetworkWatch *w = userdata;
        bool news = false;
        ssize_t n;

        while ((n = recv(fd, some, sizeof some, 0)) >= 0 || errno == ENOBUFS || errno == EINTR)
                if (n >= 0)
                        news = news || network_has_route_news(some, (size_t)n);
                else if (errno == ENOBUFS)
                        news = true;
        if (news || network_has_moved(w))
                network_tell_soon(w);
        return 0;
}

static int network_listen(NetworkWatch *w)
{
        struct sockaddr_nl here = {
                .nl_family = AF_NETLINK,
                .nl_groups = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR |
                             RTMGRP_IPV4_ROUTE | RTMGRP_IPV6_ROUTE,
        };
        _cleanup_close_ int fd =
                socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
        int r;

        if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0)
                return -errno;
        r = sd_event_add_io(w->event, &w->io, fd, EPOLLIN, on_network_messages, w);
        if (r >= 0)
                r = sd_event_source_set_io_fd_own(w->io, true);
        if (r < 0)
                return r;
        (void)TAKE_FD(fd);
        (void)sd_event_source_set_description(w->io, "network-watch");
        return 0;
}

/* ---- what logind says ---- */

static int on_network_sleep(sd_bus_message *m, void *userdata, sd_bus_error *error)
{
        int begins;

        if (sd_bus_message_read(m, "b", &begins) > 0 && !begins)
                network_tell_soon(userdata);
        return 0;
}

/* On failure there is no logind to ask. */
static void network_watch_sleep(NetworkWatch *w)
{
        int r = sd_bus_open_system_with_description(&w->bus, "network-watch");

        if (r >= 0)
                r = sd_bus_attach_event(w->bus, w->event, SD_EVENT_PRIORITY_NORMAL);
        if (r >= 0)
                r = sd_bus_match_signal_async(w->bus, NULL, "org.freedesktop.login1",
                                              "/org/freedesktop/login1",
                                              "org.freedesktop.login1.Manager", "PrepareForSleep",
                                              on_network_sleep, NULL, w);
        if (r < 0)
                w->bus = sd_bus_close_unref(w->bus);
}

/* ---- life ---- */

int network_watch_new(NetworkWatch **ret, sd_event *event, void (*changed)(void *userdata),
                      void *userdata)
{
        _cleanup_(network_watch_freep) NetworkWatch *w = calloc(1, sizeof *w);
        int r;

        if (!w)
                return -ENOMEM;
        *w = (NetworkWatch){.event = sd_event_ref(event), .changed = changed, .userdata = userdata};
        w->n_ours = lan_addresses(w->ours, OURS_MAX);
        r = sd_event_add_time(event, &w->tell, CLOCK_MONOTONIC, 0, 1000, on_network_tell, w);
        if (r >= 0)
                r = sd_event_source_set_enabled(w->tell, SD_EVENT_OFF);
        if (r >= 0)
                r = network_listen(w);
        if (r < 0)
                return r;
        (void)sd_event_source_set_description(w->tell, "network-changed");
        network_watch_sleep(w);
        *ret = TAKE_PTR(w);
        return 0;
}

NetworkWatch *network_watch_free(NetworkWatch *w)
{
        if (!w)
                return NULL;
        sd_event_source_disable_unref(w->io);
        sd_event_source_disable_unref(w->tell);
        sd_bus_close_unref(w->bus);
        sd_event_unref(w->event);
        free(w);
        return NULL;
}
