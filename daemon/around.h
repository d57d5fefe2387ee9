/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * around.h - the clouds of the local network: found when somebody asks, and followed when one that
 * an exchange needs is announced at another address
 *
 * Where the local network has none, neighbours are asked by Bluetooth (seeker.h). At other times
 * nothing is asked.
 */
#pragma once

#include "daemon/account/clouds.h"
#include "seeker.h"
#include "settings.h"

enum { AROUND_CALLS_MAX = 64 }; /* that wait for an answer */

typedef struct Around Around;

typedef struct AroundDeps { /* borrowed; outlive it */
        sd_event *event;
        Clock *clock;
        DaemonStore *store;
        const DaemonSettings *settings;
        Clouds *clouds;
        /* The i-th cloud that an exchange needs and that does not answer, or only through a
         * neighbour; NULL: there are no more. */
        CloudLine *(*missed)(void *userdata, size_t i);
        void *userdata;
} AroundDeps;

int around_new(Around **ret, const AroundDeps *deps);
Around *around_free(Around *a); /* calls that wait are told that it has not looked */
DEFINE_CLEANUP(Around *, around_free);

/* looked false: there is neither Avahi nor a way by Bluetooth. found is borrowed. Called once,
 * possibly from within. */
typedef void (*AroundFound)(void *userdata, bool looked, const FoundCloud *found, size_t n);
/* Unless it returns 0, done is not called: OUTCOME_LIMIT or -errno. */
int around_find(Around *a, uint32_t uid, AroundFound done, void *userdata);
/* See seeker.h. */
const CloudIdentity *around_identity(const Around *a, const Bytes32 *digest);
void around_carry_for(Around *a, CloudLine *line);
void around_rest(Around *a);
void around_drop(Around *a, const CloudLine *line);
/* What is missed may have changed: looks for it, or rests. NULL is fine. */
void around_review(Around *a);
