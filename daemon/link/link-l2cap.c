/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "link-l2cap.h"

#include <assert.h>
#include <bluetooth/l2cap.h>
#include <string.h>
#include <sys/socket.h>

enum {
        BACKLOG = 8,
        MTU = 1024, /* of both ends; also the size of one send */
};

/* Wraps the link over the socket and reports its end to the watch. */
typedef struct LinkL2cap {
        Link link;
        Link *socket;
        L2capWatch watch;
} LinkL2cap;

/* ---- the link ---- */

static void l2cap_on_frame(void *userdata, Link *socket, const Frame *frame)
{
        LinkL2cap *l = userdata;

        l->link.events->frame(l->link.userdata, &l->link, frame);
}

static void l2cap_on_closed(void *userdata, Link *socket)
{
        LinkL2cap *l = userdata;

        l->link.events->closed(l->link.userdata, &l->link);
}

static const LinkEvents socket_events = {l2cap_on_frame, l2cap_on_closed};

static int l2cap_send(Link *link, const Frame *frame)
{
        return link_send(((LinkL2cap *)link)->socket, frame);
}

static size_t l2cap_unsent(const Link *link)
{
        return link_unsent(((const LinkL2cap *)link)->socket);
}

static Link *l2cap_free(Link *link)
{
        LinkL2cap *l = (LinkL2cap *)link;

        link_free(l->socket);
        if (l->watch.ended)
                l->watch.ended(l->watch.userdata, link);
        free(l);
        return NULL;
}

static const LinkOps ops = {l2cap_send, l2cap_unsent, l2cap_free};

static int l2cap_wrap(Link **ret, sd_event *event, int taken_fd, bool helper, const L2capEnd *peer,
                      const L2capWatch *watch)
{
        uint8_t name[LINK_PEER] = {0};
        LinkL2cap *l = calloc(1, sizeof *l);
        int r;

        if (!l) {
                (void)close(taken_fd);
                return -ENOMEM;
        }
        memcpy(name, &peer->address, sizeof peer->address);
        name[sizeof peer->address] = peer->type;
        r = link_socket_new(&l->socket, event, taken_fd, helper, MTU, name);
        if (r < 0) {
                free(l);
                return r;
        }
        l->socket->events = &socket_events;
        l->socket->userdata = l;
        l->link.ops = &ops;
        l->link.dear = true;
        memcpy(l->link.peer, name, sizeof name);
        l->watch = *watch;
        *ret = &l->link;
        return 0;
}

void l2cap_give_up(Link *l)
{
        assert(l->events);
        l->events->closed(l->userdata, l);
}

void l2cap_unwatch(Link *l)
{
        ((LinkL2cap *)l)->watch = (L2capWatch){0};
}

/* ---- sockets ---- */

static struct sockaddr_l2 l2cap_address(const L2capEnd *end, uint8_t psm)
{
        return (struct sockaddr_l2){
                .l2_family = AF_BLUETOOTH,
                .l2_psm = htobs(psm),
                .l2_bdaddr = end->address,
                .l2_bdaddr_type = end->type,
        };
}

/* With the lowest security level the kernel asks for no pairing. */
static int l2cap_open_socket(int *ret, const L2capEnd *own)
{
        _cleanup_close_ int fd = -1;
        struct sockaddr_l2 here = l2cap_address(own, 0);
        struct bt_security security = {.level = BT_SECURITY_LOW};
        uint16_t mtu = MTU;

        fd = socket(AF_BLUETOOTH, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, BTPROTO_L2CAP);
        if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 ||
            setsockopt(fd, SOL_BLUETOOTH, BT_SECURITY, &security, sizeof security) < 0 ||
            setsockopt(fd, SOL_BLUETOOTH, BT_RCVMTU, &mtu, sizeof mtu) < 0)
                return -errno;
        *ret = TAKE_FD(fd);
        return 0;
}

int l2cap_end_read(L2capEnd *ret, const char *address, const char *type)
{
        if (strlen(address) != 17 || str2ba(address, &ret->address) < 0)
                return -EINVAL;
        ret->type = strcmp(type, "random") == 0 ? BDADDR_LE_RANDOM : BDADDR_LE_PUBLIC;
        return 0;
}

int l2cap_listen(int *ret_fd, uint8_t *ret_psm, const L2capEnd *own)
{
        _cleanup_close_ int fd = -1;
        struct sockaddr_l2 here;
        socklen_t len = sizeof here;
        int r = l2cap_open_socket(&fd, own);

        if (r < 0)
                return r;
        if (listen(fd, BACKLOG) < 0 || getsockname(fd, (struct sockaddr *)&here, &len) < 0)
                return -errno;
        *ret_psm = (uint8_t)btohs(here.l2_psm); /* the kernel chooses from 0x80 to 0xff */
        *ret_fd = TAKE_FD(fd);
        return 0;
}

int l2cap_accept(Link **ret, L2capEnd *ret_peer, sd_event *event, int listening,
                 const L2capWatch *watch)
{
        struct sockaddr_l2 there;
        socklen_t len = sizeof there;
        int fd = accept4(listening, (struct sockaddr *)&there, &len, SOCK_NONBLOCK | SOCK_CLOEXEC);

        if (fd < 0)
                return -errno;
        *ret_peer = (L2capEnd){.address = there.l2_bdaddr, .type = there.l2_bdaddr_type};
        return l2cap_wrap(ret, event, fd, true, ret_peer, watch);
}

int l2cap_connect(Link **ret, sd_event *event, const L2capEnd *own, const L2capEnd *peer,
                  uint8_t psm, const L2capWatch *watch)
{
        struct sockaddr_l2 there = l2cap_address(peer, psm);
        _cleanup_close_ int fd = -1;
        int r = l2cap_open_socket(&fd, own);

        if (r < 0)
                return r;
        if (connect(fd, (struct sockaddr *)&there, sizeof there) < 0 && errno != EINPROGRESS)
                return -errno;
        return l2cap_wrap(ret, event, TAKE_FD(fd), false, peer, watch);
}
