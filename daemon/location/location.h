/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * location.h - where this terminal is: set by hand, or found during presses
 *
 * Nothing here blocks. A press starts without a place and learns it once it is known.
 */
#pragma once

#include "src/base/clock.h"
#include "locator.h"

typedef struct Location Location;

enum { LOCATION_TEXT_MAX = 160 };

typedef enum LocationState { /* named on D-Bus, org.huddle.Manager1.xml */
                             LOCATION_IS_OFF,
                             LOCATION_BY_HAND,
                             LOCATION_AT_REST, /* no press, and the last place is too old */
                             LOCATION_SEARCHING,
                             LOCATION_FOUND,
                             LOCATION_REFUSED, /* see LocatorTrouble */
} LocationState;

typedef struct LocationDeps {
        Clock *clock;     /* borrowed */
        Locator *locator; /* taken, also on failure; NULL: only by_hand is used */
        Fix by_hand;
        void (*found)(void *userdata); /* location_fix has changed */
        void *userdata;
} LocationDeps;

int location_new(Location **ret, const LocationDeps *deps);
Location *location_free(Location *l);
DEFINE_CLEANUP(Location *, location_free);

/* Call these when a press begins and when it ends. The locator runs while there is one. */
void location_want(Location *l);
void location_rest(Location *l);

/* The place as it may leave the terminal: rounded; unknown if there is none or it is too old. The
 * radius of an older fix grows by the distance a person walks in that time. */
void location_fix(Location *l, Fix *ret);

LocationState location_state(const Location *l);
const char *location_state_name(LocationState s);
/* A text for the user: source, accuracy and age, or why there is no place. No coordinates. */
void location_explain(const Location *l, char ret[static LOCATION_TEXT_MAX]);
