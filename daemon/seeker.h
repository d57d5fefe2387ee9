/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * seeker.h - finds clouds by Bluetooth for a user without a network, and carries to one of them
 * until an exchange has radios of its own
 *
 * Its radio is off at rest. During a search it listens and calls helpers, and advertises nothing.
 * After a search that has found something it stays on for a while: the user reads the words, writes
 * a handle, and registers through a helper.
 */
#pragma once

#include "daemon/account/cloud-line.h"
#include "daemon/radio/cloud-finder.h"
#include "daemon/radio/radio-bluez.h"

enum {
        SEEKER_SEARCH_MS = 30 * 1000,
        SEEKER_READY_MS = 4 * 1000, /* until a controller listens, or there is none */
        SEEKER_LINGER_MS = 5 * 60 * 1000,
};

typedef struct Seeker Seeker;

typedef struct SeekerDeps { /* borrowed; outlive the seeker */
        sd_event *event;
        Clock *clock;
        RadioBluezSettings bluez;
        bool off; /* Bluetooth is not used, or makes no links */
        /* A search is over. The seeker may be changed from within, but not freed. */
        void (*settled)(void *userdata);
        void *userdata;
} SeekerDeps;

int seeker_new(Seeker **ret, const SeekerDeps *deps);
Seeker *seeker_free(Seeker *s);
DEFINE_CLEANUP(Seeker *, seeker_free);

/* Searches; calls settled once, later. False: it cannot. */
bool seeker_search(Seeker *s);
/* Appends what the last search has found. Returns their number. */
size_t seeker_get(const Seeker *s, FoundCloud *ret, size_t max);
/* The whole identity behind a digest that was found; NULL: it was not. */
const CloudIdentity *seeker_identity(const Seeker *s, const Bytes32 *digest);
/* While its radio is on, what is asked of this cloud goes through the neighbours that it hears. */
void seeker_carry_for(Seeker *s, CloudLine *line);
/* The line is about to be freed. */
void seeker_drop(Seeker *s, const CloudLine *line);
/* Switches its radio off. What was found is kept. A search that runs is over. */
void seeker_rest(Seeker *s);
