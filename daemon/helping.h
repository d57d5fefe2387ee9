/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * helping.h - the help that this machine gives: to which cloud neighbours are carried, which one is
 * offered to those without, and being there for them while a user hosts a cloud
 *
 * While an exchange runs, neighbours are helped to its cloud, else to the one that is hosted. For
 * that one a radio of its own is on: it invites by Bluetooth, and does not listen.
 */
#pragma once

#include "daemon/account/clouds.h"
#include "daemon/bus/bus.h"
#include "daemon/help/relay.h"
#include "daemon/radio/radio-bluez.h"
#include "runs.h"

/* A host shows another token and address so often. Links that are in use are not cut for that. */
enum { HELPING_TOKEN_MS = 15 * 60 * 1000 };

typedef struct Helping Helping;

typedef struct HelpingDeps { /* borrowed; outlive it */
        sd_event *event;
        Clock *clock;
        DaemonStore *store;
        const DaemonSettings *settings;
        const Runs *runs;
} HelpingDeps;

int helping_new(Helping **ret, const HelpingDeps *deps);
Helping *helping_free(Helping *h); /* before the bus */
DEFINE_CLEANUP(Helping *, helping_free);

/* NULL: neighbours are not helped. NULL is fine. */
Relay *helping_relay(const Helping *h);
/* An exchange with this cloud begins. */
void helping_begin(Helping *h, CloudLine *line);
/* What exchanges run, or their radios, may have changed. NULL is fine. */
void helping_review(Helping *h);
/* The line is about to be freed. */
void helping_drop(Helping *h, const CloudLine *line);

/* The caller hosts this cloud, which is called name, as long as it is on the bus. 0, also where
 * this machine is not to be found by Bluetooth; OUTCOME_BUSY: another one is hosted here;
 * OUTCOME_INVALID_ARGUMENT: no name for a cloud; -errno. */
int helping_host(Helping *h, BusCall *call, CloudLine *line, const char *name);
