/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pin-keeper.h - the identity by which this terminal believes its cloud, and how it moves
 *
 * It starts with the configuration, or with the first meeting, and moves only along a succession
 * (src/protocol/succession.h), once for each, never back, and never before the step is stored. An
 * identity in the configuration moves only if the configuration says so; otherwise the log says
 * what to write there.
 */
#pragma once

#include "src/base/clock.h"
#include "src/protocol/succession.h"
#include "daemon/store/store.h"

typedef struct PinKeeper PinKeeper;

typedef struct PinKeeperDeps { /* borrowed; clock, store and url outlive the keeper */
        Clock *clock;
        DaemonStore *store;
        const char *url;
        const CloudIdentity *configured; /* NULL: pinned at the first meeting */
        bool follows;                    /* a configured one moves, too */
} PinKeeperDeps;

int pin_keeper_new(PinKeeper **ret, const PinKeeperDeps *deps);
PinKeeper *pin_keeper_free(PinKeeper *k);
DEFINE_CLEANUP(PinKeeper *, pin_keeper_free);

/* Changes as the pin moves. NULL until the cloud has been met. */
const CloudPin *pin_keeper_pin(const PinKeeper *k);

/* The cloud has told its identity at the first meeting. -EINVAL: another one is pinned. */
int pin_keeper_meet(PinKeeper *k, const CloudIdentity *id);
/* The cloud has told a succession, which is not checked yet. */
void pin_keeper_told(PinKeeper *k, const uint8_t *bytes, size_t len);
