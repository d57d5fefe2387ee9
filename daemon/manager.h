/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager.h - the daemon as a whole: bus, store, cloud, accounts of all users, what is running for them */
#pragma once

#include "bus.h"

typedef struct Manager Manager;

typedef struct ManagerSettings {
        DBusBusType bus;
        const char *state_dir;
} ManagerSettings;

/* Borrows the settings. When it returns the name is owned and unfinished exchanges go on. */
int manager_new(Manager **ret, sd_event *event, const ManagerSettings *settings);
/* What runs stays resumable. */
Manager *manager_free(Manager *m);
DEFINE_CLEANUP(Manager *, manager_free);
