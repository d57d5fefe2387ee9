/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link.h - a bounded, ordered channel of frames to one neighbour: TCP or LE L2CAP
 * (link-socket.h); in the ether simulation a function call
 *
 * Radios make links. To get help, ask the radio that heard the neighbour (radio_reach). To give
 * help, take the links that the radio reports (RadioEvents.linked). A link outlives a stop of its
 * radio. It carries the frames of frame.h only: requests in one direction, answers in the other.
 */
#pragma once

#include "frame.h"

typedef struct Link Link;

/* The link may be freed from within these. */
typedef struct LinkEvents {
        /* borrowed, valid during the call */
        void (*frame)(void *userdata, Link *l, const Frame *frame);
        /* The last event, exactly once: the neighbour or the network closed the link, nothing moved
         * for too long, or the bytes received were no frame. The owner frees the link. */
        void (*closed)(void *userdata, Link *l);
} LinkEvents;

typedef struct LinkOps {
        int (*send)(Link *l, const Frame *frame);
        size_t (*unsent)(const Link *l);
        Link *(*free)(Link *l);
} LinkOps;

enum { LINK_PEER = 16 };

/* An implementation's state starts with this. The new owner of a link sets events and userdata at
 * once. */
struct Link {
        const LinkOps *ops;
        const LinkEvents *events;
        void *userdata;
        /* the neighbour's address as the radio sees it: to count links by, not to identify it */
        uint8_t peer[LINK_PEER];
        /* an open link costs energy: close it when nothing is on its way, and do not open one for
         * each request */
        bool dear;
};

/* Copies the frame. Never calls back from within. -ENOBUFS: the neighbour reads too slowly, and
 * nothing was sent. A link that is not yet connected sends later. */
static inline int link_send(Link *l, const Frame *frame)
{
        return l->ops->send(l, frame);
}
/* Bytes that the neighbour has not read yet. */
static inline size_t link_unsent(const Link *l)
{
        return l->ops->unsent(l);
}
static inline Link *link_free(Link *l) /* closes it, without the closed event */
{
        return l ? l->ops->free(l) : NULL;
}
DEFINE_CLEANUP(Link *, link_free);
