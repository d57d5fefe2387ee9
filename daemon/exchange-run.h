/* SPDX-License-Identifier: GPL-2.0-or-later */
/* exchange-run.h - one exchange as this machine runs it: the state machine, its radios, its place,
 * its object on D-Bus */
#pragma once

#include "daemon/location/location.h"
#include "daemon/objects/exchange-object.h"
#include "radios.h"
#include "settings.h"

typedef struct ExchangeRun ExchangeRun;

typedef struct ExchangeRunDeps { /* borrowed; outlive the run */
        sd_event *event;
        Clock *clock;
        ExchangeObjectDeps objects;
        Location *location;
        const DaemonSettings *settings;
        Relay *relay;       /* NULL: neighbours are not helped */
        SpentTokens *spent; /* of the exchanges of this machine that are over */
        /* This cloud of the user answers, and not through a neighbour. */
        bool (*has_route)(void *userdata, uint32_t uid, const char *cloud);
        void (*radio_changed)(void *userdata);
        void (*over)(void *userdata, ExchangeRun *run); /* nothing is left to read: free it */
        void *userdata;
} ExchangeRunDeps;

/* Both borrow what the access of the user's account has. off: what the user has switched off
 * (Preference). */
int exchange_run_new(ExchangeRun **ret, const ExchangeRunDeps *deps, const CloudAccess *cloud,
                     uint32_t uid, unsigned off, const Code *code, const Card *card,
                     const ExchangeOptions *options);
int exchange_run_resume(ExchangeRun **ret, const ExchangeRunDeps *deps, const CloudAccess *cloud,
                        uint64_t number, unsigned off);
ExchangeRun *
exchange_run_free(ExchangeRun *run); /* an exchange that has not ended can be resumed */
DEFINE_CLEANUP(ExchangeRun *, exchange_run_free);

uint32_t exchange_run_uid(const ExchangeRun *run);
uint64_t exchange_run_number(const ExchangeRun *run);
const char *exchange_run_cloud(const ExchangeRun *run); /* its name in the store */
const char *exchange_run_path(const ExchangeRun *run);
bool exchange_run_ended(const ExchangeRun *run);
/* has_route answers otherwise than before. */
void exchange_run_route_changed(ExchangeRun *run);
/* The place has become known; see exchange_set_fix. */
void exchange_run_set_fix(ExchangeRun *run, const Fix *fix);
/* The radio of this kind while it is on, else NULL. */
const Radio *exchange_run_radio(const ExchangeRun *run, SightingTransport transport);
