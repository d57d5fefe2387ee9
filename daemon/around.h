/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * around.h - the clouds of the local network: found when somebody asks, and followed when one that
 * an exchange needs is announced at another address
 *
 * Between the two nothing is asked on the network.
 */
#pragma once

#include "daemon/account/clouds.h"
#include "src/protocol/cloud-announce.h"

enum { AROUND_CALLS_MAX = 64 }; /* that wait for an answer */

typedef struct Around Around;

typedef struct AroundDeps { /* borrowed; outlive it */
        sd_event *event;
        Clouds *clouds;
        bool off; /* nothing may be asked on the local network */
        /* The i-th cloud that an exchange needs and that does not answer, or only through a
         * neighbour; NULL: there are no more. */
        CloudLine *(*missed)(void *userdata, size_t i);
        void *userdata;
} AroundDeps;

int around_new(Around **ret, const AroundDeps *deps);
Around *around_free(Around *a); /* calls that wait are told that it has not looked */
DEFINE_CLEANUP(Around *, around_free);

/* looked false: there is no Avahi. found is borrowed. Called once, possibly from within. */
typedef void (*AroundFound)(void *userdata, bool looked, const FoundCloud *found, size_t n);
/* Unless it returns 0, done is not called: OUTCOME_LIMIT, OUTCOME_SEARCH_FAILED. */
int around_find(Around *a, AroundFound done, void *userdata);
/* What is missed may have changed: looks for it, or rests. NULL is fine. */
void around_review(Around *a);
