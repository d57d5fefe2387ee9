/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-finder.h - finds clouds that announce themselves on the local network, by Avahi
 *
 * It looks only between start and stop: at rest nothing is asked, and nobody hears that we look.
 * What is found is what strangers say (src/protocol/cloud-announce.h). Over sd-bus, so that no call
 * waits for an Avahi that hangs.
 */
#pragma once

#include "src/protocol/cloud-announce.h"

#include <systemd/sd-event.h>

enum {
        CLOUD_FINDER_MAX = 16,      /* clouds that are told of */
        CLOUD_FINDER_MS = 3 * 1000, /* until it has settled, at most */
};

typedef struct CloudFinder CloudFinder;

typedef struct CloudFinderDeps { /* userdata outlives the finder */
        sd_event *event;
        /* What is there is known now, once after each start; looked false: there is no Avahi. The
         * finder may be started and stopped from within, but not freed. */
        void (*settled)(void *userdata, bool looked);
        /* A cloud was found, after or before it has settled; and every two seconds it is still
         * there, perhaps at another address. As above. */
        void (*found)(void *userdata);
        void *userdata;
} CloudFinderDeps;

int cloud_finder_new(CloudFinder **ret, const CloudFinderDeps *deps);
CloudFinder *cloud_finder_free(CloudFinder *f);

/* Looks, or looks anew. Neither of the functions is called from within. */
int cloud_finder_start(CloudFinder *f);
/* Forgets what was found. */
void cloud_finder_stop(CloudFinder *f);
bool cloud_finder_looks(const CloudFinder *f);
/* Copies what is there now, each cloud once, at most CLOUD_FINDER_MAX. Returns their number. */
size_t cloud_finder_get(const CloudFinder *f, FoundCloud ret[static CLOUD_FINDER_MAX]);
