/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * location.h - where this terminal is: set by hand, or found while presses last
 *
 * Nothing here waits: a press goes on without a place, and is told of it when it becomes known.
 */
#pragma once

#include "src/base/clock.h"
#include "locator.h"

typedef struct Location Location;

enum { LOCATION_TEXT_MAX = 160 };

typedef enum LocationState { /* named on D-Bus, org.huddle.Manager1.xml */
                             LOCATION_IS_OFF,
                             LOCATION_BY_HAND,
                             LOCATION_AT_REST, /* nobody presses, and what was known is too old */
                             LOCATION_SEARCHING,
                             LOCATION_FOUND,
                             LOCATION_REFUSED, /* see LocatorTrouble */
} LocationState;

typedef struct LocationSettings {
        Clock *clock;     /* borrowed */
        Locator *locator; /* taken, also on failure; NULL: what is set by hand is all there is */
        Fix by_hand;
        void (*found)(void *userdata); /* location_fix has changed */
        void *userdata;
} LocationSettings;

int location_new(Location **ret, const LocationSettings *settings);
Location *location_free(Location *l);
DEFINE_CLEANUP(Location *, location_free);

/* A press begins, and ends: the locator runs from the first to the last. */
void location_want(Location *l);
void location_rest(Location *l);

/* As it may leave the terminal: rounded; unknown where it is not known or too old. What is a while
 * old is less accurate by as much as somebody walks in the time. */
void location_fix(Location *l, Fix *ret);

LocationState location_state(const Location *l);
const char *location_state_name(LocationState s);
/* For a person to read: from where, how accurate, how old, or why not; no coordinates. */
void location_explain(const Location *l, char ret[static LOCATION_TEXT_MAX]);
