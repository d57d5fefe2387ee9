/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * late.h - a delivered exchange: its entry in the history, and the time we wait for late cards
 *
 * Cards of members that opened late or were offline come as additions. After ten minutes the
 * exchange rests, with its snapshot, until the daemon starts again. Once no card is missing, or
 * the cloud has forgotten the group, only summary and cards remain.
 */
#pragma once

#include "exchange.h"
#include "group.h"

typedef struct Late Late;

typedef struct LateDeps {
        Clock *clock;
        CloudClient *cloud;
        DaemonStore *store;
        const Group *group; /* borrowed */
        uint64_t number;
        uint32_t uid;
        Id member;
        Fix fix;
        void (*waited)(void *userdata); /* the time is over */
        void *userdata;
} LateDeps;

int late_new(Late **ret, const LateDeps *deps);
Late *late_free(Late *l);
DEFINE_CLEANUP(Late *, late_free);

int late_record(const Late *l, ExchangeLevel level); /* writes or updates the entry */
int late_wait(Late *l);                              /* starts the time anew */
void late_rest(Late *l);                             /* stops it */
/* Ends the exchange in the store, leaving the entry, and tells the cloud if all cards are here. */
int late_settle(const Late *l, ExchangeLevel level);
