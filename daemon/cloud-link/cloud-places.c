/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cloud-places.h"

#include "src/base/log.h"
#include "src/protocol/envelope.h"
#include "src/protocol/succession.h"
#include "carrier-http.h"
#include "carrier-race.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

enum { SIDES = 2 }; /* our own requests, and those of neighbours */

typedef struct Place {
        char *url;
        char kept[ADDRESS_SIZE]; /* ""; or the address of its name, where it answered last */
        /* borrowed: by name, and at the kept address */
        Carrier *named[SIDES], *pinned[SIDES];
} Place;

struct CloudPlaces {
        CloudPlacesDeps deps;
        char *proxy, *ca_file;
        Place of[CLOUD_PLACES_MAX];
        size_t n;
        Carrier *races[SIDES]; /* borrowed */
};

static_assert((int)ADDRESS_SIZE == (int)ADDRESS_TEXT_SIZE, "an address fits into its row");

/* In a race each place has two carriers: the kept address, then the name. */
static Place *places_of_lane(CloudPlaces *p, size_t lane)
{
        return lane / 2 < p->n ? &p->of[lane / 2] : NULL;
}

static bool places_counts(const uint8_t *answer, size_t len, size_t sent)
{
        CloudIdentity id;

        return sent > 0 ? envelope_is_response(answer, len)
                        : cloud_identity_read(&id, answer, len) == 0;
}

static void place_pin(Place *place, const char *address)
{
        assert(strlen(address) < sizeof place->kept);
        (void)strcpy(place->kept, address);
        for (size_t side = 0; side < SIDES; side++)
                if (place->pinned[side])
                        carrier_http_pin(place->pinned[side], address);
}

/* The name has led to an answer of the cloud. */
static void places_keep(CloudPlaces *p, Place *place)
{
        const char *address = carrier_http_address(place->named[0]);

        if (!*address || strcmp(address, place->kept) == 0)
                return;
        place_pin(place, address);
        if (daemon_store_address_put(p->deps.store, place->url, address) < 0)
                log_warning("the address of the cloud cannot be stored");
}

static void on_places_won(void *userdata, size_t lane)
{
        CloudPlaces *p = userdata;
        Place *place = places_of_lane(p, lane);

        assert(place);
        if (lane % 2 == 1)
                places_keep(p, place);
        if (p->deps.changed)
                p->deps.changed(p->deps.userdata);
}

/* ---- carriers ---- */

static int place_add_carrier(CloudPlaces *p, Place *place, size_t side, bool pinned)
{
        Carrier *c = NULL;
        int r = carrier_http_new(&c, p->deps.event,
                                 &(CarrierHttpSettings){.url = place->url,
                                                        .proxy = p->proxy,
                                                        .ca_file = p->ca_file,
                                                        .for_neighbours = side == 1,
                                                        .pinned = pinned});

        if (r < 0)
                return r;
        if (pinned)
                place->pinned[side] = c;
        else
                place->named[side] = c;
        return carrier_race_add(p->races[side], c);
}

int cloud_places_carrier(CloudPlaces *p, Carrier **ret, bool for_neighbours)
{
        size_t side = for_neighbours;
        CarrierRaceDeps deps = {p->deps.clock, places_counts, side == 0 ? on_places_won : NULL, p};
        int r;

        assert(!p->races[side]);
        r = carrier_race_new(&p->races[side], &deps);
        for (size_t i = 0; r == 0 && i < p->n; i++) {
                r = place_add_carrier(p, &p->of[i], side, true);
                if (r == 0)
                        r = place_add_carrier(p, &p->of[i], side, false);
                if (r == 0)
                        carrier_http_pin(p->of[i].pinned[side], p->of[i].kept);
        }
        if (r < 0) {
                p->races[side] = carrier_free(p->races[side]);
                return r;
        }
        *ret = p->races[side];
        return 0;
}

/* ---- what there is ---- */

const char *cloud_places_answering(const CloudPlaces *p)
{
        size_t lane = p->races[0] ? carrier_race_winner(p->races[0]) : SIZE_MAX;

        return lane / 2 < p->n ? p->of[lane / 2].url : NULL;
}

static int place_set_url(CloudPlaces *p, Place *place, const char *url)
{
        char *copy = strdup(url);
        int r;

        if (!copy)
                return -ENOMEM;
        free(place->url);
        place->url = copy;
        *place->kept = '\0';
        r = daemon_store_address_get(p->deps.store, url, place->kept);
        return r < 0 ? r : 0;
}

int cloud_places_move(CloudPlaces *p, const char *url)
{
        Place *first = &p->of[0];
        int r = 0;

        for (size_t side = 0; r == 0 && side < SIDES; side++) {
                r = first->named[side] ? carrier_http_move(first->named[side], url) : 0;
                if (r == 0 && first->pinned[side])
                        r = carrier_http_move(first->pinned[side], url);
        }
        if (r == 0)
                r = place_set_url(p, first, url);
        if (r < 0)
                return r;
        place_pin(first, first->kept);
        return 0;
}

/* ---- life ---- */

static int places_copy_text(char **ret, const char *text)
{
        *ret = text ? strdup(text) : NULL;
        return text && !*ret ? -ENOMEM : 0;
}

int cloud_places_new(CloudPlaces **ret, const CloudPlacesDeps *deps, const char *const *urls,
                     size_t n)
{
        _cleanup_(cloud_places_freep) CloudPlaces *p = calloc(1, sizeof *p);
        int r;

        if (!p)
                return -ENOMEM;
        if (n == 0 || n > CLOUD_PLACES_MAX)
                return -EINVAL;
        p->deps = *deps;
        r = places_copy_text(&p->proxy, deps->proxy);
        if (r == 0)
                r = places_copy_text(&p->ca_file, deps->ca_file);
        for (size_t i = 0; r == 0 && i < n; i++) {
                r = place_set_url(p, &p->of[i], urls[i]);
                p->n++;
        }
        if (r < 0)
                return r;
        *ret = TAKE_PTR(p);
        return 0;
}

CloudPlaces *cloud_places_free(CloudPlaces *p)
{
        if (!p)
                return NULL;
        for (size_t i = 0; i < p->n; i++)
                free(p->of[i].url);
        free(p->proxy);
        free(p->ca_file);
        free(p);
        return NULL;
}
