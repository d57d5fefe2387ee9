/* SPDX-License-Identifier: GPL-2.0-or-later */
/* history.h - exchanges of the past on D-Bus: they exist in the store, and as objects while they
 * are spoken to */
#pragma once

#include "daemon/bus/bus.h"
#include "daemon/store/store.h"

typedef struct History {
        DaemonStore *store;
        struct Records *records;
} History;

/* A BusFinder; userdata: a History. */
int history_find(void *userdata, const char *path, uint32_t uid, BusTransient *ret);
