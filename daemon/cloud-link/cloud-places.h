/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cloud-places.h - the places where one cloud is: its URLs, and beside each URL with a name the
 * address where it answered last
 *
 * They are raced (carrier-race.h). So a resolver that is slow or dead costs nothing where the cloud
 * was met before. What a name is worth does not change: certificates are checked against it, and
 * nothing counts but what the cloud has sealed.
 */
#pragma once

#include "src/base/clock.h"
#include "daemon/store/store.h"
#include "carrier.h"

#include <systemd/sd-event.h>

enum { CLOUD_PLACES_MAX = 4 };

typedef struct CloudPlaces CloudPlaces;

typedef struct CloudPlacesDeps { /* borrowed; proxy and ca_file as in carrier-http.h */
        sd_event *event;
        Clock *clock;
        DaemonStore *store; /* outlives the places, as does clock */
        const char *proxy;
        const char *ca_file;
        void (*changed)(void *userdata); /* cloud_places_answering has changed */
        void *userdata;
} CloudPlacesDeps;

/* urls: those of the same cloud, at most CLOUD_PLACES_MAX. -EINVAL: one of them cannot be used. */
int cloud_places_new(CloudPlaces **ret, const CloudPlacesDeps *deps, const char *const *urls,
                     size_t n);
/* After its carriers. */
CloudPlaces *cloud_places_free(CloudPlaces *p);
DEFINE_CLEANUP(CloudPlaces *, cloud_places_free);

/* Makes a carrier to all places, owned by the caller: for our own requests, or for those of
 * neighbours, once each. Without bytes it asks for the cloud's identity (carrier-http.h). */
int cloud_places_carrier(CloudPlaces *p, Carrier **ret, bool for_neighbours);

/* The cloud is at this URL alone from now on. Its carriers are to be renewed. -EINVAL: as above. */
int cloud_places_move(CloudPlaces *p, const char *url);
/* The URL at which it has answered our own request last; NULL: at none yet. */
const char *cloud_places_answering(const CloudPlaces *p);
