/* SPDX-License-Identifier: GPL-2.0-or-later */
/* manager.h - the daemon as a whole: bus, store, cloud, the accounts of all users and their running
 * exchanges */
#pragma once

#include "daemon/bus/bus.h"
#include "settings.h"

typedef struct Manager Manager;

typedef struct ManagerSettings { /* borrowed; outlive the manager */
        DBusBusType bus;
        const char *state_dir;
        DaemonSettings configuration;
} ManagerSettings;

/* On 0 we own the bus name, and unfinished exchanges go on. Positive: the reason is in the
 * journal. */
int manager_new(Manager **ret, sd_event *event, const ManagerSettings *settings);
/* Running exchanges can be resumed. */
Manager *manager_free(Manager *m);
DEFINE_CLEANUP(Manager *, manager_free);
