/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link.h - a bounded, ordered channel of frames to one neighbour: TCP or LE L2CAP
 * (link-socket.h); in the ether simulation a function call
 *
 * Radios make links: whoever asks for help asks the radio that heard the neighbour
 * (radio_reach), whoever gives it gets them from its radio (RadioEvents.linked). A link lives on
 * when its radio has been stopped. Only what frame.h describes goes over it, requests one way
 * and answers the other.
 */
#pragma once

#include "frame.h"

typedef struct Link Link;

/* From within these the link may be freed. */
typedef struct LinkEvents {
        /* borrowed, valid during the call */
        void (*frame)(void *userdata, Link *l, const Frame *frame);
        /* once, and nothing after it: the neighbour or the network ended it, nothing moved for too
         * long, or what came was no frame. Its owner frees it. */
        void (*closed)(void *userdata, Link *l);
} LinkEvents;

typedef struct LinkOps {
        int (*send)(Link *l, const Frame *frame);
        size_t (*unsent)(const Link *l);
        Link *(*free)(Link *l);
} LinkOps;

enum { LINK_PEER = 16 };

/* An implementation's state starts with this. Whoever takes a link sets events and userdata at
 * once. */
struct Link {
        const LinkOps *ops;
        const LinkEvents *events;
        void *userdata;
        /* address of the neighbour as its radio knows it; to count by, and no name */
        uint8_t peer[LINK_PEER];
        /* an open link costs energy: it is ended when nothing is on its way, and not opened for
         * each request */
        bool dear;
};

/* Copies. Never calls back from within. -ENOBUFS: the neighbour does not read fast enough, nothing
 * was sent. A link that is still being made keeps what is sent for later. */
static inline int link_send(Link *l, const Frame *frame)
{
        return l->ops->send(l, frame);
}
/* Bytes that wait for the neighbour to read. */
static inline size_t link_unsent(const Link *l)
{
        return l->ops->unsent(l);
}
static inline Link *link_free(Link *l) /* ends it; closed is not called */
{
        return l ? l->ops->free(l) : NULL;
}
DEFINE_CLEANUP(Link *, link_free);
