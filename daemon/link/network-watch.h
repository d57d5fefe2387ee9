/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * network-watch.h - tells when this machine may be in another network: an address or a route has
 * changed (rtnetlink), or it has slept (logind)
 *
 * Several changes at once are told once, and at most one is told in a second: a neighbour that
 * makes a network flap costs no more.
 */
#pragma once

#include "src/base/util.h"

#include <systemd/sd-event.h>

enum {
        NETWORK_SETTLE_MS = 100, /* for what belongs to the same change */
        NETWORK_PAUSE_MS = 1000,
};

typedef struct NetworkWatch NetworkWatch;

/* Without logind, sleep alone is not noticed. */
int network_watch_new(NetworkWatch **ret, sd_event *event, void (*changed)(void *userdata),
                      void *userdata);
NetworkWatch *network_watch_free(NetworkWatch *w);
DEFINE_CLEANUP(NetworkWatch *, network_watch_free);

/* Whether one of these messages of rtnetlink is about a route that requests may take. */
bool network_has_route_news(const void *messages, size_t len);
