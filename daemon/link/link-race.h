/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * link-race.h - a link over TCP to the first address of a neighbour that answers (RFC 8305)
 *
 * Addresses may come while the race runs. The next one is tried when the one before has failed, or
 * has not answered within LINK_RACE_STAGGER_MS; those tried before go on. The first connection
 * wins, and the others are closed.
 */
#pragma once

#include "lan-order.h"
#include "link.h"

#include <systemd/sd-event.h>

enum {
        LINK_RACE_MAX = 16,       /* addresses; further ones are not tried */
        LINK_RACE_GATHER_MS = 50, /* for others to come, before the first is tried */
        LINK_RACE_STAGGER_MS = 250,
        LINK_RACE_LIMIT_MS = 6 * 1000,
};

typedef struct LinkRace LinkRace;

/* Called once, from the loop; NULL: no address has answered. The race may be freed from within. */
typedef void (*LinkRaceDone)(void *userdata, Link *taken);

int link_race_new(LinkRace **ret, sd_event *event, LinkRaceDone done, void *userdata);
LinkRace *link_race_free(LinkRace *r); /* done is not called any more */
DEFINE_CLEANUP(LinkRace *, link_race_free);

/* to: AF_INET or AF_INET6; a link-local address has its scope. interface: on which the neighbour
 * was heard. One that is there already changes nothing. */
void link_race_add(LinkRace *r, const struct sockaddr_storage *to, uint32_t interface);
/* The neighbour does not have this address any more. */
void link_race_remove(LinkRace *r, const struct sockaddr_storage *to);
/* All that are known now have come: it is lost when all of them have failed. */
void link_race_complete(LinkRace *r);
